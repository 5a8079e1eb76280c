"""What `update_many` does, with threads in the place of Dask's workers."""

import os
import shutil
import sqlite3
import time
from asyncio import CancelledError
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Event

import pyarrow
import pytest
from pyarrow import parquet

from zcrm import SharedStateLost, UsageError, ZohoCRM
from zcrm.dask import Job, SqliteLedger, update_many, updating, work
from zcrm.dask.entries import Entry
from zcrm.dask.inputs import File
from zcrm.dask.plan import Plan
from zcrm.dask.work import DIED, WITHDRAWN, Task, write_outcomes
from zcrm.engine.flows.streaming import Line
from zcrm.engine.gate import LocalGate
from zcrm.outcomes import Outcome

from .conftest import Threads, id_of


@pytest.fixture
def send(threads):
    """Calls `update_many` for a world."""

    def call(there, **options):
        given = {"rows_per_part": 100, **options}
        return update_many(threads, there.jobs(), ledger=there.ledger, out=there.out, **given)

    return call


def calls(there, number=None):
    orgs = there.sim.orgs if number is None else there.sim.orgs[number : number + 1]
    return sum(org.ledger.calls("update_records") for org in orgs)


def test_every_row_of_every_org_is_sent_once(world, send):
    there = world(orgs=3, rows=450)
    seen = []
    report = send(there, rows_per_part=200, on_part=seen.append)
    assert there.check(report) == {"updated": 1350}
    assert len(report.parts) == len(seen) == 9
    assert (report.summary.calls, report.summary.credits) == (15, 135)
    assert [summary.rows for summary in report.orgs.values()] == [450] * 3
    for org in there.sim.orgs:
        assert org.ledger.calls("update_records") == 5
        assert not org.ledger.automations
        assert org.record("Deals", id_of(0))["Stage"] == "Closed Won"
    assert str(report).startswith("1,350 rows: 1,350 updated")
    assert report.stopped == []


def test_outcomes_have_the_columns_that_are_documented(world, send):
    there = world(rows=250)
    send(there)
    path = there.out / "org=org-1/module=Deals/00001.parquet"
    row = parquet.ParquetFile(path).read().to_pylist()[3]
    assert (row["row"], row["file_row"], row["id"], row["state"]) == (103, 104, id_of(103), "updated")
    assert (row["code"], row["details"], row["attempts"], row["http_status"]) == ("SUCCESS", "{}", 1, 200)
    assert not list(there.out.rglob(".0*"))


def test_called_again_it_sends_nothing_again(world, send):
    there = world()
    first = send(there)
    assert send(there).parts == first.parts
    assert there.check(first) == {"updated": 500}
    assert calls(there) == 6


def dead_worker(there, rows):
    """A worker claimed the first part, and died with these rows in flight. Gives its ledger."""
    ledger = SqliteLedger(there.ledger)
    plan = Plan.of(there.jobs(), 100, there.out)
    there.out.mkdir()
    (there.out / ".zcrm-ledger").write_text(plan.key)
    with ledger.driving(plan.text()), ledger.open(0) as page:
        page.offer("before")
        epoch = page.claim("before").epoch
        if rows:
            outcomes = [Outcome(n, Line(n, {}), id_of(n)) for n in rows]
            page.leave(epoch, "before", Entry.leaving(epoch, outcomes, time.time()))
    return ledger


def test_what_a_dead_worker_had_in_flight_is_unknown_and_the_rest_is_sent(world, send):
    there = world()
    dead_worker(there, range(20, 60))
    report = send(there)
    assert there.check(report) == {"updated": 460, "unknown": 40}
    unknown = [row for row in there.outcomes() if row["state"] == "unknown"]
    assert [row["id"] for row in unknown] == [id_of(n) for n in range(20, 60)]
    assert {(row["attempts"], row["retryable"]) for row in unknown} == {(1, True)}
    assert not any(
        org.ledger.applied.keys() & {("Deals", row["id"]) for row in unknown} for org in there.sim.orgs[:1]
    )
    assert report.summary.credits == 4 + 50 - 4


