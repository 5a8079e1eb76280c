from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest

from zcrm.engine.flows.effects import Event, Sleep, Tell
from zcrm.engine.flows.patience import Policy
from zcrm.engine.flows.sending import Sending
from zcrm.errors import SharedStateLost
from zcrm.outcomes import Outcome
from zcrm.retry import Retry
from zcrm.rules import Rules
from zcrm.wire.calls import Answer, Call


@dataclass(frozen=True)
class Entry:
    """A row of an error table of the tests' own."""

    code: str
    status: int = 400
    level: str = "record"
    message: str = ""
    detail_keys: tuple[str, ...] = ()
    fix: str = "fix it"
    retry: bool = False
    isolate: bool = False
    fatal: bool = False
    state_dependent: bool = False
    operations: tuple[str, ...] = ("update_records",)
    anchor: str = "here"


ENTRIES = (
    Entry("INVALID_DATA"),
    Entry("INVALID_DATA", level="request", isolate=True),
    Entry("INVALID_MODULE", level="request", fatal=True),
    Entry("AUTHORIZATION_FAILED", level="both", fatal=True),
    Entry("RECORD_LOCKED", state_dependent=True, fix="wait for the lock"),
    Entry("ALREADY_MODIFIED", status=412, level="both", isolate=True, state_dependent=True),
    Entry("BUSY", retry=True),
    Entry("TOO_MANY_REQUESTS", status=429, level="request", retry=True),
)


@dataclass
class Hand:
    """Drives a flow by hand: answers its calls from a list, notes what it asked for."""

    answers: list[Any]
    sent: list[list[str | None]] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)

    def run(self, flow: Any) -> Any:
        reply: Any = None
        try:
            while True:
                effect = flow.throw(reply) if isinstance(reply, Exception) else flow.send(reply)
                reply = self.reply(effect)
        except StopIteration as end:
            return end.value

    def reply(self, effect: Any) -> Any:
        if isinstance(effect, Sleep):
            self.slept.append(effect.seconds)
            return None
        if isinstance(effect, Tell):
            self.told.append(effect.event)
            return None
        assert isinstance(effect, Call)
        if isinstance(self.answers[0], SharedStateLost):
            return self.answers.pop(0)
        effect.starting()
        with effect.timed():
            self.sent.append(effect.sync())
        answer = self.answers.pop(0)
        return answer(self.sent[-1]) if callable(answer) else answer


@pytest.fixture
def rules() -> Rules:
    return Rules(ENTRIES)


@pytest.fixture
def entry() -> type[Entry]:
    return Entry


@pytest.fixture
def hand() -> Callable[..., Hand]:
    return lambda *answers: Hand(list(answers))


@pytest.fixture
def sending(rules: Rules) -> Callable[..., Sending]:
    def build(**changes: Any) -> Sending:
        settings: dict[str, Any] = {
            "operation": "update_records",
            "call": lambda rows, starting: Call(lambda: [row.id for row in rows], None, starting),
            "resend": lambda outcome: outcome._plain,
            "credits": lambda rows: -(-rows // 10),
        }
        policy = {"rules": rules, "retry": Retry(attempts=3, base=1.0, cap=8.0), "random": lambda: 1.0}
        policy |= {name: changes.pop(name) for name in list(changes) if name in Policy.__slots__}
        return Sending(policy=Policy(**policy), **(settings | changes))

    return build


@pytest.fixture
def rows() -> Callable[[int], list[Outcome]]:
    return lambda count: [Outcome(n, {"id": str(n)}, id=str(n), _wire=b"{}") for n in range(count)]


def _item(code: str = "SUCCESS", **details: Any) -> dict[str, Any]:
    status = "success" if code == "SUCCESS" else "error"
    return {"code": code, "details": details, "message": code.lower(), "status": status}


@pytest.fixture
def item() -> Callable[..., dict[str, Any]]:
    return _item


@pytest.fixture
def good() -> Callable[[Iterable[str]], Answer]:
    """An answer in which every row went well."""
    return lambda ids: Answer(200, {"data": [_item(id=row_id) for row_id in ids]})
