"""The one envelope of every answer, alone (flat) or in `data` (one per row), and the status of the whole."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from orjson import Fragment

Json = Any
Envelope = dict[str, Any]


class Item(NamedTuple):
    """The refusal of one row: its envelope, and the status it would have alone."""

    status: int
    envelope: Envelope


Result = Item | Fragment
"""What became of one row: its refusal, or the envelope of its success as ready JSON."""


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


def batch(results: Sequence[Result], mixed_status: int) -> Answer:
    """One answer for all rows: 200 when all went well, the common status (else 400) when none did."""
    refused = {result.status for result in results if isinstance(result, Item)}
    if not refused:
        return Answer(200, {"data": results})
    status = mixed_status
    if all(isinstance(result, Item) for result in results):
        status = refused.pop() if len(refused) == 1 else 400
    data = [result.envelope if isinstance(result, Item) else result for result in results]
    return Answer(status, {"data": data})


def at(index: int, name: str) -> dict[str, str]:
    """The details that point at key `name` of row `index`."""
    return {"api_name": name, "json_path": f"$.data[{index}].{name}"}
