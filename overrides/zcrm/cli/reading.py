"""The options that say how a file is to be read."""

from typing import Annotated, Any

import typer

from zcrm.files.choices import Format, JsonNull, ResultFormat

__all__ = [
    "BlankOption",
    "BomOption",
    "ColumnsOption",
    "DateFormatOption",
    "DecimalCommaOption",
    "DelimiterOption",
    "EncodingOption",
    "FormatOption",
    "IgnoreOption",
    "JsonNullOption",
    "MapOption",
    "NullOption",
    "ResultsOption",
    "TimezoneOption",
    "TrimOption",
    "TypeOption",
    "listed",
    "reading_of",
]

FormatOption = Annotated[
    Format | None, typer.Option(help="Format of the file; by default its content tells.", show_default=False)
]
DelimiterOption = Annotated[
    str | None, typer.Option(metavar="CHAR", help="Between cells; found out by default. tab for a tab.")
]
EncodingOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="Of a text file; found out by default.")
]
NullOption = Annotated[
    list[str] | None,
    typer.Option(metavar="TEXT", help="Cell text that clears its field; empty cells are never sent."),
]
BlankOption = Annotated[
    list[str] | None,
    typer.Option(metavar="TEXT", help="Cell text that leaves its field alone, such as NULL."),
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LABEL=NAME|FILE", help="API name of the field a column is for, or a file of such lines."
    ),
]
ColumnsOption = Annotated[
    list[str] | None, typer.Option(metavar="A,B", help="Send only these columns, and the id.")
]
IgnoreOption = Annotated[list[str] | None, typer.Option(metavar="A,B", help="Do not send these columns.")]
TypeOption = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=TYPE", help="Type of a column's cells, as Amount:decimal in the header."),
]
DateFormatOption = Annotated[
    str | None, typer.Option(metavar="FORMAT", help="How :date cells are written, e.g. %d.%m.%Y.")
]
DecimalCommaOption = Annotated[bool, typer.Option("--decimal-comma", help="Numbers are written 1.234,50.")]
TrimOption = Annotated[bool, typer.Option("--trim", help="Take the blanks around text off.")]
TimezoneOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Zone of times without an offset; the org's where fields are known."),
]
JsonNullOption = Annotated[
    JsonNull, typer.Option(help="A null in JSON, or in Parquet: leave its field alone, or clear it.")
]

ResultsOption = Annotated[
    ResultFormat | None,
    typer.Option(
        help="Rows to correct as an Excel sheet, too; the default where the file is one.", show_default=False
    ),
]
BomOption = Annotated[
    bool, typer.Option("--bom", help="Begin result files with a byte-order mark, for Excel.")
]


def reading_of(**given: Any) -> Any:
    """Return the `Reading` for the options of these names; raises a usage error for one that can't be.

    What is not given is as `Reading` has it.
    """
    from zcrm.files.problems import BadFile
    from zcrm.files.reading import Reading, check_date_format, check_timezone, parse_names, parse_types

    def parsed(option: str, read: Any, value: Any) -> Any:
        try:
            return read(value)
        except (ValueError, BadFile) as error:
            raise typer.BadParameter(str(error), param_hint=option) from error

    if any(not text.strip() for text in given.get("null") or ()):
        raise typer.BadParameter("an empty cell is never sent; choose another text", param_hint="--null")
    if both := {*(given.get("null") or ())} & {*(given.get("blank") or ())}:
        raise typer.BadParameter(f"{min(both)!r} is said by --null, too", param_hint="--blank")
    if given.get("date_format") is not None:
        parsed("--date-format", check_date_format, given.get("date_format"))
    if given.get("timezone") is not None:
        parsed("--timezone", check_timezone, given.get("timezone"))
    return Reading(
        format=given.get("format"),
        delimiter=parsed("--delimiter", _delimiter, given.get("delimiter")),
        encoding=given.get("encoding"),
        null=tuple(given.get("null") or ()),
        blank=tuple(given.get("blank") or ()),
        names=parsed("--map", parse_names, given.get("map") or ()),
        columns=listed("--columns", given.get("columns")),
        ignore=listed("--ignore", given.get("ignore")),
        types=parsed("--type", parse_types, given.get("type") or ()),
        date_format=given.get("date_format"),
        decimal_comma=given.get("decimal_comma", False),
        trim=given.get("trim", False),
        json_null=given.get("json_null", JsonNull.SKIP),
        timezone=given.get("timezone"),
    )


def _delimiter(text: str | None) -> str | None:
    if text in ("tab", "\\t"):
        return "\t"
    if text is not None and (len(text) != 1 or text in '"\r\n'):
        raise ValueError("a delimiter is one character, or the word tab")
    return text


def listed(option: str, texts: list[str] | None) -> tuple[str, ...]:
    """Return the names of comma lists; raises a usage error for an option that is given and names nothing."""
    names = tuple(name.strip() for text in texts or () for name in text.split(",") if name.strip())
    if texts and not names:
        raise typer.BadParameter("is empty: leave it out, or name what is meant", param_hint=option)
    return names
