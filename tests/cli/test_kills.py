"""A run ended from outside at random moments and resumed until it ends: every row is accounted for.

`nox -s kills` tries 200 moments of each kind in runs of 20,000 rows; ZCRM_KILLS says how many, else it is a
sample of smaller runs.
"""

import contextlib
import os
import random
import resource
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from zcrm.simulator.answers.ledger import Ledger

KILLS = int(os.environ.get("ZCRM_KILLS", "10"))
ROWS = 20_000 if KILLS > 10 else 3_000
IN_A_RUN = 5
CALLS_AT_ONCE = 10
LOSES_THE_ANSWER = {"drop_after", "bad_gateway"}
UPDATE = (
    "records",
    "update",
    "Accounts",
    "rows.csv",
    "--triggers",
    "none",
    "--run-name",
    "it",
    "--canary",
    "0",
)


class Witness:
    """What the simulator applied, call by call."""

    def __init__(self) -> None:
        self.writes: dict[str, list[Any]] = {}
        self.in_flight: Counter[str] = Counter()
        self.until = 0.0

    def note(self, entry: Any, ids: Any) -> None:
        for record in ids:
            self.writes.setdefault(record, []).append(entry)

    def excused(self, record: str) -> int:
        """How many writes to the record the client can not have known of."""
        lost = sum(bool(LOSES_THE_ANSWER & set((e.fault or "").split("+"))) for e in self.writes[record])
        return lost + self.in_flight[record]


@pytest.fixture
def witness(simulator: Any, monkeypatch: pytest.MonkeyPatch) -> Witness:
    route = "update_records"
    simulator.fault("drop_before", route=route, rate=0.01)
    simulator.fault("drop_after", route=route, rate=0.02)
    simulator.fault("bad_gateway", route=route, rate=0.02, after=True)
    simulator.fault("throttle", route=route, rate=0.02, retry_after=0)
    witness, apply = Witness(), Ledger.apply

    def note(ledger: Ledger, module: str, ids: Any, automations: Any) -> None:
        witness.note(ledger._current, ids)
        apply(ledger, module, ids, automations)

    monkeypatch.setattr(Ledger, "apply", note)
    return witness


def write_rows(zcrm: Any, simulator: Any, ids: list[str]) -> None:
    """Every fiftieth row adds to a list each time it is sent; every seventieth names no record there is."""
    simulator.load("Accounts", [{"id": record} for n, record in enumerate(ids) if n % 70])
    lists = ('"[{""Name"": ""x""}]"' if n % 50 == 0 else "" for n in range(len(ids)))
    zcrm.write(
        "rows.csv",
        "id,_note,City,Visits:json\n"
        + "".join(
            f"{record},n{n},Cork,{add}\n" for n, (record, add) in enumerate(zip(ids, lists, strict=True))
        ),
    )


def end_at(process: Any, simulator: Any, calls: int, number: int) -> None:
    """Send the signal once so many more calls have come in, if the process still runs then."""
    goal = len(simulator.ledger.requests) + calls
    while process.poll() is None and len(simulator.ledger.requests) < goal:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.002)
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(number)
    process.communicate(timeout=60)


def note_in_flight(folder: Path, ids: list[str], witness: Witness) -> None:
    """The rows whose call had left, and had not come back, when the run was killed."""
    if not (folder / "run.json").exists():
        return
    with closing(sqlite3.connect(folder / "journal.sqlite")) as journal:
        query = "SELECT first, last, left_at FROM spans WHERE state = 'flying' AND left_at > ?"
        spans = journal.execute(query, (witness.until,)).fetchall()
    rows = [row for first, last, _ in spans for row in range(first, last + 1)]
    assert len(rows) <= CALLS_AT_ONCE * 100
    witness.in_flight.update(ids[row - 2] for row in rows)
    witness.until = max((left_at for *_, left_at in spans), default=witness.until)


def resume_until_it_ends(zcrm: Any) -> None:
    for _ in range(20):
        done = (
            zcrm("runs", "resume", "it")
            if (zcrm.folder / "zcrm-runs/it/run.json").exists()
            else zcrm(*UPDATE)
        )
        assert "Traceback" not in done.stderr
        if done.returncode in (0, 3, 6):
            return
        assert done.returncode in (5, 130), done.stderr
    raise AssertionError("the run does not end")


