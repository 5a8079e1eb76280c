"""The one envelope of every answer, alone (flat) or in `data` (one per row), and the status of the whole."""

from collections.abc import Sequence
from typing import Any, NamedTuple

Json = Any
Envelope = dict[str, Any]


class Item(NamedTuple):
    """What became of one row: its envelope, and the status it would have alone."""

    status: int
    envelope: Envelope


class Answer(NamedTuple):
    """A response before it is written: `body` is JSON data, ready bytes, or None for no body at all."""

    status: int
    body: Json = None
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json;charset=UTF-8"


class Refused(Exception):
    """The whole request is refused with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.answer = answer


class Kind(NamedTuple):
    """A documented error: status, code and message. The details differ from case to case."""

    status: int
    code: str
    message: str

    def envelope(self, **details: Json) -> Envelope:
        return {"code": self.code, "details": details, "message": self.message, "status": "error"}

    def item(self, **details: Json) -> Item:
        """The error of one row."""
        return Item(self.status, self.envelope(**details))

    def flat(self, **details: Json) -> Refused:
        """The error of the whole request, to be raised."""
        return Refused(Answer(self.status, self.envelope(**details)))


def batch(items: Sequence[Item], mixed_status: int) -> Answer:
    """One answer for all rows: 200 when all went well, the common status (else 400) when none did."""
    statuses = {item.status for item in items}
    mixed = mixed_status if 200 in statuses else 400
    status = statuses.pop() if len(statuses) == 1 else mixed
    return Answer(status, {"data": [item.envelope for item in items]})


def at(index: int, name: str) -> dict[str, str]:
    """The details that point at key `name` of row `index`."""
    return {"api_name": name, "json_path": f"$.data[{index}].{name}"}
