"""The words that options take."""

from enum import StrEnum

__all__ = [
    "Duplicates",
    "ExportFormat",
    "Format",
    "JsonNull",
    "ListFormat",
    "ResultFormat",
    "UnknownFields",
]


class Format(StrEnum):
    """How a file of rows is written."""

    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"
    PARQUET = "parquet"
    XLSX = "xlsx"


class Duplicates(StrEnum):
    """Rows that name the same record: refuse the file, send all in the order they stand, or only the last."""

    REFUSE = "refuse"
    KEEP_ORDER = "keep-order"
    LAST_WINS = "last-wins"


class JsonNull(StrEnum):
    """A field that is null in JSON, in Parquet or in a `:json` cell: leave it alone, or clear it."""

    SKIP = "skip"
    CLEAR = "clear"


class UnknownFields(StrEnum):
    """Columns of which the module's metadata don't know: refuse the file, or send them all the same."""

    REFUSE = "refuse"
    SEND = "send"


class ResultFormat(StrEnum):
    """How rows that need a correction come back: as text alone, or as a sheet of Excel besides."""

    CSV = "csv"
    XLSX = "xlsx"


class ExportFormat(StrEnum):
    """How the outcomes of a run are written as one table."""

    CSV = "csv"
    PARQUET = "parquet"


class ListFormat(StrEnum):
    """How records that were read are written."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"
