"""An org's budget and its tokens in Redis or Valkey, for any number of hosts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from random import random
from secrets import token_hex
from threading import local
from typing import TYPE_CHECKING, Any

from ..errors import SharedStateLost, UsageError
from .cells import Away, Found
from .gate import CALL_TIMEOUT, MARGIN, PATIENCE, SharedGate

if TYPE_CHECKING:
    from redis import Redis

_ANSWERS_WITHIN = 1.0
_RETRY = 0.05
_LAST_PATIENCE = 5.0

_READ = """
local now = redis.call('TIME')
return {redis.call('GET', KEYS[1]), now[1], now[2]}
"""
_WRITE = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""
_LOCK = """
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
_SAVE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2])
return 1
"""
_UNLOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""


class RedisGate(SharedGate):
    """A `Gate` for all who name the same server and org.

    url: redis://, rediss:// or unix://, with user and password where the server wants them. org: any name for
    the org, the same for all. The rest is as with `SharedGate`. Time is the server's.

    A server that starts empty gives no leave for three seconds, in which those who have one say so, and half
    of it until a lease could have ended. It does so the first time, too.
    Takes the extra `redis`. Raises UsageError for a url that can be none.
    """

    def __init__(
        self,
        url: str,
        *,
        org: str,
        concurrency: int = 10,
        call_timeout: float = CALL_TIMEOUT,
        margin: float = MARGIN,
        patience: float = PATIENCE,
    ) -> None:
        self._org = org
        _client(url).close()
        super().__init__(
            partial(_Text, url, f"zcrm:{{{org}}}:budget"),
            concurrency,
            call_timeout=call_timeout,
            margin=margin,
            patience=patience,
        )

    def __repr__(self) -> str:
        return f"RedisGate(org={self._org!r}, concurrency={self.concurrency})"


class RedisStore:
    """Keeps sign-ins on a server, for all hosts: a `TokenStore`. What it keeps are secrets, in the clear.

    url: as for `RedisGate`. call_timeout: seconds that a call for a token takes at the most; a lock lasts
    30 s longer, and whoever holds it longer can't save any more. patience: seconds for which the server may
    be away before SharedStateLost is raised.
    Takes the extra `redis`. Raises UsageError for a url that can be none.
    """

    def __init__(self, url: str, *, call_timeout: float = CALL_TIMEOUT, patience: float = PATIENCE) -> None:
        self._client = _client(url)
        self._seconds = call_timeout + MARGIN
        self._patience = patience
        self._mine = local()
        scripts = (self._client.register_script(each) for each in (_LOCK, _SAVE, _UNLOCK))
        self._lock, self._save, self._unlock = scripts

    def __repr__(self) -> str:
        return "RedisStore()"

    @contextmanager
    def lock(self, key: str) -> Iterator[None]:
        owner, deadline = token_hex(16), time.monotonic() + self._seconds
        lock = [_lock_of(key)]
        try:
            while not self._asked(self._lock, lock, [owner, int(self._seconds * 1_000)]):
                if time.monotonic() > deadline:
                    raise SharedStateLost(
                        f"Another process has held the lock of a sign-in for {self._seconds:g} s"
                    )
                time.sleep(_RETRY * random())  # noqa: S311
            self._mine.owner = owner
            yield
        finally:
            with suppress(SharedStateLost):
                self._asked(self._unlock, lock, [owner], patience=_LAST_PATIENCE)

    def load(self, key: str) -> str | None:
        text: bytes | None = self._asked(self._client.get, _text_of(key))
        return None if text is None else text.decode()

    def save(self, key: str, text: str) -> None:
        if not self._asked(self._save, [_lock_of(key), _text_of(key)], [self._mine.owner, text]):
            raise SharedStateLost("The lock of a sign-in ended while it was held: what was got is not kept")

    def delete(self, key: str) -> None:
        self._asked(self._client.delete, _text_of(key))

    def _asked(self, ask: Callable[..., Any], *given: Any, patience: float | None = None) -> Any:
        until = time.monotonic() + (self._patience if patience is None else patience)
        while True:
            try:
                with _answering():
                    return ask(*given)
            except Away as error:
                if time.monotonic() > until:
                    raise SharedStateLost(
                        f"The server of the shared tokens has been out of reach: {error}",
                        fix="Start it, then go on.",
                    ) from error
            time.sleep(_RETRY * (1 + random()))  # noqa: S311


class _Text:
    forgets = True

    def __init__(self, url: str, key: str) -> None:
        self._client = _client(url)
        self._key = key
        self._read = self._client.register_script(_READ)
        self._write = self._client.register_script(_WRITE)

    def __str__(self) -> str:
        return self._key

    def read(self) -> Found:
        with _answering():
            text, seconds, micros = self._read([self._key])
        return Found(None if text is None else text.decode(), int(seconds) + int(micros) / 1e6)

    def write(self, old: str | None, new: str) -> bool:
        with _answering():
            return bool(self._write([self._key], [old or "", new]))

    def close(self) -> None:
        self._client.close()


def _lock_of(key: str) -> str:
    return f"zcrm:{{{key}}}:lock"


def _text_of(key: str) -> str:
    return f"zcrm:{{{key}}}:sign-in"


@contextmanager
def _answering() -> Iterator[None]:
    from redis import RedisError

    try:
        yield
    except RedisError as error:
        raise Away(str(error)) from error


def _client(url: str) -> Redis:
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
