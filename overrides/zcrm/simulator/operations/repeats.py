"""What an appointment's row only repeats: an appointment can be sent back as it was read."""

from itertools import chain
from typing import Any, Final

from zcrm.simulator.org.clock import parse_time
from zcrm.simulator.org.fields import reference
from zcrm.simulator.org.org import Record

_START: Final = "Appointment_Start_Time"
_RESCHEDULE: Final = ("Rescheduled_From", "Reschedule_Reason", "Reschedule_Note")
_WORDS: Final = {
    _START: _RESCHEDULE,
    "Status": (
        "Cancellation_Reason", "Cancellation_Note", "Job_Sheet_Name__s", "Job_Sheet_Description__s",
    ),
}  # fmt: skip
"""What may be said about a change, by the field that makes it."""

_REPEATABLE: Final = frozenset({"Service_Name", *_WORDS, *chain.from_iterable(_WORDS.values())})


def changed(record: Record, row: dict[str, Any]) -> dict[str, Any]:
    """The row without what it repeats of the record.

    The present start or status is a wish and no repetition where nothing stands beside it, or new words about
    the change. Words about a reschedule are none beside a new start.
    """
    stored = record.fields
    moves = _START in row and not _is_same(_START, row[_START], stored.get(_START))
    kept = {
        name: value
        for name, value in row.items()
        if not _is_repeated(name, value, stored.get(name))
        or (moves and name in _RESCHEDULE and value is not None)
    }
    for name, words in _WORDS.items():
        if name in row and (len(row) == 1 or any(kept.get(word) is not None for word in words)):
            kept[name] = row[name]
    return kept


def _is_repeated(name: str, value: Any, stored: Any) -> bool:
    return (value is None and stored is None) or (name in _REPEATABLE and _is_same(name, value, stored))


def _is_same(name: str, value: Any, stored: Any) -> bool:
    if name == "Service_Name":
        return value == stored or (reference(value) != "" and reference(value) == reference(stored))
    if name in (_START, "Rescheduled_From"):
        when = parse_time(value)
        return value == stored or (when is not None and when == parse_time(stored))
    return bool(value == stored)
