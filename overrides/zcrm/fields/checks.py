"""The checks of a module's rows, made once from its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from ..rows.values import BadValue
from .doubts import Doubts, doubts
from .field import Field
from .names import Names, NoName
from .table import LAYOUT, UNKNOWN, Problem
from .values import Check, always, null_refused, refusal


class Finding(NamedTuple):
    """A problem and the field that has it."""

    field: str
    problem: Problem


class Checks:
    """Checks rows as they are sent: names are API names, values those of JSON.

    unknown: whether names that the metadata does not know are let through.
    """

    def __init__(self, module: str, fields: Mapping[str, Field], *, unknown: bool = False) -> None:
        self._fields = fields
        self._module = module
        self._unknown = unknown
        self._checks: dict[str, Check] = {name: refusal(field) for name, field in fields.items()}
        self._nulls = {name: null_refused(field) for name, field in fields.items()}
        for name in ("id", "Layout"):
            if name == "id" or name not in fields:
                self._checks[name], self._nulls[name] = always(None), None

    def refuse(self, row: Mapping[str, Any]) -> None:
        """Raise BadValue for a row that Zoho surely refuses, with all that is wrong with it."""
        checks, nulls = self._checks, self._nulls
        for name, value in row.items():
            if name not in checks:
                self._meet(name)
            if (nulls[name] if value is None else checks[name](value)) is not None:
                raise _bad([*self.refusals(row)])

    def refusals(self, row: Mapping[str, Any]) -> Iterator[Finding]:
        """Yield what Zoho surely refuses of a row."""
        for name, value in row.items():
            if name not in self._checks:
                self._meet(name)
            problem = self._nulls[name] if value is None else self._checks[name](value)
            if problem is not None:
                yield Finding(name, problem)

    def doubts(self, row: Mapping[str, Any]) -> Iterator[Finding]:
        """Yield what is doubtful about a row."""
        for name, value in row.items():
            if name in self._doubts:
                for problem in self._doubts[name](value):
                    yield Finding(name, problem)
        if row.get("Layout") and len(row) > 2:
            yield Finding("Layout", _LAYOUT)

    @cached_property
    def _doubts(self) -> dict[str, Doubts]:
        return {name: doubts(field) for name, field in self._fields.items() if name != "id"}

    @cached_property
    def _names(self) -> Names:
        return Names(self._module, self._fields.values())

    def _meet(self, name: Any) -> None:
        """Take in a name that the metadata does not have: it is let through, or refused in every row."""
        problem = None
        if isinstance(name, str) and not (self._unknown or name.startswith("$")):
            try:
                field = self._names.find(name)
            except NoName as error:
                problem = Problem(UNKNOWN, error.problem, f"{error.fix[0].upper()}{error.fix[1:]}")
            else:
                said = f"{name!r} is the label of {field.api_name}"
                problem = Problem(UNKNOWN, said, f"Name the field {field.api_name}.")
        self._nulls[name] = problem
        self._checks[name] = always(problem)


_LAYOUT = Problem(LAYOUT, "fields outside this layout are not written", "Read one of the records back.")


def _bad(findings: list[Finding]) -> BadValue:
    """All findings of a row as one error; the first one gives code, place and what to do."""
    first, problem = findings[0]
    said = "; ".join(f"{name}: {each.said}" if len(findings) > 1 else each.said for name, each in findings)
    return BadValue(said, first, problem.rule.code, problem.fix)
