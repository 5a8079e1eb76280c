"""How Redis and Valkey are reached."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import random
from typing import TYPE_CHECKING, Any

from ..errors import SharedStateLost, UsageError
from .cells import Away

if TYPE_CHECKING:
    from redis import Redis

_ANSWERS_WITHIN = 1.0
_RETRY = 0.05


@contextmanager
def answering() -> Iterator[None]:
    """Raise Away for whatever the server or the way to it comes to, nonsense included."""
    from redis import RedisError

    try:
        yield
    except (RedisError, ValueError, TypeError, AttributeError) as error:
        raise Away(str(error)) from error


def asked(what: str, patience: float, ask: Callable[..., Any], *given: Any) -> Any:
    """What the server answers, asked again while it is away: what is asked may be asked twice.

    what: the server keeps, in words. patience: seconds after which SharedStateLost is raised.
    """
    until = time.monotonic() + patience
    while True:
        try:
            with answering():
                return ask(*given)
        except Away as error:
            if time.monotonic() > until:
                raise SharedStateLost(
                    f"The server of {what} has been out of reach: {error}", fix="Start it, then go on."
                ) from error
        time.sleep(_RETRY * (1 + random()))  # noqa: S311


def client(url: str) -> Redis:
    """A client that answers or fails within seconds; raises UsageError for a url that can be none."""
    try:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError as error:
        raise UsageError(
            "Redis takes an extra that is not installed", fix='pip install "zcrm[redis]"'
        ) from error
    try:
        return Redis.from_url(
            url,
            socket_timeout=_ANSWERS_WITHIN,
            socket_connect_timeout=_ANSWERS_WITHIN,
            retry=Retry(NoBackoff(), 0),
        )
    except ValueError:
        raise UsageError(
            "The address of the Redis server begins with redis://, rediss:// or unix://"
        ) from None
