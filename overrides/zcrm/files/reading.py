"""What somebody says about a file that it does not say itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from zcrm.files.choices import Format, JsonNull
from zcrm.files.known import Known
from zcrm.files.problems import BadFile

__all__ = ["Reading", "parse_names", "parse_types"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read a file of rows; what is not given is found out.

    format, encoding: of the file. delimiter: one character.
    null: texts of cells that clear their field. blank: texts that leave it alone, as an empty cell does.
    names: API names by column. types: types of cells by column or API name.
    columns: send only these. ignore: do not send these. Both take columns or API names.
    date_format: of `:date` cells, as `strptime` takes it. decimal_comma: numbers are written 1.234,50.
    trim: take the blanks around text off. json_null: what a null in JSON does. ids_only: read the ids alone,
    whatever the other columns are.
    timezone: of times without an offset. known: what the module's metadata say of the columns; not kept.
    """

    format: Format | None = None
    delimiter: str | None = None
    encoding: str | None = None
    null: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    date_format: str | None = None
    decimal_comma: bool = False
    trim: bool = False
    json_null: JsonNull = JsonNull.SKIP
    ids_only: bool = False
    timezone: str | None = None
    known: Known | None = None

    @property
    def zone(self) -> ZoneInfo | None:
        """That of times without an offset: as said, or the org's."""
        name = self.timezone or (self.known and self.known.time_zone)
        return ZoneInfo(name) if name else None

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "Reading":
        """Return it from what JSON kept of its fields."""
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()
        }
        written = values["format"]
        return cls(
            **values | {"format": written and Format(written), "json_null": JsonNull(values["json_null"])}
        )

    def words(self) -> Iterator[str]:
        """Yield the options of a command line that read this file's result files the same way.

        Format and encoding are not among them: result files are written in ours.
        """
        if self.delimiter is not None:
            yield from ("--delimiter", self.delimiter)
        for option, texts in (("--null", self.null), ("--blank", self.blank)):
            for text in texts:
                yield from (option, text)
        for option, pairs in (("--map", self.names), ("--type", self.types)):
            for name, value in pairs.items():
                yield from (option, f"{name}={value}")
        for option, names in (("--columns", self.columns), ("--ignore", self.ignore)):
            for name in names:
                yield from (option, name)
        if self.date_format is not None:
            yield from ("--date-format", self.date_format)
        if self.decimal_comma:
            yield "--decimal-comma"
        if self.trim:
            yield "--trim"
        if self.timezone is not None:
            yield from ("--timezone", self.timezone)
        if self.json_null is not JsonNull.SKIP:
            yield from ("--json-null", self.json_null)


def parse_names(texts: Iterable[str]) -> dict[str, str]:
    """Read `Label=API_name` texts; a text without `=` is a file that holds one on each line.

    Raises ValueError for what is neither, BadFile for a file that can't be read.
    """
    return _pairs(pair for text in texts for pair in ([text] if "=" in text else _lines(text)))


def parse_types(texts: Iterable[str]) -> dict[str, str]:
    """Read `Name=type` texts; raises ValueError for any other."""
    return _pairs(texts)


def check_date_format(text: str) -> None:
    """Raise ValueError for a format that does not hold a whole date."""
    days = [datetime(2026, 11, 30), datetime(2025, 11, 30), datetime(2026, 10, 30), datetime(2026, 11, 29)]
    try:
        texts = [day.strftime(text) for day in days]
        parted = len(set(texts)) == len(days) and datetime.strptime(texts[0], text).date() == days[0].date()
    except ValueError as error:
        raise ValueError(f"{text!r} is no date format, write it like %d.%m.%Y") from error
    if not parted:
        raise ValueError(f"{text!r} leaves out a part of the date, write it like %d.%m.%Y")


def check_timezone(text: str) -> None:
    """Raise ValueError for a zone that there is not."""
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no time zone {text!r}, write it like Europe/Berlin") from error


def _pairs(texts: Iterable[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.rpartition("="))
        if not (name and equals and value):
            raise ValueError(f"{text!r} is not of the form NAME=VALUE")
        if pairs.setdefault(name, value) != value:
            raise ValueError(f"{name!r} is said twice, to be {pairs[name]} and {value}")
    return pairs


def _lines(path: str) -> list[str]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadFile(path, f"can not be read: {error.strerror}", "write --map 'Label=API_name'") from error
    except UnicodeDecodeError as error:
        raise BadFile(path, "is not UTF-8", "save the list of names as UTF-8 text") from error
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
