"""A run whose computer's clock is set back between two of its sessions."""

import time
from collections.abc import Callable
from pathlib import Path

from zcrm import AccessToken, ZohoCRM
from zcrm.runs import Request, Run
from zcrm.runs.folder import RunFolder
from zcrm.simulator import Simulator


def test_rows_lost_at_a_later_time_are_sent_again(
    tmp_path: Path, sim: Simulator, ids: Callable[[int], list[str]]
) -> None:
    sim.load("Deals", [{"id": each} for each in ids(3)])
    file = tmp_path / "rows.csv"
    file.write_text("id,Stage\n" + "".join(f"{each},Open\n" for each in ids(3)))
    request = Request(
        module="Deals", file=str(file), triggers=(), resend_lost=False, runs_dir=tmp_path, run_name="one"
    )
    sim.fault("drop_after", times=[1])
    with ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url) as crm, Run.new(request) as run:
        assert run.send(crm).states["unknown"] == 3

        folder, yesterday = RunFolder(tmp_path / "one"), time.time() - 86_400
        run.close()
        with Run.open(folder, clock=lambda: yesterday) as again:
            report = again.send(crm, include_unknown=True)

    assert (report.states["updated"], report.exit) == (3, 0)
    assert set(sim.ledger.applied.values()) == {2}
