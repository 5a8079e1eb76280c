"""What the fields of a module are called: by API name, then by label, then by their first label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from difflib import get_close_matches
from unicodedata import normalize

from .field import Field

_NEAR = 0.75


class NoName(ValueError):
    """A name that stands for no field, or for several candidates; `problem` and `fix` say so."""

    def __init__(self, problem: str, fix: str, candidates: Iterable[Field] = ()) -> None:
        super().__init__(problem)
        self.problem = problem
        self.fix = fix
        self.candidates = [*candidates]


class Names:
    """The names of a module's fields."""

    def __init__(self, module: str, fields: Iterable[Field]) -> None:
        self._module = module
        self._by_name = {field.api_name: field for field in fields}
        self._labels: defaultdict[str, list[Field]] = defaultdict(list)
        self._first_labels: defaultdict[str, list[Field]] = defaultdict(list)
        for field in self._by_name.values():
            self._labels[_folded(field.field_label)].append(field)
            self._first_labels[_folded(field.display_label)].append(field)

    def find(self, name: str) -> Field:
        """The field that a name stands for; raises NoName.

        The exact API name comes first, then the label, then the label before it was changed, whatever their
        case and the blanks around them.
        """
        if field := self._by_name.get(name.strip()):
            return field
        for labels in (self._labels, self._first_labels):
            found = labels.get(_folded(name), [])
            if len(found) == 1:
                return found[0]
            if found:
                names = " or ".join(field.api_name for field in found)
                raise NoName(
                    f"{name.strip()!r} is the label of {len(found)} fields of {self._module}",
                    f"say which by its API name: {names}",
                    found,
                )
        raise NoName(f"{self._module} has no field {name.strip()!r}", self._nearest(name))

    def get(self, name: str) -> Field | None:
        """The field that a name stands for, if it is exactly one."""
        try:
            return self.find(name)
        except NoName:
            return None

    def others(self, name: str) -> list[Field]:
        """The fields whose label is the API name of another one."""
        field = self._by_name.get(name.strip())
        labelled = [*self._labels.get(_folded(name), []), *self._first_labels.get(_folded(name), [])]
        return [each for each in dict.fromkeys(labelled) if field is not None and each != field]

    def _nearest(self, name: str) -> str:
        spoken = {_folded(field.api_name.replace("_", " ")): field for field in self._by_name.values()}
        spoken |= {label: fields[0] for label, fields in self._labels.items()}
        near = get_close_matches(_folded(name.replace("_", " ")), spoken, 1, _NEAR)
        if not near:
            return f"see its fields: zcrm fields show {self._module}"
        field = spoken[near[0]]
        label = "" if field.field_label == field.api_name else f" ({field.field_label})"
        return f"did you mean {field.api_name}{label}?"


def _folded(name: str) -> str:
    return " ".join(normalize("NFC", name).split()).casefold()
