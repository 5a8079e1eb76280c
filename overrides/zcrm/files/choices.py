"""The words that options take."""

from enum import StrEnum

__all__ = ["Duplicates", "Format"]


class Format(StrEnum):
    """How a file of rows is written."""

    CSV = "csv"
    JSONL = "jsonl"


class Duplicates(StrEnum):
    """Rows that name the same record: refuse the file, send all in the order they stand, or only the last."""

    REFUSE = "refuse"
    KEEP_ORDER = "keep-order"
    LAST_WINS = "last-wins"
