"""The engine's thread writes a run's record while the caller's thread reads it."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

from zcrm.engine.flows.streaming import Line
from zcrm.outcomes import Outcome
from zcrm.runs.digests import Digests
from zcrm.runs.journal import Journal

ROWS = 600


def updated(number: int) -> Outcome:
    row = {"id": str(5545974000000500000 + number), "Rating": "Active"}
    return Outcome(number, Line(number, row), row["id"], "updated", "SUCCESS", attempts=1)


def beside(work: Callable[[], object], other: Callable[[], object]) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            other()
        except BaseException as error:  # noqa: BLE001
            errors.append(error)

    thread = Thread(target=run)
    thread.start()
    work()
    thread.join()
    assert errors == []


def test_digests_are_asked_while_outcomes_settle(tmp_path: Path) -> None:
    digests = Digests(tmp_path / "sent.sqlite")
    outcomes = [updated(number) for number in range(ROWS)]

    def settle() -> None:
        for outcome in outcomes:
            digests.leaving([outcome])
            digests.settled([outcome])

    beside(settle, lambda: [digests.knows(outcome.input.row) for outcome in outcomes * 3])
    assert all(digests.knows(outcome.input.row) for outcome in outcomes)
    digests.close()


def test_a_journal_is_read_while_outcomes_settle(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    journal.begin()
    outcomes = [updated(number) for number in range(ROWS)]
    journal.add_ids([(int(str(outcome.id)), outcome.input.number) for outcome in outcomes], latest=False)

    def settle() -> None:
        for outcome in outcomes:
            journal.leaving([outcome])
            journal.settled([outcome])

    def read() -> None:
        for outcome in outcomes * 3:
            assert journal.row_of(int(str(outcome.id))) == outcome.input.number
            assert all(span.first <= span.last for span in journal.spans())
            journal.counts()

    beside(settle, read)
    assert sum(span.last - span.first + 1 for span in journal.spans("updated")) == ROWS
    journal.close()
