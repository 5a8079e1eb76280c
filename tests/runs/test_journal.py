"""A journal holds what was last known of every row, whatever the order and the cut in which it is told."""

import random
import sqlite3
from pathlib import Path

import pytest

from zcrm.engine.flows.streaming import Line
from zcrm.outcomes import Outcome
from zcrm.runs.journal import FLYING, Journal, Span

ROWS = 60


def outcome(number: int, state: str = "unsent", attempts: int = 0) -> Outcome:
    row = {"id": str(5545974000000500000 + number)}
    made = Outcome(number, Line(number, row), row["id"], attempts=attempts)
    made.state = state  # type: ignore[assignment]
    if state == "rejected":
        made.code, made._details = "INVALID_DATA", {"api_name": f"Field_{number % 2}"}
    return made


def rows_of(journal: Journal) -> dict[int, Span]:
    """What is known of each row; no row is in two spans."""
    found: dict[int, Span] = {}
    for span in journal.spans():
        for number in range(span.first, span.last + 1):
            assert number not in found
            found[number] = span
    return found


@pytest.mark.parametrize("seed", range(30))
def test_every_row_is_known_as_it_was_told_last(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    journal = Journal(tmp_path / "journal.sqlite", clock=lambda: 7.0)
    journal.begin()
    expected: dict[int, tuple[str, int]] = {}
    flying: list[list[int]] = []
    credits_ = calls = 0
    for _ in range(40):
        if flying and chance.random() < 0.5:
            chunk = flying.pop(chance.randrange(len(flying)))
            if chance.random() < 0.3:
                chunk = chunk[: len(chunk) // 2 + 1]
            states = ["updated" if chance.random() < 0.7 else "rejected" for _ in chunk]
            if chance.random() < 0.6:
                states = [states[0]] * len(chunk)
            made = [outcome(n, state, expected[n][1]) for n, state in zip(chunk, states, strict=True)]
            journal.settled(made)
            expected |= {each.row: (each.state, each.attempts) for each in made}
        else:
            first = chance.randrange(1, ROWS)
            away = {number for chunk in flying for number in chunk}
            chunk = [n for n in range(first, min(first + chance.randrange(1, 12), ROWS)) if n not in away]
            if not chunk:
                continue
            made = [outcome(n, attempts=expected.get(n, ("", 0))[1]) for n in chunk]
            journal.leaving(made)
            calls, credits_ = calls + 1, credits_ + -(-len(chunk) // 10)
            expected |= {each.row: (FLYING, each.attempts + 1) for each in made}
            flying.append(chunk)
        known = rows_of(journal)
        assert {n: (span.state, span.attempts) for n, span in known.items()} == expected
        assert {span.left_at for span in known.values()} == {7.0}
        settled = {n for n, span in known.items() if span.settled_at is not None}
        assert settled == {n for n, (state, _) in expected.items() if state != FLYING}
        rejected = {n: span.field for n, span in known.items() if span.state == "rejected"}
        assert rejected == {n: f"Field_{n % 2}" for n in rejected}
    [session] = journal.sessions()
    assert (session["calls"], session["credits"]) == (calls, credits_)
    journal.close()


def test_a_call_is_on_the_disk_before_it_leaves(tmp_path: Path) -> None:
    """Another connection sees it by then, and it was written with the highest care."""
    journal = Journal(tmp_path / "journal.sqlite")
    journal.begin()
    journal.leaving([outcome(n) for n in range(1, 101)])
    with sqlite3.connect(tmp_path / "journal.sqlite") as other:
        assert other.execute("SELECT first, last, state FROM spans").fetchall() == [(1, 100, FLYING)]
    other.close()
    full = 2
    assert journal._durable.execute("PRAGMA synchronous").fetchone() == (full,)
    journal.settled([outcome(n, "updated", 1) for n in range(1, 101)])
    journal.close()
    with sqlite3.connect(tmp_path / "journal.sqlite") as other:
        assert other.execute("SELECT first, last, state FROM spans").fetchall() == [(1, 100, "updated")]
    other.close()


def test_the_first_call_that_was_sent_counts_no_refused_one(tmp_path: Path) -> None:
    now = 0.0
    journal = Journal(tmp_path / "journal.sqlite", clock=lambda: now)
    journal.begin()
    for first, state in ((1, "unsent"), (101, "updated"), (201, "updated")):
        now += 1000
        journal.leaving([outcome(n) for n in range(first, first + 100)])
        journal.settled([outcome(n, state, 1) for n in range(first, first + 100)])
    assert [journal.first_sent(since) for since in (0, 2000, 3000)] == [2000, 3000, None]
    journal.close()