def until(true):
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_worker_that_was_given_up_but_lives_sends_no_more(world):
    there = world(rows=1000)
    ledger = dead_worker(there, [])
    with ledger.open(0) as page:
        page.offer("now")
    (part, *_) = Plan.of(there.jobs(), 1000, there.out).parts()
    there.sim.orgs[0].fault("slow", seconds=0.2)
    connect = partial(ZohoCRM.from_profile)
    task = Task(ledger, there.out, "now", connect, lambda org: LocalGate(1))
    with ThreadPoolExecutor(1) as pool:
        zombie = pool.submit(task, part)
        until(lambda: calls(there, 0) == 3)
        report = task(part)
        assert zombie.result() is None
    assert report.states["updated"] == 1000
    assert not there.sim.orgs[0].ledger.applied_twice
    assert calls(there, 0) == 10


def test_what_stops_an_org_stops_no_other_is_told_of_every_row_and_can_be_mended(world, send):
    there = world(rows=450)
    profile = Path(os.environ["ZCRM_CONFIG_DIR"], "profiles/org-2.json")
    profile.rename(profile.with_suffix(".away"))
    report = send(there)
    assert there.check(report) == {"updated": 450, "unsent": 450}
    assert {part.org for part in report.stopped} == {"org-2"}
    assert "org-2 Deals was stopped: There is no profile 'org-2'" in str(report)
    assert len({row["message"] for row in there.outcomes() if row["state"] == "unsent"}) == 1
    profile.with_suffix(".away").rename(profile)
    assert there.check(send(there)) == {"updated": 900}
    assert [calls(there, number) for number in (0, 1)] == [5, 5]


def test_an_org_without_credits_is_left_after_few_calls(world, send):
    there = world(rows=1000, credits_per_day=30)
    report = send(there)
    assert there.check(report) == {"updated": 600, "unsent": 1400}
    assert {part.why["type"] for part in report.stopped} == {"OutOfCredits"}
    assert calls(there) <= 2 * (3 + 2)


def test_rows_that_zoho_refuses_are_told(world, send):
    there = world()
    table = pyarrow.table({"id": [*map(id_of, range(249)), "1" * 19], "Stage": ["Won"] * 250})
    parquet.write_table(table, there.file("org-1"))
    report = send(there)
    assert report.summary.states["rejected"] == 1
    (code,) = {code for (state, code) in report.summary.codes if state == "rejected"}
    assert f"1 rejected with {code}" in str(report)


def test_files_that_changed_are_refused(world, send):
    there = world()
    send(there)
    os.utime(there.file("org-1"))
    send(there)
    parquet.write_table(pyarrow.table({"id": ["5545974000000500001"]}), there.file("org-1"))
    shutil.copy(there.file("org-2"), there.file("org-2").with_name("more.parquet"))
    there.file("org-2").unlink()
    with pytest.raises(UsageError, match="not what the ledger was begun with") as caught:
        send(there)
    for words in ("org-1/deals.parquet has changed", "more.parquet is new", "org-2/deals.parquet is gone"):
        assert words in str(caught.value)


def test_a_file_that_changes_meanwhile_stops_its_parts_alone(world, send, monkeypatch):
    there = world(rows=250)
    opened = File.open

    def open_changed(file):
        if "org-1" in file.path:
            there.file("org-1").write_bytes(b"another")
        return opened(file)

    monkeypatch.setattr(File, "open", open_changed)
    report = send(there)
    assert report.summary.states["updated"] == report.summary.states["unsent"] == 250
    assert all("has changed since" in part.why["message"] for part in report.stopped)
    assert [part.org for part in report.stopped] == ["org-1"] * 3
    assert report.summary.rows == 500


def test_other_options_are_not_what_the_ledger_was_begun_with(world, threads):
    there = world()
    places = {"ledger": there.ledger, "out": there.out}
    update_many(threads, there.jobs(), **places)
    with pytest.raises(UsageError, match="the options of org-1 Deals have changed"):
        update_many(threads, there.jobs(options={"nulls": "send"}), **places)
    with pytest.raises(UsageError, match="rows_per_part was 20,000"):
        update_many(threads, there.jobs(), **places, rows_per_part=500)


