"""Rows for the simulator from a mapping, a CSV or a JSON Lines file."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

_NUMBERS: dict[str, Callable[[str], Any]] = {"int": int, "float": float, "decimal": float}


def read_rows(source: Iterable[Mapping[str, Any]] | str | Path) -> Iterator[dict[str, Any]]:
    """The rows of `source`: mappings, or the path of a `.csv`, or of a `.jsonl` or `.ndjson` file.

    A CSV header may carry a type after a colon (`Latitude:float`): `int`, `float`, `decimal` and `bool` are
    converted, anything else stays text. An empty cell is a field without a value.
    """
    if not isinstance(source, str | Path):
        return (dict(row) for row in source)
    path = Path(source)
    if path.suffix.lower() in {".jsonl", ".ndjson"}:
        return _read_jsonl(path)
    return _read_csv(path)


def _read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as lines:
        for line in lines:
            if line.strip():
                yield orjson.loads(line)


def _read_csv(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines)
        columns = [(name, _converter(kind)) for name, _, kind in (h.partition(":") for h in next(reader, []))]
        for cells in reader:
            if cells:
                yield {
                    name: None if cell == "" else convert(cell)
                    for (name, convert), cell in zip(columns, cells, strict=False)
                }


def _converter(kind: str) -> Callable[[str], Any]:
    if kind == "bool":
        return lambda cell: cell.strip().lower() == "true"
    return _NUMBERS.get(kind, str)
