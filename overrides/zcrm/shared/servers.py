"""An org's budget on a server, Redis or Valkey, for any number of hosts."""

from __future__ import annotations

from functools import partial

from .cells import Found
from .clients import answering, client
from .gate import CALL_TIMEOUT, MARGIN, PATIENCE, SharedGate

_READ = """
local now = redis.call('TIME')
return {redis.call('GET', KEYS[1]), now[1], now[2]}
"""
_WRITE = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
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
        client(url).close()
        super().__init__(
            partial(_Text, url, f"zcrm:{{{org}}}:budget"),
            concurrency,
            call_timeout=call_timeout,
            margin=margin,
            patience=patience,
        )

    def __repr__(self) -> str:
        return f"RedisGate(org={self._org!r}, concurrency={self.concurrency})"


class _Text:
    forgets = True

    def __init__(self, url: str, key: str) -> None:
        self._client = client(url)
        self._key = key
        self._read = self._client.register_script(_READ)
        self._write = self._client.register_script(_WRITE)

    def __str__(self) -> str:
        return self._key

    def read(self) -> Found:
        with answering():
            text, seconds, micros = self._read([self._key])
            return Found(None if text is None else text.decode(), int(seconds) + int(micros) / 1e6)

    def write(self, old: str | None, new: str) -> bool:
        with answering():
            return bool(self._write([self._key], [old or "", new]))

    def close(self) -> None:
        self._client.close()