def test_outcomes_go_on_where_they_began_and_those_that_are_gone_are_said(world, send, threads, caplog):
    there = world()
    send(there)
    with pytest.raises(UsageError, match=r"out was .*/out"):
        update_many(threads, there.jobs(), ledger=there.ledger, out=there.folder / "other", rows_per_part=100)
    (there.out / "org=org-1/module=Deals/00001.parquet").unlink()
    assert [part.number for part in send(there).parts if part.outcomes is None] == [1]
    assert caplog.messages == ["org-1 Deals, rows 100 to 199: the file of its outcomes is gone"]


def test_outcomes_without_their_ledger_are_refused(world, send):
    there = world()
    send(there)
    shutil.rmtree(there.ledger)
    with pytest.raises(UsageError, match="is not of this ledger"):
        send(there)
    assert calls(there) == 6


def test_a_part_that_another_process_takes_is_told_of_and_the_others_go_on(world, send, threads):
    there = world(rows=400)
    ledger = SqliteLedger(there.ledger)

    def take(*given, **options):
        with ledger.open(given[1].number) as page:
            if given[1].number == 1:
                page.offer("another's")
        return submit(*given, **options)

    submit, threads.submit = threads.submit, take
    report = send(there)
    (part,) = report.stopped
    assert (part.number, part.states["unsent"], part.why) == (1, 100, WITHDRAWN)
    assert report.summary.states["updated"] == 700
    assert "org-1 Deals was stopped: It was stopped, or another process goes by the same ledger" in str(
        report
    )
    threads.submit = submit
    assert there.check(send(there)) == {"updated": 800}
    assert calls(there) == 8


def test_an_interrupt_stops_and_the_next_call_goes_on(world, send):
    there = world(rows=1000)
    for org in there.sim.orgs:
        org.fault("slow", seconds=0.05)

    def interrupted(part):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        send(there, rows_per_part=100, on_part=interrupted)
    report = caught.value.report
    assert report.summary.rows == 2000
    assert 0 < report.summary.states["unsent"] < 2000
    assert report.summary.states["updated"] + report.summary.states["unsent"] == 2000
    assert "it goes on" in caught.value.__notes__[0]
    assert there.check(send(there, rows_per_part=100)) == {"updated": 2000}
    assert calls(there) == 20


class KilledWorker(Exception):
    """As Dask's."""


def test_a_part_whose_worker_died_before_it_began_is_handed_out_again(world, threads, send, monkeypatch):
    there = world()
    submit, died = threads.submit, []

    def submit_and_die(task, part, *rest, **options):
        if len(died) < 4:
            died.append(part)
            future = Future()
            future.set_exception(KilledWorker())
            return future
        return submit(task, part, *rest, **options)

    monkeypatch.setattr(threads, "submit", submit_and_die)
    assert there.check(send(there)) == {"updated": 500}
    assert len(died) == 4


def test_a_part_that_kills_its_workers_is_left(world, send):
    there = world()
    ledger = dead_worker(there, range(10))
    (part, *_) = Plan.of(there.jobs(), 100, there.out).parts()
    task = Task(ledger, there.out, "now", ZohoCRM.from_profile, None)
    with ledger.open(0) as page:
        page.offer("now")
        for _ in range(5):
            page.claim("now")
    report = task(part)
    assert (report.why, report.states["unknown"], report.states["unsent"]) == (DIED, 10, 90)
    assert calls(there) == 0
    assert there.check(send(there)) == {"updated": 490, "unknown": 10}


def test_outcomes_that_can_not_be_written_are_told_and_written_next_time(world, send):
    there = world()
    dead_worker(there, [])
    (there.out / "org=org-1").write_text("no folder")
    report = send(there)
    assert report.summary.states["updated"] == 500
    assert {part.org for part in report.stopped} == {"org-1"}
    assert {part.why["type"] for part in report.stopped} == {"FileExistsError"}
    (there.out / "org=org-1").unlink()
    assert there.check(send(there)) == {"updated": 500}
    assert calls(there) == 6


