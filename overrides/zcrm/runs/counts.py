"""What was written is counted, and held against the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ..outcomes import STATES, State
from .journal import FLYING, Journal

__all__ = ["Miscounted", "check_counts", "counts_of"]


class Miscounted(Exception):
    """Files that would not hold what the journal does; none of them was put in place."""

    def __init__(self, written: Mapping[State, int], expected: Mapping[State, int]) -> None:
        wrong = [
            f"{written[state]:,} rows {state} where the run's record has {expected[state]:,}"
            for state in STATES
            if written[state] != expected[state] >= 0
        ]
        self.message = f"Journal and input do not agree: {', '.join(wrong)}"
        self.fix = "See whether something has changed the input or the run's folder."
        super().__init__(self.message)


def counts_of(journal: Journal, rows: int) -> dict[State, int]:
    """How many of so many rows the journal has in each state; those it does not know are `unsent`."""
    found: Counter[State] = Counter()
    for state, *_, number in journal.counts():
        found["unknown" if state == FLYING else state] += number
    found["unsent"] += rows - found.total()
    return {state: found[state] for state in STATES}


def check_counts(written: Mapping[State, int], journal: Journal, rows: int) -> dict[State, int]:
    """The rows written in each state; raises Miscounted where the journal has others."""
    counted: dict[State, int] = {state: written.get(state, 0) for state in STATES}
    expected = counts_of(journal, rows)
    if counted != expected:
        raise Miscounted(counted, expected)
    return counted
