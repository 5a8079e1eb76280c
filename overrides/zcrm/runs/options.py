"""What of a request a file does not allow."""

from __future__ import annotations

from importlib.util import find_spec

from ..errors import UsageError
from ..files.choices import Format, ResultFormat
from ..files.columns import parse_column
from ..files.tables import ADDED, CellError, Table
from ..mass_update.values import wire_values
from ..rows.values import BadValue, aware_time
from ..table import APPOINTMENTS
from .request import Request
from .verbs import FOR_PEOPLE, KINDS

__all__ = ["check_options"]

_RUN_NAME = "x" * 30
"""A run's name as it is made of its module and the time."""


def check_options(request: Request, table: Table) -> None:
    """Raise UsageError for an option that this file, or what is installed, does not allow."""
    if request.verb.startswith("appointments") and request.module != APPOINTMENTS:
        raise UsageError(f"{request.verb} is for the module {APPOINTMENTS}, not for {request.module}")
    if set(table.header) >= set(FOR_PEOPLE):
        _check_selection(request, table)
    if request.verb == "records update" and request.values:
        raise UsageError("records update takes its values from the file")
    if request.verb == "mass-update ids":
        wire_values(request.module, request.values)
    if request.reading.null and table.format is Format.JSONL:
        raise UsageError("--null is for CSV: in JSONL, null clears a field with --json-null clear")
    if request.metadata is not None and request.verb == "mass-update ids":
        request.metadata.check_mass_update(request.module, request.values)
    if request.metadata is not None and request.stamp is not None:
        try:
            request.metadata.refusing(request.module)({request.stamp: request.run_name or _RUN_NAME})
        except BadValue as error:
            raise UsageError(f"--stamp: {error.message}", fix=error.fix) from error
    _check_since(request, table)
    if request.stamp is not None:
        _check_stamp(request.stamp)
    if request.results is ResultFormat.XLSX:
        if table.format is Format.JSONL:
            raise UsageError("--results xlsx is for files of cells; objects come back as JSON lines")
        if find_spec("xlsxwriter") is None:
            raise UsageError("Sheets need an extra", fix='pip install "zcrm[cli,excel]"')


def _check_since(request: Request, table: Table) -> None:
    if request.since_column is not None:
        table.reader(request.since_column)
        if request.since_column in ADDED:
            raise UsageError(f"result files replace the column {request.since_column}", fix="Rename it.")
    elif request.since is not None:
        try:
            aware_time(request.since)
        except BadValue as error:
            fix = "Write a time with its offset, or ':column NAME'."
            raise UsageError(f"--if-unmodified-since: {error.message}", fix=fix) from error


def _check_stamp(field: str) -> None:
    try:
        path = parse_column(field).path
    except CellError:
        path = ()
    if path != (field,) or field == "id":
        raise UsageError(f"--stamp: {field!r} is no field", fix="Name one by its API name.")


def _check_selection(request: Request, table: Table) -> None:
    """Raise UsageError for a selection that was looked at for another verb."""
    own = request.kind.fields or ()
    for verb, kind in KINDS.items():
        field = kind.needs[0] if kind.needs else None
        if field in table.header and field not in own and verb != request.verb:
            raise UsageError(
                f"{table.name} is a selection for {verb}, not for {request.verb}",
                fix="Make one for this: --dry-run --save FILE; or keep its id column alone.",
            )
