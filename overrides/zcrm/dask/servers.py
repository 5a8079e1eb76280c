"""A ledger on a server, Redis or Valkey, for workers of any number of hosts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from ..errors import SharedStateLost, UsageError
from ..shared import RedisGate
from ..shared.cells import Away
from ..shared.clients import answering, asked, client
from ..shared.gate import PATIENCE
from .entries import Entry
from .jobs import is_name
from .ledgers import Fenced, Page, Withdrawn, making_sense

_OFFER = """
if redis.call('EXISTS', KEYS[3]) == 0 then return 'lost' end
redis.call('HSETNX', KEYS[1], 'epoch', 0)
redis.call('HSET', KEYS[1], 'session', ARGV[1], 'claims', 0)
return 'done'
"""
_WITHDRAW = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 'lost' end
redis.call('HSET', KEYS[1], 'session', '')
return 'done'
"""
_WHOLE = """
local length = tonumber(redis.call('HGET', KEYS[1], 'length') or '0')
if redis.call('LLEN', KEYS[2]) ~= length then return 'lost' end
"""
_PUSH = """
redis.call('HSET', KEYS[1], 'length', redis.call('RPUSH', KEYS[2], ARGV[{}]))
"""
_LOOK = """
local sums = redis.call('HMGET', KEYS[1], 'epoch', 'claims', 'done', 'summary')
return {sums, redis.call('LRANGE', KEYS[2], 0, -1)}
"""
_CLAIM = """
local page = redis.call('HMGET', KEYS[1], 'epoch', 'session', 'done')
if not page[1] then return 'lost' end
if not page[3] then
    if page[2] ~= ARGV[1] then return 'withdrawn' end
    redis.call('HINCRBY', KEYS[1], 'epoch', 1)
    redis.call('HINCRBY', KEYS[1], 'claims', 1)
end
"""
_LEAVE = """
local page = redis.call('HMGET', KEYS[1], 'epoch', 'session')
if not page[1] then return 'lost' end
if page[1] ~= ARGV[1] then return 'fenced' end
if page[2] ~= ARGV[2] then return 'withdrawn' end
"""
_SETTLE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 'lost' end
if redis.call('HEXISTS', KEYS[1], 'done') == 1 then return 'done' end
"""
_END = """
local page = redis.call('HMGET', KEYS[1], 'epoch', 'done')
if not page[1] then return 'lost' end
if page[1] ~= ARGV[1] then return 'fenced' end
if page[2] then return 'done' end
if redis.call('LLEN', KEYS[2]) ~= tonumber(ARGV[2]) then return 'more' end
redis.call('HSET', KEYS[1], 'summary', ARGV[3])
if ARGV[5] == '1' then
    redis.call('HSET', KEYS[1], 'done', 1, 'length', 0)
    redis.call('DEL', KEYS[2])
    return 'done'
end
"""
_DONE = "return 'done'"
_SCRIPTS = {
    "offer": _OFFER,
    "withdraw": _WITHDRAW,
    "claim": _WHOLE + _CLAIM + _LOOK,
    "leave": _WHOLE + _LEAVE + _PUSH.format(3) + _DONE,
    "settle": _WHOLE + _SETTLE + _PUSH.format(1) + _DONE,
    "end": _WHOLE + _END + _PUSH.format(4) + _DONE,
    "look": _WHOLE + _LOOK,
}
_WHAT = "the ledger"


class RedisLedger:
    """A `Ledger` for all workers that reach the same server.

    It can't tell of a second driver. Two at a time take each other's parts away, and what was in flight of
    them is `unknown`.

    url: as for `RedisGate`; it travels to the workers, as all that Dask sends does. name: of this ledger, so
    that a server has room for many. patience: seconds for which the server may be away before
    SharedStateLost is raised. Takes the extra `redis`.
    Raises UsageError for a url or a name that can be none.
    """

    def __init__(self, url: str, *, name: str, patience: float = PATIENCE) -> None:
        if not is_name(name):
            raise UsageError(f"{name!r} is no name for a ledger: letters, digits, dots, - and _")
        _server(url)
        self._url = url
        self._name = name
        self._patience = patience

    def __repr__(self) -> str:
        return f"RedisLedger(name={self._name!r})"

    @property
    def _plan(self) -> str:
        return f"zcrm:{{{self._name}}}:plan"

    @contextmanager
    def driving(self, plan: str) -> Iterator[str]:
        server = _server(self._url)
        _refuse_forgetful(server)
        asked(_WHAT, self._patience, lambda: server.set(self._plan, plan, nx=True))
        kept = asked(_WHAT, self._patience, server.get, self._plan)
        if kept is None:
            raise SharedStateLost(f"The server has lost the ledger {self._name}")
        with making_sense(self):
            text = kept.decode()
        yield text

    @contextmanager
    def open(self, part: int) -> Iterator[_Keys]:
        yield _Keys(_server(self._url), self._name, part, self._plan, self._patience)

    def gate(self, org: str) -> RedisGate:
        return RedisGate(self._url, org=org)


@cache
def _server(url: str) -> Any:
    """One client for all ledgers and threads of this process."""
    return client(url)


def _refuse_forgetful(server: Any) -> None:
    """Raise UsageError for a server that drops keys when its memory is full, as far as it tells."""
    policy = ""
    with suppress(Away), answering():
        policy = server.info("memory").get("maxmemory_policy", "")
    if policy.startswith("allkeys"):
        raise UsageError(
            f"The server of the ledger forgets what was sent when its memory is full ({policy})",
            fix="Set its maxmemory-policy to noeviction.",
        )


class _Keys:
    def __init__(self, server: Any, name: str, part: int, plan: str, patience: float) -> None:
        self._name = f"{name}, part {part}"
        self._keys = [f"zcrm:{{{name}}}:part:{part}", f"zcrm:{{{name}}}:entries:{part}", plan]
        self._scripts = {verb: server.register_script(text) for verb, text in _SCRIPTS.items()}
        self._patience = patience

    def offer(self, session: str) -> None:
        self._ask("offer", session)

    def withdraw(self) -> None:
        self._ask("withdraw")

    def claim(self, session: str) -> Page:
        return self._page(self._ask("claim", session))

    def leave(self, epoch: int, session: str, entry: Entry) -> None:
        self._ask("leave", epoch, session, entry.text())

    def settle(self, entry: Entry) -> None:
        self._ask("settle", entry.text())

    def end(self, epoch: int, entries: int, summary: str, entry: Entry, *, done: bool) -> bool:
        said = self._ask("end", epoch, entries, summary, entry.text(), int(done))
        return bool(said == b"done")

    def look(self) -> Page:
        return self._page(self._ask("look"))

    def _page(self, found: Any) -> Page:
        (epoch, claims, done, summary), texts = found
        with making_sense(self._name):
            entries = tuple(map(Entry.of, texts))
            return Page(int(epoch or 0), int(claims or 0), bool(done), summary and summary.decode(), entries)

    def _ask(self, verb: str, *given: object) -> Any:
        said = asked(_WHAT, self._patience, self._scripts[verb], self._keys, given)
        match said:
            case b"lost":
                raise SharedStateLost(
                    f"The server has lost the ledger {self._name}, and with it what is known of its rows",
                    fix="Look up in Zoho which rows were written before anything is sent anew.",
                )
            case b"fenced":
                raise Fenced
            case b"withdrawn":
                raise Withdrawn
        return said
