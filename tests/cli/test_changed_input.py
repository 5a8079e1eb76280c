"""A run whose input was changed, and that is gone on with all the same: rows are matched by their ids."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from zcrm.runs.journal import Journal

Ids = Callable[[int], list[str]]

UPDATE = ("records", "update", "Accounts", "rows.csv", "--triggers", "none", "--run-name", "one")
RESUME = ("runs", "resume", "one", "--accept-changed-input")


def write(zcrm: Any, rows: Sequence[tuple[str, str]]) -> None:
    zcrm.write("rows.csv", "id,Billing_City\n" + "".join(f"{each},{city}\n" for each, city in rows))


def begin(
    zcrm: Any, simulator: Any, rows: Sequence[tuple[str, str]], known: Sequence[str], *more: str
) -> None:
    """A run of which the first 100 rows are sent."""
    simulator.load("Accounts", [{"id": each} for each in known])
    write(zcrm, rows)
    simulator.fault("throttle", times=range(2, 1000), retry_after=7200)
    assert zcrm(*UPDATE, "--concurrency", "1", *more).returncode == 5
    simulator.clear_faults()


def cities(ids: Sequence[str], city: str) -> list[tuple[str, str]]:
    return [(each, city) for each in ids]


def test_rows_that_are_in_the_file_no_more_are_told(zcrm: Any, simulator: Any, ids: Ids) -> None:
    begin(zcrm, simulator, cities(ids(150), "Nantes"), ids(150)[1:])
    write(zcrm, cities(ids(150)[20:], "Lille"))

    done = zcrm(*RESUME)

    gone = "sent before and no more in the file, so in no account from now on: 1 rejected, 19 updated"
    kept = "sent before and not sent again, whatever the file holds now: 80"
    assert (done.returncode, gone in done.stderr, kept in done.stderr) == (0, True, True)
    assert (zcrm.counts, simulator.ledger.applied_twice) == ({"updated": 130}, {})
    assert zcrm.facts["notes"] == [gone, kept]


def test_what_was_not_sent_is_looked_at_anew(zcrm: Any, simulator: Any, ids: Ids) -> None:
    """A row that was skipped for what it held then may hold another value now."""
    simulator.load("Accounts", [{"id": each} for each in ids(201)])
    write(zcrm, cities(ids(1), "Nantes"))
    assert zcrm(*UPDATE[:-1], "before", "--changed-only").returncode == 0
    begin(zcrm, simulator, cities(ids(201), "Nantes"), [], "--changed-only")
    assert json.loads((zcrm.folder / "zcrm-runs/one/run.json").read_bytes())["states"]["skipped"] == 1
    write(zcrm, [(ids(1)[0], "Lille"), *cities(ids(201)[1:], "Nantes")])

    assert zcrm(*RESUME).returncode == 0
    assert simulator.ledger.applied["Accounts", ids(1)[0]] == 2


@pytest.mark.parametrize("shared_by", ["before", "now"])
def test_rows_that_share_an_id_are_not_matched(zcrm: Any, simulator: Any, ids: Ids, shared_by: str) -> None:
    rows, twice = cities(ids(150), "Nantes"), [(ids(150)[149], "Lille")]
    begin(zcrm, simulator, rows + twice * (shared_by == "before"), ids(150), "--duplicates", "keep-order")
    before = dict(simulator.ledger.applied)
    write(zcrm, [*rows[1:], *twice * (shared_by == "now")])

    done = zcrm(*RESUME)

    assert (done.returncode, "can't be matched by id: some share one" in done.stderr) == (2, True)
    assert simulator.ledger.applied == before


def test_a_broken_extract_is_refused_as_a_new_one_is(zcrm: Any, simulator: Any, ids: Ids) -> None:
    begin(zcrm, simulator, cities(ids(150), "Nantes"), ids(150), "--min-rows", "120")
    write(zcrm, cities(ids(110), "Nantes"))
    before = (zcrm.folder / "zcrm-runs/one/run.json").read_bytes()

    done = zcrm(*RESUME)

    assert (done.returncode, "fewer than the 120 of --min-rows" in done.stderr) == (8, True)
    assert (zcrm.folder / "zcrm-runs/one/run.json").read_bytes() == before


def test_a_kill_while_rows_are_matched_misplaces_none(
    zcrm: Any, simulator: Any, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = cities(ids(150), "Nantes")
    begin(zcrm, simulator, rows, ids(150))
    write(zcrm, rows[::-1])
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "move_to", moved_and_killed)
        assert zcrm(*RESUME).returncode == 130
    write(zcrm, rows)

    assert zcrm("runs", "resume", "one").returncode == 2
    assert zcrm(*RESUME).returncode == 0
    assert (zcrm.counts, simulator.ledger.applied_twice) == ({"updated": 150}, {})


def moved_and_killed(journal: Journal, other: Journal, move: Any = Journal.move_to) -> None:
    move(journal, other)
    raise KeyboardInterrupt


@pytest.mark.parametrize("is_gone", [True, False])
def test_what_needs_no_input_does_without_it(zcrm: Any, simulator: Any, ids: Ids, is_gone: bool) -> None:
    simulator.load("Accounts", [{"id": ids(2)[0]}])
    write(zcrm, cities(ids(2), "Nantes"))
    assert zcrm(*UPDATE).returncode == 3
    write(zcrm, cities(ids(5), "Lille"))
    if is_gone:
        (zcrm.folder / "rows.csv").unlink()

    shown = zcrm("runs", "show", "one", "--html")
    for words in (["show", "one", "--files"], ["show", "one", "--html", "--values"], ["export", "one"]):
        refused = zcrm("runs", *words)
        said = "rows.csv: can not be read" if is_gone else "rows.csv has changed since the run began"
        assert (refused.returncode, said in refused.stderr) == (2, True)
    assert zcrm.counts == {"updated": 1, "rejected": 1}
    simulator.load("Accounts", [{"id": ids(2)[1]}])

    assert (shown.returncode, "(1 updated, 1 rejected)" in shown.stderr) == (0, True)
    assert zcrm("runs", "retry", "one").returncode == 0
    assert simulator.records("Accounts")[ids(2)[1]]["Billing_City"] == "Nantes"
