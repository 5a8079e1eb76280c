"""`zcrm records update`, once its options are read."""

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from zcrm import ZohoCRM, ZohoError
from zcrm.cli import faults, preview
from zcrm.cli.exits import Exit
from zcrm.cli.output import write_json
from zcrm.cli.report import Report, exit_of_error
from zcrm.cli.request import Request
from zcrm.cli.run import Run
from zcrm.cli.screen import Screen
from zcrm.cli.signin import SignIn, choose
from zcrm.cli.target import NOWHERE, SIMULATOR, MissingExtra, Place, load_files, simulated
from zcrm.errors import UsageError
from zcrm.files.checks import Checked, check
from zcrm.files.choices import Format
from zcrm.files.tables import BadFile, Table, open_table

if TYPE_CHECKING:
    from zcrm.simulator import Simulator

__all__ = ["update"]


def update(request: Request, screen: Screen, *, dry_run: bool = False, as_json: bool = False) -> Exit:
    """Do what was asked for and return the exit code; text goes to the screen, facts as JSON to stdout."""
    try:
        with open_table(request.file, request.reading) as table:
            if request.reading.null and table.format is Format.JSONL:
                raise UsageError("--null is for CSV: in JSONL, null clears a field with --json-null clear")
            if dry_run:
                with faults.FaultFile.of(request.file, screen) as listed:
                    checked = check(table, request.duplicates, listed.add)
                facts = preview.preview(table, checked, request.module, request.automations)
                screen.say_all(preview.lines(facts))
                code = Exit.OK
            else:
                checked = check(table, request.duplicates)
                report = _send(request, table, checked, screen)
                facts, code = report.facts(), report.exit
    except BadFile as error:
        faults.say(error, screen)
        return Exit.USAGE
    except MissingExtra as error:
        screen.error(str(error))
        return Exit.USAGE
    except ZohoError as error:
        screen.error(f"{error.code}: {error.message}" if error.code else error.message, error.fix)
        return exit_of_error(error)
    if as_json:
        write_json(facts)
    return code


def _send(request: Request, table: Table, checked: Checked, screen: Screen) -> Report:
    rows = checked.rows
    sign_in = None
    if rows and not request.simulator:
        sign_in = choose(request.profile, request.data_center, request.environment, writes=True)
    place = SIMULATOR if request.simulator else Place.of(sign_in) if sign_in else NOWHERE
    run = Run(request, table, checked, place, screen)
    run.announce()
    with _client(request, table, rows, sign_in) as client:
        return run.go(client)


def _client(
    request: Request, table: Table, rows: int, sign_in: SignIn | None
) -> AbstractContextManager[ZohoCRM | None]:
    """A file without rows needs no client, and no credentials."""
    if not rows:
        return nullcontext()
    options = {} if request.concurrency is None else {"concurrency": request.concurrency}
    if sign_in is not None:
        return sign_in.client(**options)

    def fill(simulator: "Simulator") -> None:
        if request.loads:
            load_files(simulator, request.loads)
        else:
            known = (row.record["id"] for row in table if row.record.get("id") is not None)
            simulator.load(request.module, ({"id": record_id} for record_id in known))

    return simulated(fill, **options)
