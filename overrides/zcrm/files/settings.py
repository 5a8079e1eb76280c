"""Values that are set in every record, as they are typed: `Field=text`, `Field:type=value`."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import orjson

from zcrm.files.columns import parse_column
from zcrm.files.natives import as_text
from zcrm.files.problems import CellError

__all__ = ["parse_settings", "settings"]


def parse_settings(texts: Iterable[str]) -> dict[str, Any]:
    """Read texts such as `Stage=Closed Won` or `Amount:decimal=12.50`; the type is one that columns have.

    A dot nests, as in `Owner.id`. To clear a field, write `Field:json=null`. Raises CellError for a text that
    can't be read, gives no value, or is the second one for its field.
    """
    values: dict[str, Any] = {}
    for text in texts:
        header, equals, value = text.partition("=")
        if not (equals and value.strip()):
            fix = "write it like Stage=Closed Won; to clear the field, Stage:json=null"
            raise CellError(f"{text!r} sets no field to a value", fix)
        column = parse_column(header)
        place = values
        for key in column.path[:-1]:
            place = place.setdefault(key, {})
            if not isinstance(place, dict):
                raise _twice(column.path)
        if column.path[-1] in place or column.path == ("id",):
            raise _twice(column.path)
        place[column.path[-1]] = column.read(value)
    return values


def settings(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the texts from which `parse_settings` reads these values."""
    for name, value in values.items():
        if isinstance(value, str) and value.strip():
            yield f"{name}={value}"
        elif isinstance(value, Decimal):
            yield f"{name}:decimal={value:f}"
        else:
            yield f"{name}:json={orjson.dumps(value, default=_json).decode()}"


def _json(value: object) -> object:
    return orjson.Fragment(format(value, "f")) if isinstance(value, Decimal) else as_text(value)


def _twice(path: tuple[str, ...]) -> CellError:
    name = ".".join(path)
    if path == ("id",):
        return CellError("the id is of the record, and can't be set", "name another field")
    return CellError(f"{name} is set twice", "set it once")
