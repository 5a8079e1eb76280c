"""What a module's metadata say of the rows of a file before any is sent, counted by kind and column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ..fields import ModuleFields
from ..fields.checks import Finding
from ..fields.table import TWICE, Problem
from ..files.problems import SHOWN, Fault
from ..files.tables import Row, Table
from ..rows.values import BadValue, flat_nulls, wire_row
from .request import Request

__all__ = ["Inspection"]

_EXAMPLES = 5


@dataclass(slots=True)
class _Count:
    """In how many rows something is found, the first of them, and what is said of the first few values."""

    problem: Problem
    row: int
    rows: int = 0
    said: dict[str, str] = field(default_factory=dict)
    more: bool = False

    def add(self, problem: Problem) -> None:
        self.rows += 1
        if len(self.said) < _EXAMPLES:
            self.said.setdefault(problem.said, problem.fix)
        elif problem.said not in self.said:
            self.more = True

    def __str__(self) -> str:
        said = "; ".join([*self.said, *(["and others"] if self.more else [])])
        fixes = " ".join(dict.fromkeys(self.said.values()))
        return f"{said} ({self.problem.rule.name}, {_rows(self.rows)}, first row {self.row}). {fixes}"


class Inspection:
    """Looks at every row of a table once.

    rejected: rows that Zoho surely refuses. faults: what is wrong with them, the first 1,000; more: how many
    there are besides.
    """

    def __init__(self, request: Request, metadata: ModuleFields, table: Table) -> None:
        self.rejected = 0
        self.faults: list[Fault] = []
        self.more = 0
        self._metadata = metadata
        self._table = table
        self._checks = metadata.checks(unknown=request.unknown_fields == "send")
        self._written = request.written
        self._not_sent = request.since_column and table.field_of(request.since_column)
        self._refusals: dict[tuple[str, str], _Count] = {}
        self._doubts: dict[tuple[str, str], _Count] = {}
        self._unique = {name: each.case_sensitive for name, each in metadata.items() if each.unique}
        self._seen: defaultdict[str, set[int]] = defaultdict(set)

    @classmethod
    def of(cls, request: Request, table: Table) -> Inspection | None:
        """The inspection of a table, where there are metadata."""
        return None if request.metadata is None else cls(request, request.metadata, table)

    def look(self, row: Row) -> list[Fault]:
        """Look at a row; returns what of it Zoho surely refuses."""
        record = self._written(row.record)
        if self._not_sent in record:
            record = {name: value for name, value in record.items() if name != self._not_sent}
        if flat_nulls(record) is None:
            with suppress(BadValue):
                record = wire_row(record)
        for finding in (*self._checks.doubts(record), *self._twice(record)):
            _add(self._doubts, finding, row.number)
        faults = []
        for finding in self._checks.refusals(record):
            _add(self._refusals, finding, row.number)
            name, problem = finding
            held = str(record.get(name, ""))
            faults.append(Fault(row.number, self._table.title(name), held, problem.said, problem.fix))
        if faults:
            self.rejected += "id" in record
            kept = faults[: max(0, SHOWN - len(self.faults))]
            self.faults += kept
            self.more += len(faults) - len(kept)
        return faults

    def notes(self) -> Iterator[str]:
        """Yield a line for each kind of doubt in each column, and one for the rows that are rejected."""
        yield self._metadata.note
        if self.rejected:
            yield f"{_rows(self.rejected)} will be rejected, and not sent"
        for (name, _), count in self._doubts.items():
            yield f"column {self._table.title(name)}: {count}"

    def facts(self) -> dict[str, Any]:
        """What was found, as JSON can carry it."""
        return {
            "rows_rejected": self.rejected,
            "rejections": [*_facts(self._refusals)],
            "warnings": [*_facts(self._doubts)],
        }

    def _twice(self, record: Mapping[str, Any]) -> Iterator[Finding]:
        """Yield the unique fields whose value an earlier row has."""
        for name, case_sensitive in self._unique.items():
            value = record.get(name)
            if value in (None, "") or isinstance(value, dict | list):
                continue
            known = hash(value if case_sensitive or not isinstance(value, str) else value.casefold())
            if known in self._seen[name]:
                said = f"{value!r} stands in several rows, and must be unique"
                yield Finding(name, Problem(TWICE, said, "Give each record a value of its own."))
            self._seen[name].add(known)


def _add(counts: dict[tuple[str, str], _Count], finding: Finding, row: int) -> None:
    count = counts.setdefault((finding.field, finding.problem.rule.name), _Count(finding.problem, row))
    count.add(finding.problem)


def _facts(counts: Mapping[tuple[str, str], _Count]) -> Iterator[dict[str, Any]]:
    for (name, kind), count in counts.items():
        rule, said, fix = count.problem
        code = rule.code if rule.refuses else None
        yield {
            "kind": kind, "field": name, "code": code, "rows": count.rows, "first_row": count.row,
            "message": said, "fix": fix, "ground": rule.ground,
        }  # fmt: skip


def _rows(number: int) -> str:
    return f"{number:,} row{'' if number == 1 else 's'}"
