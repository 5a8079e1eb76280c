"""How many calls at a time a server that throttles is asked for."""

from __future__ import annotations

from dataclasses import dataclass

_PATIENCE = 10
_MOST_PATIENCE = 320


@dataclass(slots=True)
class Pace:
    """A limit that a throttled call halves, once for all calls that were in flight together.

    It then rises by one after so many calls went well, up to `most`; that number doubles whenever the rise
    proves too much, so that a tight cap at the server costs few refused calls, and halves again whenever it
    does not. cuts: how often it was halved.
    """

    most: int
    limit: int
    cuts: int = 0
    went_well: int = 0
    patience: int = _PATIENCE

    def throttled(self, cuts: int) -> None:
        """A call was refused as one too many. cuts: as they were when it was let in."""
        if cuts == self.cuts:
            self.cuts += 1
            self.limit = max(1, self.limit // 2)
            self.patience = min(self.patience * 2, _MOST_PATIENCE)
            self.went_well = 0

    def well(self) -> None:
        """A call was not refused as one too many."""
        if self.limit == self.most:
            return
        self.went_well += 1
        if self.went_well >= self.patience:
            self.limit += 1
            self.went_well = 0
            self.patience = max(_PATIENCE, self.patience // 2)
