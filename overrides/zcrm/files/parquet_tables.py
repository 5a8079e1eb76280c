"""Rows of a Parquet file; needs the extra `arrow`."""

from collections.abc import Iterator
from typing import Any

from zcrm.files.choices import Format
from zcrm.files.columns import has_id, read_names
from zcrm.files.content import Content
from zcrm.files.json_tables import Objects
from zcrm.files.problems import BadFile, CellError, Fault
from zcrm.files.reading import Reading

__all__ = ["ParquetTable"]

_BATCH_ROWS = 4096


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
        from zcrm.frames.arrow import rows_of

        return enumerate(rows_of(self._parquet.iter_batches(_BATCH_ROWS)), 1)

    def _check(self) -> None:
        from zcrm.frames.schema import unsendable

        schema = self._parquet.schema_arrow
        try:
            read_names(schema.names, self._reading)
        except CellError as error:
            raise self.bad(error) from error
        if not has_id(schema.names, self._reading):
            raise BadFile(
                self.name,
                f"no column is named id; its columns are {', '.join(schema.names)}",
                "name the column that holds the record ids id, or say --map NAME=id",
            )
        sent = [name for name, column in read_names(schema.names, self._reading).items() if column]
        if faults := unsendable(schema, sent, timezone=False):
            raise BadFile.of(
                self.name,
                [Fault(None, fault.column, "", fault.problem, fault.fix) for fault in faults],
            )
