"""From a header to the fields its columns fill.

A column is `Field`, `Field:type` or, for a value inside an object, `Field.key` with or without a type. What
can be no API name is a label: it is refused, unless the caller says which field it stands for.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from zcrm.fields import Field
from zcrm.files.cells import NUMBERS, TYPES, reader
from zcrm.files.field_cells import field_reader, holds_words, type_of
from zcrm.files.ids import bare_id
from zcrm.files.names import check_name
from zcrm.files.problems import CellError
from zcrm.files.reading import Reading
from zcrm.files.rows import ADDED
from zcrm.files.selection import (
    chosen,
    has_id,
    is_id,
    mapped,
    names_of_lookups,
    not_written,
    refuse_unknown,
    said,
    split,
    typed,
)

__all__ = [
    "Column",
    "dropped_names",
    "header_notes",
    "likely_name",
    "parse_column",
    "parse_header",
    "read_names",
    "refuse_two_for_one",
]

_PART = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_FIRST = re.compile(r"\$?[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header as typed, the keys it fills from the outside in, and how its cells are read.

    typed: whether the type was given; without one a cell is text. field: what the module's metadata say of
    its cells, where their type was not given.
    """

    header: str
    path: tuple[str, ...]
    type: str
    read: Callable[[str], object]
    typed: bool = False
    field: Field | None = None

    @property
    def is_id(self) -> bool:
        """Whether its cells are ids: the record's own, or those of a lookup."""
        return self.path[-1] == "id"

    @property
    def holds_words(self) -> bool:
        """Whether a word such as NULL may be meant in a cell of it."""
        return self.field is None or holds_words(self.field)


def parse_column(header: str, reading: Reading | None = None) -> Column:
    """Read `Field`, `Field.key`, `Field:type` or `Field.key:type`; the type defaults to `str`.

    Raises CellError for an unknown type, a missing name, or a name that can be none.
    """
    reading = reading or Reading()
    name, kind = split(header)
    if target := said(header, reading):
        name, given = split(target)
        kind = given or kind
        if header.strip() in ADDED and name != "id":
            raise CellError("result files replace this column", "rename it, and what --map says", header)
    elif is_id(header, reading):
        name = "id"
    if reading.known is not None and name != "id" and not name.startswith("$"):
        name = reading.known.resolve(name, header)
    kind = typed(header, name, reading) or kind
    if kind is not None and kind not in TYPES:
        raise CellError(
            f"unknown column type {kind!r}", f"use one of :{' :'.join(TYPES)}, or no type for text", header
        )
    path = tuple(name.split("."))
    if not all(path) and not name.endswith("."):
        raise CellError(
            "a column without a field name", "name the field, e.g. Account_Name or Owner.id", header
        )
    if not _FIRST.fullmatch(path[0]) or not all(map(_PART.fullmatch, path[1:])):
        raise _Label(name, header)
    if path == ("id",) and kind not in (None, "str", "int"):
        raise CellError(f"ids can not be of type {kind!r}", "name the column id: ids are text", header)
    if reading.known is not None and kind is None and (field := reading.known.field(path)):
        known = type_of(field)
        return Column(header, path, known, field_reader(field, reading), known != "str", field)
    kept = "str" if path == ("id",) else kind or "str"
    return Column(header, path, kept, reader(kept, reading), kind is not None)


def parse_header(headers: Sequence[str], reading: Reading | None = None) -> list[Column | None]:
    """Read a header row; a column that is not for Zoho gives None.

    Not for Zoho are columns whose name begins with `_`, those that are not chosen, and the name of a lookup
    beside its id, as Zoho's own exports have them. Raises CellError for everything that can't be read, for
    columns that fill the same field, and when there is no `id` column.
    """
    reading = reading or Reading()
    refuse_unknown(headers, reading)
    dropped = names_of_lookups(headers, reading) | not_written(headers, reading)
    columns: list[Column | None] = []
    errors: list[CellError] = []
    for position, header in enumerate(headers, 1):
        column = None
        try:
            check_name("column", header)
            if chosen(header, reading) and header not in dropped:
                column = parse_column(header, reading) if header.strip() else _nameless(position)
        except CellError as error:
            errors.append(error)
        columns.append(column)
    if not has_id(headers, reading):
        if any(bare_id(header).isdigit() for header in headers):
            raise _no_id(headers)
        errors.insert(0, _no_id(headers))
    if errors:
        raise _all_of(errors)
    refuse_two_for_one(filter(None, columns))
    if reading.decimal_comma and not any(column and column.type in NUMBERS for column in columns):
        raise CellError("--decimal-comma has no column to work on", "say which: --type Amount=decimal")
    if reading.date_format and not any(column and column.type == "date" for column in columns):
        raise CellError("--date-format has no column to work on", "say which: --type Closing_Date=date")
    return columns


