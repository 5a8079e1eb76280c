"""Which columns of a file are sent, and what was said of them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from zcrm.files.cells import TYPES
from zcrm.files.problems import CellError
from zcrm.files.reading import Reading

__all__ = [
    "chosen",
    "has_id",
    "is_id",
    "mapped",
    "names_of_lookups",
    "not_written",
    "refuse_unknown",
    "said",
    "split",
    "typed",
]

_TYPED = re.compile(r"[A-Za-z$][A-Za-z0-9_.]*\s*:[A-Za-z0-9]*")
_RECORD_ID = "record id"


def split(header: str) -> tuple[str, str | None]:
    """Return a column's name and its type, if it has one; a colon inside a label is no type."""
    header = header.strip()
    name, colon, kind = header.rpartition(":")
    if colon and (kind.strip() in TYPES or _TYPED.fullmatch(header)):
        return name.strip(), kind.strip()
    return header, None


def said(header: str, reading: Reading) -> str | None:
    """Return what a column stands for, where the caller said so."""
    return _given(reading.names, header) or _given(reading.names, split(header)[0])


def mapped(header: str, reading: Reading) -> str | None:
    """Return what a column stands for, where the caller or the module's metadata say so."""
    return said(header, reading) or (reading.known and reading.known.path(split(header)[0])) or None


def typed(header: str, name: str, reading: Reading) -> str | None:
    """Return the type that was said of a column, by its header or by the name of its field."""
    names = (header, split(header)[0], name)
    return next((kind for each in names if (kind := _given(reading.types, each))), None)


def chosen(header: str, reading: Reading) -> bool:
    """Return whether a column is for Zoho."""
    if header.lstrip().startswith("_") and not said(header, reading):
        return False
    if is_id(header, reading):
        return True
    if reading.ids_only:
        return False
    if reading.columns and not _is_among(header, reading.columns, reading, lookups=True):
        return False
    return not _is_among(header, reading.ignore, reading)


def is_id(header: str, reading: Reading) -> bool:
    """Return whether a column holds the records' ids."""
    name = split(header)[0]
    target = mapped(header, reading)
    return split(target)[0] == "id" if target else name == "id" or _folded(name) == _RECORD_ID


def has_id(headers: Iterable[str], reading: Reading) -> bool:
    """Return whether one of the columns holds the records' ids, whatever it is called."""
    return any(is_id(header, reading) for header in headers)


def names_of_lookups(headers: Sequence[str], reading: Reading) -> set[str]:
    """Return the untyped columns `Label`, but for the record's id, for which a `Label.id` is sent."""
    with_id = {
        header.strip().removesuffix(".id")
        for header in headers
        if header.strip().endswith(".id") and chosen(header, reading)
    }
    return {header for header in headers if header.strip() in with_id and not is_id(header, reading)}


def not_written(headers: Sequence[str], reading: Reading) -> set[str]:
    """Return the columns of Zoho's own export that no update writes, unless the caller chose his columns."""
    known = reading.known
    if known is None or reading.columns or not any(_folded(header) == _RECORD_ID for header in headers):
        return set()
    return {header for header in known.not_written(headers) if not said(header, reading)}


def refuse_unknown(headers: Iterable[str], reading: Reading) -> None:
    """Raise CellError for what the caller said of columns that there are not, or said both ways."""
    held = [header for header in headers if header.strip()]
    problems, fixes = [], []
    if unknown := list(_unknown(held, reading)):
        problems.append(f"{', and '.join(unknown)}, which the file does not have")
        fixes.append(f"its columns are {', '.join(held)}")
    if reading.columns:
        both = [
            header
            for header in held
            if _is_among(header, reading.columns, reading) and _is_among(header, reading.ignore, reading)
        ]
        if both:
            problems.append(f"--columns and --ignore both name {', '.join(map(repr, both))}")
            fixes.append("name a column in one of them")
    if problems:
        raise CellError("; ".join(problems), "; ".join(fixes))


def _unknown(held: Sequence[str], reading: Reading) -> Iterator[str]:
    """Yield each option that names columns which are not there, with their names."""
    for option, names in (
        ("--map", reading.names),
        ("--columns", reading.columns),
        ("--ignore", reading.ignore),
        ("--type", reading.types),
    ):
        lookups = option == "--columns"
        missing = [
            name
            for name in names
            if not any(_is_among(header, [name], reading, lookups=lookups) for header in held)
            and not (option == "--columns" and name == "id")
        ]
        if missing:
            yield f"{option} names {', '.join(map(repr, missing))}"


def _folded(name: str) -> str:
    """A name in one case, any blanks in it as one."""
    return " ".join(name.split()).casefold()


def _given(values: Mapping[str, str], name: str) -> str | None:
    if name in values:
        return values[name]
    folded = _folded(name)
    return next((value for key, value in values.items() if _folded(key) == folded), None)


def _is_among(header: str, names: Iterable[str], reading: Reading, *, lookups: bool = False) -> bool:
    """Whether a column is named; lookups: `Owner` names `Owner.id`, too."""
    called = {_folded(header), _folded(split(header)[0])}
    if target := mapped(header, reading):
        called |= {_folded(target), _folded(split(target)[0])}
    if lookups:
        called |= {name.removesuffix(".id") for name in called}
    return any(_folded(wanted) in called for wanted in names)
