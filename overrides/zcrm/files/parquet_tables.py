"""Rows of a Parquet file; needs the extra `arrow`."""

from collections.abc import Iterator
from typing import Any

from zcrm.files.choices import Format
from zcrm.files.columns import read_names
from zcrm.files.content import Content
from zcrm.files.json_tables import Objects
from zcrm.files.problems import BadFile, CellError, Fault
from zcrm.files.reading import Reading
from zcrm.files.selection import has_id
from zcrm.frames.schema import NAIVE, named_twice, unsendable

__all__ = ["ParquetTable"]

_BATCH_ROWS = 4096
_FIXES = {NAIVE: "write the times with their zone, or say --type NAME=date to send the days alone"}


class ParquetTable(Objects):
    """A table of typed columns; rows are numbered from 1, result files are JSON lines."""

    kind = Format.PARQUET

    def __init__(self, content: Content, reading: Reading) -> None:
        """Raises BadFile without the extra, or where the columns can't be sent."""
        super().__init__(content, reading)
        try:
            from pyarrow import ArrowException, parquet
        except ImportError as error:
            raise BadFile(content.name, "Parquet: a table", 'pip install "zcrm[cli,arrow]"') from error
        content.file.seek(0)
        try:
            self._parquet = parquet.ParquetFile(content.file)
        except (ArrowException, OSError) as error:
            raise BadFile(content.name, f"Parquet: {error}", "write the file again") from error
        self._check()

    def _objects(self) -> Iterator[tuple[int, dict[str, Any] | Fault]]:
        from pyarrow import ArrowException

        from zcrm.frames.arrow import rows_of

        number = 0
        try:
            for number, row in enumerate(rows_of(self._parquet.iter_batches(_BATCH_ROWS)), 1):
                yield number, row
        except (ArrowException, OSError, OverflowError, ValueError) as error:
            raise BadFile(
                self.name, f"Parquet: can't be read on ({error})", "write the file again", number + 1
            ) from error

    def _check(self) -> None:
        schema = self._parquet.schema_arrow
        found = named_twice(schema.names)
        if not found:
            try:
                columns = read_names(schema.names, self._reading)
            except CellError as error:
                raise self.bad(error) from error
            if not has_id(schema.names, self._reading):
                raise BadFile(
                    self.name,
                    f"no column is named id; its columns are {', '.join(schema.names)}",
                    "name the column that holds the record ids id, or say --map NAME=id",
                )
            for name, column in columns.items():
                if column:
                    found += unsendable(schema, [name], timezone=column.typed)
        if found:
            faults = [
                Fault(None, each.column, "", each.problem, _FIXES.get(each.problem, each.fix))
                for each in found
            ]
            raise BadFile.of(self.name, faults)
