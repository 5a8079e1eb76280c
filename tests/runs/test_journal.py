"""A journal holds what was last known of every row, whatever the order and the cut in which it is told."""

import random
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from zcrm.engine.flows.streaming import Line
from zcrm.errors import UsageError
from zcrm.outcomes import Outcome
from zcrm.runs.journal import FLYING, Journal, JournalFailed, Span

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


NOW = 7.0


class Clock:
    """Moves on by a second whenever it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    journal = Journal(path, clock=Clock())
    journal.begin()
    yield journal
    journal.close()


def told(number: int, **known: Any) -> Outcome:
    """An outcome of which all is known."""
    made = outcome(number, "rejected", attempts=2)
    made.message, made.fix, made.http_status, made.retryable = "no", "mend it", 400, True
    made._resent = True
    for name, value in known.items():
        setattr(made, name, value)
    return made


WHOLE = Span(
    1,
    2,
    "rejected",
    "INVALID_DATA",
    "no",
    '{"api_name": "Stage"}',
    "Stage",
    "mend it",
    2,
    400,
    0,
    1,
    2.0,
    3.0,
    1,
)


@pytest.mark.parametrize("cut", [False, True])
def test_all_that_is_known_of_rows_is_kept(journal: Journal, cut: bool) -> None:
    """Whether they come back as they left, or a part of them does."""
    left = [outcome(n, attempts=1) for n in ((1, 2, 3) if cut else (1, 2))]
    for made in left:
        made._plain = False
    journal.leaving(left)
    flying = Span(1, left[-1].row, FLYING, attempts=2, again=0, left_at=2.0)
    assert list(journal.spans()) == [flying]
    journal.settled([told(n, _plain=False, _details={"api_name": "Stage"}) for n in (1, 2)])
    assert list(journal.spans()) == [WHOLE, *([flying._replace(first=3)] if cut else [])]


def test_rows_that_were_sent_before_leave_again_as_they_are_known_then(journal: Journal) -> None:
    journal.leaving([outcome(n) for n in (1, 2, 3)])
    journal.settled([told(n, _details={}) for n in (1, 2, 3)])
    journal.leaving([outcome(2, attempts=2)])
    first = WHOLE._replace(last=1, details=None, field=None, again=1)
    again = Span(2, 2, FLYING, attempts=3, left_at=4.0)
    assert list(journal.spans()) == [first, again, first._replace(first=3, last=3)]
    assert journal.counts() == [
        ("rejected", "INVALID_DATA", None, "mend it", 2),
        (FLYING, None, None, "", 1),
    ]
    assert journal.resent() == 2


def test_rows_with_gaps_between_them_leave_and_settle_together(journal: Journal) -> None:
    journal.leaving([outcome(n) for n in (1, 2, 4)])
    assert [(span.first, span.last, span.state) for span in journal.spans()] == [
        (1, 2, FLYING),
        (4, 4, FLYING),
    ]
    journal.leaving([outcome(n) for n in (5, 6)])
    journal.settled([told(n, _details={}) for n in (5, 6, 8)])
    found = [(span.first, span.last, span.state) for span in journal.spans()]
    assert found == [(1, 2, FLYING), (4, 4, FLYING), (5, 6, "rejected"), (8, 8, "rejected")]


def test_rows_of_a_chunk_of_which_one_left_again_are_settled_all(journal: Journal) -> None:
    journal.leaving([outcome(n) for n in (1, 2, 3, 4)])
    journal.leaving([outcome(2, attempts=1)])
    journal.settled([told(n, _details={}) for n in (1, 2, 3, 4)])
    assert [(span.first, span.last, span.state) for span in journal.spans()] == [(1, 4, "rejected")]


def test_what_was_stopped_before_any_call_is_not_kept(journal: Journal) -> None:
    journal.settled([outcome(1), outcome(2)])
    assert list(journal.spans()) == []
    journal.settled([outcome(1), told(2, _details={})])
    assert [(span.first, span.left_at) for span in journal.spans()] == [(2, None)]


def lines(*numbers: int, attempts: int, before: int) -> list[Outcome]:
    made = [outcome(n, attempts=attempts) for n in numbers]
    for one in made:
        one.input.attempts = before
    return made


def test_a_session_counts_its_calls_and_what_they_cost(journal: Journal) -> None:
    journal.leaving(lines(*range(1, 12), attempts=0, before=0))
    journal.leaving(lines(1, attempts=1, before=0))
    journal.leaving(lines(3, 5, attempts=1, before=1))
    [session] = journal.sessions()
    assert session == {
        "number": 1,
        "started": 1.0,
        "ended": None,
        "calls": 3,
        "credits": 4,
        "retries": 1,
        "ending": None,
    }
    journal.end({"exit": 0}, 5, 6, 7)
    journal.begin()
    journal.leaving(lines(20, attempts=2, before=1))
    first, second = journal.sessions()
    ended = {"ended": 5.0, "calls": 5, "credits": 6, "retries": 7, "ending": '{"exit": 0}'}
    assert first == session | ended
    assert second == session | {"number": 2, "started": 6.0, "calls": 1, "credits": 1, "retries": 1}


def test_the_first_row_of_a_call_tells_whether_it_is_made_again(journal: Journal) -> None:
    journal.leaving([*lines(1, attempts=1, before=0), *lines(2, attempts=0, before=0)])
    journal.leaving([*lines(3, attempts=0, before=0), *lines(4, attempts=1, before=0)])
    assert journal.sessions()[0]["retries"] == 1


def test_without_a_session_nothing_is_counted(path: Path) -> None:
    journal = Journal(path, clock=lambda: NOW)
    journal.begin()
    journal.close()
    journal = Journal(path, clock=lambda: NOW)
    journal.leaving([outcome(1)])
    assert [session["calls"] for session in journal.sessions()] == [0]
    journal.close()


def test_opened_again_it_knows_what_it_knew(path: Path) -> None:
    journal = Journal(path, clock=lambda: NOW)
    assert journal.is_empty
    journal.begin()
    journal.leaving([outcome(n) for n in (1, 2, 3)])
    assert not journal.is_empty
    journal.close()
    assert [file.name for file in path.parent.iterdir()] == ["journal.sqlite"]
    assert path.stat().st_mode & 0o777 == 0o600
    journal = Journal(path, clock=lambda: NOW)
    assert not journal.is_empty
    journal.begin()
    journal.leaving([outcome(2, attempts=1)])
    assert [(span.first, span.last, span.attempts) for span in journal.spans()] == [
        (1, 1, 1),
        (2, 2, 2),
        (3, 3, 1),
    ]
    journal.close()


def test_each_connection_is_as_careful_as_it_is_to(journal: Journal) -> None:
    normal, full = 1, 2
    for db, careful in ((journal._db, normal), (journal._durable, full)):
        assert db.execute("PRAGMA synchronous").fetchone() == (careful,)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_what_must_outlive_a_crash_is_written_with_the_highest_care(path: Path, tmp_path: Path) -> None:
    journal, other = Journal(path), Journal(tmp_path / "other.sqlite")
    other.add_ids([("a", 1)], latest=False)
    journal.begin()

    def durable(write: Callable[[], object]) -> bool:
        before = journal._durable.total_changes
        write()
        return journal._durable.total_changes > before

    assert durable(journal.begin)
    assert durable(lambda: journal.leaving([outcome(2)]))
    assert durable(lambda: journal.leaving([outcome(1)]))
    assert durable(lambda: journal.end({}, 1, 1, 0))
    assert durable(lambda: journal.move_to(other))
    assert not durable(lambda: journal.settled([told(2)]))
    assert not durable(lambda: journal.skip(5, 6, "not meant"))
    journal.close()
    other.close()


def test_a_journal_of_the_first_release_takes_what_it_lacked(path: Path) -> None:
    journal = Journal(path)
    journal.close()
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE spans DROP COLUMN retryable")
    db.close()
    journal = Journal(path)
    journal.settled([told(1)])
    assert [span.retryable for span in journal.spans()] == [1]
    journal.close()


def test_rows_are_skipped_or_known_as_others_are(journal: Journal) -> None:
    journal.skip(1, 5, "not meant")
    skipped = Span(1, 5, "skipped", message="not meant")
    assert list(journal.spans()) == [skipped]
    journal.settled([told(n, _details={}) for n in (10, 11, 12)])
    known = WHOLE._replace(details=None, field=None, again=1, left_at=None, settled_at=2.0)
    journal.know_as([(20, 11), (3, 12), (30, 99)])
    assert list(journal.spans()) == [
        skipped._replace(last=2),
        known._replace(first=3, last=3, resent=0),
        skipped._replace(first=4),
        known._replace(first=10, last=12),
        known._replace(first=20, last=20, resent=0),
    ]


def test_spans_come_in_order_all_or_by_their_state(journal: Journal) -> None:
    journal.settled([told(n, _details={}) for n in range(0, 4400, 2)])
    journal.skip(1, 1, "not meant")
    journal.skip(4399, 4401, "not meant")
    first = [span.first for span in journal.spans()]
    assert first == sorted([1, 4399, *range(0, 4400, 2)])
    assert [span.first for span in journal.spans("skipped")] == [1, 4399]
    assert len(list(journal.spans("skipped", "rejected"))) == 2202
    assert list(journal.spans("updated")) == []


def test_which_row_is_for_which_record(journal: Journal) -> None:
    assert journal.add_ids([(7, 1), ("a", 2), (5, 3)], latest=False) == []
    assert [journal.row_of(record) for record in (7, "a", 5, "7", 8)] == [1, 2, 3, None, None]
    assert journal.add_ids([("a", 4), (9, 5), (7, 6), (5, 3)], latest=False) == [("a", 2, 4), (7, 1, 6)]
    assert [journal.row_of(record) for record in (7, "a", 5, 9)] == [1, 2, 3, 5]
    assert journal.add_ids([("a", 4), (7, 6)], latest=True) == [("a", 2, 4), (7, 1, 6)]
    assert [journal.row_of(record) for record in (7, "a")] == [6, 4]


def test_what_was_written_before_does_not_hide_that_all_ids_are_known(journal: Journal) -> None:
    journal.add_ids([(7, 1)], latest=False)
    again = [(7, row) for row in range(2, 2 + 2 * journal._db.total_changes)]
    assert journal.add_ids(again, latest=False) == [(7, 1, row) for _, row in again]


def test_what_is_known_moves_to_the_rows_of_the_records(path: Path, tmp_path: Path) -> None:
    journal, other = Journal(path, clock=lambda: NOW), Journal(tmp_path / "other.sqlite")
    journal.add_ids([("a", 1), ("b", 2), ("c", 3), ("d", 4), ("f", 5), ("g", 6)], latest=False)
    other.add_ids([("b", 1), ("a", 2), ("d", 9), ("e", 3), ("f", 7), ("g", 4)], latest=False)
    journal.settled([told(n, _details={}) for n in range(1, 5)])
    journal.skip(6, 6, "not meant")
    gone = journal.move_to(other)
    moved = WHOLE._replace(details=None, field=None, again=1, left_at=None, settled_at=NOW)
    assert list(journal.spans()) == [moved._replace(first=row, last=row) for row in (1, 2, 9)]
    assert gone == {WHOLE.state: 1}
    assert [journal.row_of(record) for record in "abcdeg"] == [2, 1, None, 9, 3, 4]
    journal.close()
    other.close()


@pytest.mark.parametrize("error", [OSError("gone"), KeyboardInterrupt()])
def test_what_is_begun_and_not_ended_leaves_nothing(journal: Journal, error: BaseException) -> None:
    def rows() -> Iterator[tuple[int, int]]:
        yield 2, 1
        raise error

    journal.skip(1, 1, "not meant")
    with pytest.raises(JournalFailed if isinstance(error, OSError) else KeyboardInterrupt):
        journal.know_as(rows())
    assert [(span.first, span.last) for span in journal.spans()] == [(1, 1)]
    journal.skip(3, 3, "not meant")
    assert [span.first for span in journal.spans()] == [1, 3]


def test_a_journal_that_is_gone_lets_nothing_be_sent(path: Path) -> None:
    journal = Journal(path)
    journal.leaving([outcome(1)])
    path.unlink()
    writes: list[Callable[[], object]] = [
        lambda: journal.leaving([outcome(2)]),
        lambda: journal.leaving([outcome(1)]),
        lambda: journal.settled([told(1)]),
        lambda: journal.settled([told(7)]),
        lambda: journal.skip(1, 1, ""),
    ]
    words = f"The run's record can not be written: {path} is gone, or can not be written"
    for write in writes:
        with pytest.raises(JournalFailed) as caught:
            write()
        assert str(caught.value) == caught.value.message == words
        assert caught.value.fix == "Make room for it, or make its folder writable, then resume the run."
    journal.close()


def test_what_the_database_says_is_told(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(JournalFailed) as caught:
        Journal(path)
    assert caught.value.message == "The run's record can not be written: file is not a database"
    assert isinstance(caught.value.__cause__, sqlite3.Error)
    with pytest.raises(JournalFailed):
        Journal(path / "nowhere")


def test_it_is_used_from_several_threads(journal: Journal) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(journal.skip, 1, 2, "not meant").result()
        assert pool.submit(journal.counts).result() == [("skipped", None, None, "", 2)]


def test_a_journal_is_told_from_all_others_and_by_how_often_its_run_was_sent(
    path: Path, tmp_path: Path
) -> None:
    with closing(Journal(tmp_path / "other.sqlite")) as other, closing(Journal(path)) as journal:
        mark = journal.mark
        assert (mark["session"], journal.calls, journal.damage()) == (0, 0, "")
        assert len({mark["identity"], other.mark["identity"], ""}) == 3
        journal.begin()
        journal.end({}, 3, 30, 0)
        journal.begin()
        journal.end({}, 2, 20, 0)
    with closing(Journal(path)) as journal:
        assert (journal.mark, journal.calls) == (mark | {"session": 2}, 5)


def test_a_damaged_journal_says_so(path: Path) -> None:
    with closing(Journal(path)) as journal:
        journal.add_ids([(f"id {n}", n) for n in range(1000)], latest=False)
    whole = path.read_bytes()
    path.write_bytes(whole[:-8192] + b"\xff" * 8192)
    with closing(Journal(path)) as journal:
        assert journal.damage() not in ("", "ok")
    for content in (b"no database" * 1000, whole[:8192]):
        path.write_bytes(content)
        with pytest.raises(JournalFailed) as caught:
            Journal(path)
        assert caught.value.is_damage
    assert not JournalFailed("no room").is_damage


def test_a_journal_of_a_newer_version_is_left_alone(path: Path) -> None:
    Journal(path).close()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
        database.execute("PRAGMA user_version = 2")
    with pytest.raises(UsageError, match="was written by a newer zcrm") as caught:
        Journal(path)
    assert caught.value.fix == "Install that one."


def test_what_can_not_be_opened_is_left_closed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    class Connection(sqlite3.Connection):
        def executescript(self, script: str) -> sqlite3.Cursor:
            made.append(self)
            raise KeyboardInterrupt

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **more: connect(*a, **more, factory=Connection))
    with pytest.raises(KeyboardInterrupt):
        Journal(path)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        made[0].execute("SELECT 1")
