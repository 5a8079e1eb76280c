"""Access tokens on a server, Redis or Valkey, for any number of hosts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import random
from secrets import token_hex
from threading import local
from typing import Any

from ..errors import SharedStateLost
from .clients import asked, client
from .gate import CALL_TIMEOUT, MARGIN, PATIENCE

_RETRY = 0.05
_LAST_PATIENCE = 5.0

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
_DELETE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
return 1
"""
_UNLOCK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""


class RedisStore:
    """Keeps sign-ins on a server, for all hosts: a `TokenStore`. What it keeps are secrets, in the clear.

    url: as for `RedisGate`. call_timeout: seconds that a call for a token takes at the most. margin: seconds
    that a lock lasts beyond it; whoever holds it longer can't save any more. patience: seconds for which the
    server may be away before SharedStateLost is raised.
    Takes the extra `redis`. Raises UsageError for a url that can be none.
    """

    def __init__(
        self,
        url: str,
        *,
        call_timeout: float = CALL_TIMEOUT,
        margin: float = MARGIN,
        patience: float = PATIENCE,
    ) -> None:
        self._client = client(url)
        self._seconds = call_timeout + margin
        self._patience = patience
        self._mine = local()
        scripts = (self._client.register_script(each) for each in (_LOCK, _SAVE, _DELETE, _UNLOCK))
        self._lock, self._save, self._delete, self._unlock = scripts

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
                self._asked(self._unlock, lock, [owner], patience=min(_LAST_PATIENCE, self._patience))

    def load(self, key: str) -> str | None:
        text: bytes | None = self._asked(self._client.get, _text_of(key))
        return None if text is None else text.decode()

    def save(self, key: str, text: str) -> None:
        self._change(self._save, key, text)

    def delete(self, key: str) -> None:
        self._change(self._delete, key)

    def _change(self, script: Callable[..., Any], key: str, *given: str) -> None:
        if not self._asked(script, [_lock_of(key), _text_of(key)], [self._mine.owner, *given]):
            raise SharedStateLost("The lock of a sign-in ended while it was held: what was got is not kept")

    def _asked(self, ask: Callable[..., Any], *given: Any, patience: float | None = None) -> Any:
        seconds = self._patience if patience is None else patience
        return asked("the shared tokens", seconds, ask, *given)


def _lock_of(key: str) -> str:
    return f"zcrm:{{{key}}}:lock"


def _text_of(key: str) -> str:
    return f"zcrm:{{{key}}}:sign-in"
