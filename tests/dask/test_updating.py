"""What `update_many` does, with threads in the place of Dask's workers."""

import pytest

from zcrm import UsageError
from zcrm.dask import Job, update_many


def test_every_row_of_every_org_is_sent_once(world, threads):
    there = world(orgs=3, rows=450)
    seen = []
    report = update_many(
        threads, there.jobs(), ledger=there.ledger, out=there.out, rows_per_part=200, on_part=seen.append
    )
    assert there.check(report) == {"updated": 1350}
    assert len(report.parts) == len(seen) == 9
    assert (report.summary.calls, report.summary.credits) == (15, 135)
    assert [summary.rows for summary in report.orgs.values()] == [450] * 3
    for org in there.sim.orgs:
        assert org.ledger.calls("update_records") == 5
        assert not org.ledger.automations
        assert org.record("Deals", "5545974000000500001")["Stage"] == "Closed Won"
    assert str(report).startswith("1,350 rows: 1,350 updated")


def test_called_again_it_sends_nothing_again(world, threads):
    there = world()
    first = update_many(threads, there.jobs(), ledger=there.ledger, out=there.out)
    second = update_many(threads, there.jobs(), ledger=there.ledger, out=there.out)
    assert there.check(second) == {"updated": 500}
    assert first.parts == second.parts
    assert sum(org.ledger.calls("update_records") for org in there.sim.orgs) == 6
