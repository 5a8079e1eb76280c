"""How Redis and Valkey are reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import UsageError
from .cells import Away

if TYPE_CHECKING:
    from redis import Redis

_ANSWERS_WITHIN = 1.0


@contextmanager
def answering() -> Iterator[None]:
    """Raise Away for whatever the server or the way to it comes to."""
    from redis import RedisError

    try:
        yield
    except RedisError as error:
        raise Away(str(error)) from error


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