def look_at(zcrm: Any, ids: list[str], witness: Witness) -> None:
    """The six files add up to the input, and tell the truth about what was applied."""
    results = zcrm.results
    assert sorted(row["id"] for rows in results.values() for row in rows) == sorted(ids)
    assert all(row["_note"] == f"n{int(row['_row']) - 2}" for rows in results.values() for row in rows)
    assert results["unsent"] == []
    for row in results["updated"]:
        writes = len(witness.writes[row["id"]])
        assert 1 <= writes <= 1 + witness.excused(row["id"]), row
    known = {row["id"] for state in ("updated", "unknown") for row in results[state]}
    assert witness.writes.keys() <= known
    for row in results["unknown"]:
        assert row["Visits:json"], "a row that may be repeated is repeated"
        assert len(witness.writes.get(row["id"], [])) <= 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("seed", range(-(-KILLS // IN_A_RUN)))
def test_a_run_that_is_ended_at_any_moment_goes_on(
    zcrm: Any, simulator: Any, witness: Witness, ids: Callable[[int], list[str]], number: int, seed: int
) -> None:
    chance = random.Random(f"{number} {seed}")
    names = ids(ROWS)
    write_rows(zcrm, simulator, names)
    most = ROWS // 100 // IN_A_RUN
    end_at(zcrm.start(*UPDATE), simulator, chance.randint(0, most), number)
    note_in_flight(zcrm.folder / "zcrm-runs/it", names, witness)
    for _ in range(IN_A_RUN - 1):
        again = ("runs", "resume", "it") if (zcrm.folder / "zcrm-runs/it/run.json").exists() else UPDATE
        end_at(zcrm.start(*again), simulator, chance.randint(0, most), number)
        note_in_flight(zcrm.folder / "zcrm-runs/it", names, witness)
    if (zcrm.folder / "zcrm-runs/it/run.json").exists():
        done = zcrm("runs", "show", "it", "--files")
        assert done.returncode == 0, done.stderr
        assert sum(len(rows) for rows in zcrm.results.values()) == ROWS
    resume_until_it_ends(zcrm)
    look_at(zcrm, names, witness)


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_disk_that_fills_up_stops_the_run_and_it_goes_on(
    zcrm: Any, simulator: Any, witness: Witness, ids: Callable[[int], list[str]], seed: int
) -> None:
    chance = random.Random(seed)
    names = ids(ROWS)
    write_rows(zcrm, simulator, names)
    room = chance.randint(200_000, 100 * ROWS)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))

    done = zcrm.process(*UPDATE, prepare=limit)
    assert "Traceback" not in done.stderr
    assert done.returncode in (0, 2, 3, 5, 6), done.stderr
    if not (zcrm.folder / "zcrm-runs/it").exists():
        assert (done.returncode, "start again: nothing was sent" in done.stderr) == (5, True)
        assert simulator.ledger.calls("update_records") == 0
        done = zcrm(*UPDATE)
    elif done.returncode == 5:
        assert f"of {ROWS:,} rows" in done.stderr
    note_in_flight(zcrm.folder / "zcrm-runs/it", names, witness)
    resume_until_it_ends(zcrm)
    look_at(zcrm, names, witness)


@pytest.mark.parametrize("seed", range(KILLS))
def test_nobody_who_listens_stops_nothing(
    zcrm: Any, simulator: Any, witness: Witness, ids: Callable[[int], list[str]], seed: int
) -> None:
    names = ids(ROWS)
    write_rows(zcrm, simulator, names)
    theirs, ours = os.pipe()
    process = zcrm.start(*UPDATE, "--json", stderr=ours, stdout=ours)
    os.close(ours)
    goal = random.Random(seed).randint(0, ROWS // 100)
    while process.poll() is None and len(simulator.ledger.requests) < goal:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.002)
    os.close(theirs)
    assert process.wait(timeout=120) in (3, 6)
    look_at(zcrm, names, witness)
