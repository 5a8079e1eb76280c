"""What a module's metadata say of the columns of a file."""

from collections.abc import Iterable, Iterator

from zcrm.fields import Field, ModuleFields
from zcrm.fields.names import Names, NoName
from zcrm.fields.values import is_writable
from zcrm.files.problems import CellError

__all__ = ["Known"]

_TAGS = "Tag"


class Known:
    """The fields of a module, as columns name them: by API name or label, `Owner.id` by its part before.

    unknown: whether names that the metadata don't have are API names of newer fields.
    """

    def __init__(self, fields: ModuleFields, *, unknown: bool = False) -> None:
        self.fields = fields
        self.time_zone = fields.time_zone
        self._unknown = unknown
        self._names = Names(fields.module, fields.values())

    def path(self, name: str) -> str | None:
        """Return the API name, with what is behind its point, if the name stands for exactly one field."""
        try:
            return self._path(name)
        except NoName:
            return None

    def resolve(self, name: str, header: str) -> str:
        """Return the `path` of a column's name; raises CellError where it stands for no field, or several."""
        try:
            return self._path(name)
        except NoName as error:
            if self._unknown:
                return name
            fix = f"{error.fix}; leave out with --ignore what is not to be sent"
            if not error.candidates:
                fix += "; say --unknown-fields send where fields are newer than the metadata"
            raise CellError(error.problem, fix, header) from None

    def field(self, path: tuple[str, ...]) -> Field | None:
        """Return the field that a column's cells are values of; None where they are but a part of one."""
        return self.fields.get(path[0]) if len(path) == 1 and path != ("id",) else None

    def not_written(self, headers: Iterable[str]) -> set[str]:
        """Return the columns of Zoho's own export that no update writes: what Zoho sets itself, and tags."""
        found = {header: self._names.get(header) for header in headers}
        return {
            header
            for header, field in found.items()
            if field is not None
            and field.api_name != "id"
            and (not is_writable(field) or (field.api_name == _TAGS and field.json_type == "jsonarray"))
        }

    def notes(self, headers: Iterable[str]) -> Iterator[str]:
        """Yield a line for each column taken for the field of that API name that is another's label, too."""
        for header in headers:
            for other in self._names.others(header):
                yield (
                    f"column {header.strip()} taken for the field of that API name; "
                    f"it is also the label of {other.api_name}"
                )

    def _path(self, name: str) -> str:
        head, dot, last = name.strip().rpartition(".")
        try:
            return self._names.find(name).api_name
        except NoName:
            if not dot or not head or not last:
                raise
        return f"{self._names.find(head).api_name}.{last}"
