"""Values that are no text: numbers and dates of a sheet, values of JSON and of Parquet."""

from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import Any

from zcrm.fields import Field
from zcrm.fields.values import NUMBERS, kind_of
from zcrm.files.cells import JSON_INTEGERS, plain_reader
from zcrm.files.columns import Column
from zcrm.files.formulas import NoResult
from zcrm.files.ids import lookup_id
from zcrm.files.problems import CellError, quoted

__all__ = ["as_text", "native", "sendable"]


def as_text(value: object) -> str:
    """Return a scalar as a cell of text would have it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def native(column: Column, value: Any) -> object:
    """Return the value as its column's type has it; raises CellError for what can't be sent."""
    if isinstance(value, NoResult):
        raise _no_result(value)
    if column.is_id and column.path != ("id",):
        return lookup_id(str(value))
    if column.field is not None and not isinstance(value, list | dict):
        return _of_field(column, column.field, value)
    if column.typed and column.path != ("id",) and not isinstance(value, list | dict):
        if column.type == "date" and isinstance(value, datetime):
            value = value.date()
        return plain_reader(column.type)(as_text(value))
    if isinstance(value, datetime) and value.tzinfo is None:
        raise CellError(
            f"{quoted(str(value))} is a time without a zone",
            "write it as text with its offset, like 2026-01-31T15:26:49+05:30, "
            f"or say --type {'.'.join(column.path)}=date to send the day alone",
        )
    return value if column.is_id else sendable(value)


def _no_result(cell: NoResult) -> CellError:
    if cell.error:
        return CellError(
            f"the cell shows the error {quoted(cell.error)}",
            f"mend its formula, or say --blank '{cell.error}' to leave such fields alone",
        )
    return CellError(
        "the cell has a formula that no program has calculated",
        "open the workbook in a spreadsheet program and save it",
    )


def _of_field(column: Column, field: Field, value: Any) -> object:
    """The value as its field has it; one that it can't have stays as it is."""
    kind = kind_of(field)
    if isinstance(value, bool) and kind in ("boolean", None):
        return value
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        sendable(value)
        if kind in (*NUMBERS, None):
            return value
    if kind == "date" and isinstance(value, datetime):
        value = value.date()
    return column.read(as_text(value))


def sendable(value: Any, *, inside: bool = False) -> Any:
    """Return a value with the ids in it bare; raises CellError for numbers and ids that can't be sent.

    inside: it is part of another value.
    """
    match value:
        case dict():
            return {
                key: _id(item) if key == "id" else sendable(item, inside=True) for key, item in value.items()
            }
        case list():
            return [sendable(item, inside=True) for item in value]
        case float() | Decimal() if not isfinite(value):
            fix = f"say --blank {value} to leave such fields alone, or --null {value} to clear them"
            raise CellError(
                f"{value} is no number that can be sent",
                "take it out of the list or the object" if inside else fix,
                held=str(value),
            )
        case int() if value not in JSON_INTEGERS:
            raise CellError(
                f"{quoted(str(value))} is not a whole number of at most 64 bits", "give it as text"
            )
    return value


def _id(value: Any) -> Any:
    """An id inside an object: none, or digits."""
    if value is None or value == "" or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    return sendable(value, inside=True) if isinstance(value, dict | list) else lookup_id(str(value))