def test_a_worker_that_ends_after_dask_gave_it_up_keeps_its_outcomes(world, send, threads, monkeypatch):
    there = world(rows=100)
    written, go_on, futures = SimpleQueue(), Event(), []

    def write_and_wait(*given):
        write_outcomes(*given)
        written.put(None)
        go_on.wait(30)

    def submit(*given, **options):
        futures.append(Threads.submit(threads, *given, **options))
        written.get(timeout=30)
        given_up = Future()
        given_up.set_exception(CancelledError())
        return given_up

    with monkeypatch.context() as patch:
        patch.setattr(work, "write_outcomes", write_and_wait)
        patch.setattr(threads, "submit", submit)
        assert {part.why["type"] for part in send(there).parts} == {"Cancelled"}
        go_on.set()
        for future in futures:
            future.result(30)
    report = send(there)
    assert there.check(report) == {"updated": 200}
    assert (report.stopped, calls(there)) == ([], 2)


def test_a_wait_for_workers_is_not_silent(world, send, threads, monkeypatch, caplog):
    there = world()
    monkeypatch.setattr(updating, "_LOOK", 0.01)
    with ExitStack() as stack:
        for _ in range(2):
            stack.callback(threads.pool.submit(lambda: until(lambda: "no workers" in caplog.text)).result)
        send(there)
    assert "Dask has no workers: 4 parts wait for one" in caplog.messages


def test_an_error_that_nobody_expected_is_told(world, send):
    there = world()
    report = send(there, connect=len)
    assert report.summary.states["unsent"] == 500
    assert {part.why["type"] for part in report.stopped} == {"TypeError"}


def test_nothing_that_travels_shows_a_secret(world):
    there = world()
    connect = partial(ZohoCRM.from_profile, api_domain="https://s3cret")
    task = Task(SqliteLedger(there.ledger), there.out, "now", connect, None)
    (part, *_) = Plan.of(there.jobs(), 100, there.out).parts()
    assert "s3cret" not in f"{task!r} {task} {part!r} {part}"


def test_a_module_that_there_is_not_stops_its_job_alone(world, threads):
    there = world(orgs=2, rows=250)
    jobs = [*there.jobs(), Job(org="org-1", module="Dreams", rows=there.file("org-1"), triggers=())]
    report = update_many(threads, jobs, ledger=there.ledger, out=there.out, rows_per_part=100)
    assert report.orgs["org-1"].states["updated"] == report.orgs["org-1"].states["unsent"] == 250
    assert {part.why["code"] for part in report.stopped} == {"INVALID_MODULE"}
    assert "org-1 Dreams was stopped" in str(report)


@pytest.mark.parametrize("damage", ["customers", "{}"])
def test_a_ledger_with_a_summary_that_makes_no_sense_is_said(world, send, damage):
    there = world()
    send(there)
    with closing(sqlite3.connect(there.ledger / "parts/000001.sqlite")) as database:
        database.execute("UPDATE page SET summary = ?", [damage])
        database.commit()
    with pytest.raises(SharedStateLost, match="makes no sense"):
        send(there)
    assert calls(there) == 6


def test_a_plan_that_makes_no_sense_is_said(world, send):
    there = world()
    send(there)
    for damage in (b"\xff", b"{", b"{}"):
        (there.ledger / "plan.json").write_bytes(damage)
        with pytest.raises(SharedStateLost, match="makes no sense"):
            send(there)
    assert calls(there) == 6


def test_a_report_of_many_that_were_stopped_is_short(world, send):
    there = world(orgs=12, rows=1)
    Path(os.environ["ZCRM_CONFIG_DIR"], "profiles").rename(there.folder / "away")
    said = str(send(there)).splitlines()
    assert len([line for line in said if "was stopped" in line]) == 10
    assert said[-1] == "  2 others were stopped"