def dropped_names(headers: Sequence[str], reading: Reading) -> list[str]:
    """Return the columns that are not sent because the id of the same lookup stands beside them."""
    return sorted(header.strip() for header in names_of_lookups(headers, reading) if chosen(header, reading))


def header_notes(headers: Sequence[str], reading: Reading) -> Iterator[str]:
    """Yield what is worth saying of a header: which columns are not sent, and which are called as another."""
    if dropped := dropped_names(headers, reading):
        yield f"{', '.join(dropped)} not sent: names beside the ids of lookups"
    if dropped := sorted(filter(str.strip, not_written(headers, reading))):
        yield f"{', '.join(dropped)} not sent: no update writes them"
    if reading.known is not None:
        yield from reading.known.notes(header for header in headers if chosen(header, reading))


def read_names(names: Iterable[str], reading: Reading) -> dict[str, Column | None]:
    """Read the keys of an object, as `parse_header` reads columns; an id may be missing.

    Raises CellError for keys that can be no API names, all at once.
    """
    columns: dict[str, Column | None] = {}
    errors: list[CellError] = []
    for name in names:
        try:
            column = parse_column(name, reading) if chosen(name, reading) else None
            if column and "." in name and not mapped(name, reading):
                raise _Label(name, name)
            columns[name] = column
        except CellError as error:
            errors.append(error)
    if errors:
        raise _all_of(errors)
    return columns


def likely_name(label: str) -> str:
    """Return the API name that Zoho most likely gave a field with this label; empty where none is likely."""
    ascii_only = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9]+", re.sub(r"\([^)]*\)", " ", ascii_only)) or re.findall(
        r"[A-Za-z0-9]+", ascii_only
    )
    name = "_".join(words).lstrip("0123456789_")
    return "Owner" if re.fullmatch(r"[A-Za-z]+_Owner", name) else name


class _Label(CellError):
    """A column whose name can be no API name."""

    def __init__(self, name: str, header: str) -> None:
        *parents, last = [part.strip() for part in name.rsplit(".", 1)] if name.endswith(".id") else [name]
        self.likely = f"{likely_name(parents[0])}.{last}" if parents else likely_name(last)
        self.label = name
        super().__init__(f"{name!r} can be no API name", "", header)


def _nameless(position: int) -> Column:
    raise CellError(f"column {position} has no name", "name it in the header row, or remove the column")


def _all_of(errors: Sequence[CellError]) -> CellError:
    """Everything that is wrong with a header, as one error."""
    labels = [error for error in errors if isinstance(error, _Label)]
    others = [error for error in errors if not isinstance(error, _Label)]
    labels_said = _refused(labels) if labels else None
    if labels_said:
        others.insert(0, labels_said)
    if len(others) == 1:
        return others[0]
    fixes = dict.fromkeys(part for error in others for part in error.fix.split("; "))
    problems = (
        f"column {error.column}: {error.problem}"
        if error.column and error is not labels_said
        else error.problem
        for error in others
    )
    return CellError("; ".join(problems), "; ".join(fixes))


def _refused(labels: Sequence[_Label]) -> CellError:
    said = ", ".join(
        f"{label.label!r} ({f'likely {label.likely}' if label.likely.strip('.') else 'no likely name'})"
        for label in labels
    )
    maps = " ".join(f"--map '{label.label}={label.likely or 'API_name'}'" for label in labels)
    what = "1 column is" if len(labels) == 1 else f"{len(labels)} columns are"
    return CellError(
        f"{what} named by no API name: {said}",
        f"say which fields they are, as in {maps}; or name what to send with --columns, "
        "or what to leave out with --ignore",
        labels[0].column if len(labels) == 1 else None,
    )


def refuse_two_for_one(columns: Iterable[Column]) -> None:
    """Raise CellError for columns that fill the same field, or one a part of the other's."""
    seen: list[Column] = []
    for column in columns:
        for other in seen:
            shared = min(len(column.path), len(other.path))
            if column.path[:shared] == other.path[:shared]:
                raise CellError(
                    f"columns {other.header!r} and {column.header!r} fill the same field",
                    "keep one of them",
                    column.header,
                )
        seen.append(column)


def _no_id(headers: Sequence[str]) -> CellError:
    held = ", ".join(headers)
    held = held if len(held) <= 80 else held[:77] + "…"
    alike = [header for header in headers if header.strip().casefold() in ("id", "record_id", "recordid")]
    if alike:
        fix = f"rename the column {alike[0]!r} to id, or say --map '{alike[0].strip()}=id'"
    else:
        fix = "give the file a header row with an id column that holds the record ids"
    return CellError(f"no column is named id; the first line holds {held!r}", fix)
