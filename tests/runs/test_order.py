"""Rows for the same record, sent in their order, of which one is lost on the way."""

from collections.abc import Callable
from pathlib import Path

import pytest

from zcrm import AccessToken, ZohoCRM
from zcrm.engine.drivers import Driver
from zcrm.engine.gate import LocalGate
from zcrm.files.choices import Duplicates
from zcrm.runs import Request, Run
from zcrm.runs.folder import RunFolder
from zcrm.simulator import Simulator


@pytest.mark.parametrize("resend_lost", [True, False])
def test_a_row_that_was_lost_does_not_undo_a_later_one(
    tmp_path: Path, sim: Simulator, ids: Callable[[int], list[str]], resend_lost: bool
) -> None:
    sim.load("Deals", [{"id": each} for each in ids(3)])
    file = tmp_path / "rows.csv"
    rows = [f"{each},{stage}\n" for stage in ("Open", "Won") for each in ids(3)]
    file.write_text("id,Stage\n" + "".join(rows))
    request = Request(
        module="Deals",
        file=str(file),
        triggers=(),
        duplicates=Duplicates.KEEP_ORDER,
        resend_lost=resend_lost,
        runs_dir=tmp_path,
        run_name="one",
    )
    driver = Driver(LocalGate(10), sleep=lambda seconds, stop: None)
    sim.fault("drop_before", times=range(1, 6 if resend_lost else 2))
    with ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, driver=driver) as crm:
        with Run.new(request) as run:
            before = run.send(crm).states
        folder = RunFolder(tmp_path / "one")
        with Run.open(folder) as run:
            resumed = run.send(crm).states
        with Run.open(folder) as run:
            settled = run.send(crm, include_unknown=True).states

    assert (before["unknown"], before["updated"]) == (3, 3)
    assert resumed == before
    assert (settled["skipped"], settled["updated"]) == (3, 3)
    assert {record["Stage"] for record in sim.records("Deals").values()} == {"Won"}
    skipped = (tmp_path / "one/skipped.csv").read_text().splitlines()[1:]
    assert all("a later row for the same record" in row and row[-2:] != ",0" for row in skipped)
