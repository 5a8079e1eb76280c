"""Which parts the rows of all jobs are sent in; the same each time it is made of the same files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from secrets import token_hex
from typing import Any, Self

import msgspec
from msgspec import structs

from zcrm_api.limits import RECORDS_PER_CALL

from ..errors import UsageError
from ..files.shown import shown
from .inputs import CHANGED, File, Input
from .jobs import Job

VERSION = 1
_MOST_TOLD = 10


class Planned(msgspec.Struct, frozen=True):
    """A job with its files as they were. options: those of the update, triggers included."""

    org: str
    module: str
    options: dict[str, Any]
    files: list[File]

    def __str__(self) -> str:
        return f"{self.org} {self.module}"


class Part(msgspec.Struct, frozen=True):
    """Rows that are sent by one worker.

    number: over all jobs. row: the place of the first one among the job's rows; first: in its file, both from
    0. name: of the file for the outcomes, below `out`.
    """

    number: int
    org: str
    module: str
    options: dict[str, Any]
    file: File
    row: int
    first: int
    rows: int
    name: str

    def __str__(self) -> str:
        return f"{self.org} {self.module}, rows {self.row:,} to {self.row + self.rows - 1:,}"


class Plan(msgspec.Struct, frozen=True):
    """All that is to be sent. key: tells this plan from others, though they are alike. out: for outcomes."""

    version: int
    key: str
    out: str
    rows_per_part: int
    jobs: list[Planned]

    @classmethod
    def of(cls, jobs: Sequence[Job], rows_per_part: int, out: Path) -> Self:
        """Look at all files, and hold their columns and ids against what can be sent.

        Raises UsageError with all that is wrong; also without the extra `arrow`.
        """
        if rows_per_part < RECORDS_PER_CALL:
            raise UsageError(f"rows_per_part is {rows_per_part}: less than one call takes")
        twice = [name for name, times in Counter(map(str, jobs)).items() if times > 1]
        if twice:
            raise UsageError(
                f"There are several jobs for {', '.join(twice)}", fix="Give one job all of their files."
            )
        wrong: list[str] = []
        planned = []
        for job in jobs:
            found = Input(job)
            wrong += (f"{job}: {each}" for each in found.wrong)
            options = msgspec.json.decode(msgspec.json.encode(job.update_options))
            planned.append(Planned(job.org, job.module, options, found.files))
        if wrong:
            more = f"; {len(wrong) - _MOST_TOLD} more" if len(wrong) > _MOST_TOLD else ""
            raise UsageError("; ".join(wrong[:_MOST_TOLD]) + more)
        return cls(VERSION, token_hex(8), str(out), rows_per_part, planned)

    @classmethod
    def read(cls, text: str) -> Plan:
        """What a ledger keeps; raises ValueError where that is none, or of another version."""
        plan = _decode(text)
        if plan.version != VERSION:
            raise ValueError(f"was written by another version of zcrm ({plan.version})")
        return plan

    def text(self) -> str:
        """This, for a ledger."""
        return msgspec.json.encode(self).decode()

    def refuse_unless_like(self, kept: Plan) -> None:
        """Raise UsageError where what is asked for is not what the ledger was begun with."""
        if structs.replace(self, key=kept.key) == kept:
            return
        if self.rows_per_part != kept.rows_per_part:
            why = f"rows_per_part was {kept.rows_per_part:,}"
        elif self.out != kept.out:
            why = f"out was {shown(kept.out)}"
        else:
            differences = list(chain.from_iterable(_differences(self.jobs, kept.jobs)))
            more = f" and {len(differences) - _MOST_TOLD} more" if len(differences) > _MOST_TOLD else ""
            why = f"{', '.join(differences[:_MOST_TOLD])}{more}"
        raise UsageError(
            f"This is not what the ledger was begun with: {why}",
            fix=CHANGED,
        )

    def parts(self) -> Iterator[Part]:
        """All parts, numbered; as even as may be, and of full calls."""
        number = 0
        for job in self.jobs:
            row = place = 0
            for file in job.files:
                for first, rows in _cut(file.rows, self.rows_per_part):
                    name = f"org={job.org}/module={job.module}/{place:05}.parquet"
                    yield Part(number, job.org, job.module, job.options, file, row, first, rows, name)
                    number, place, row = number + 1, place + 1, row + rows


_decode = msgspec.json.Decoder(Plan).decode


def _cut(rows: int, most: int) -> Iterator[tuple[int, int]]:
    """(first row, rows) of each part."""
    pieces = -(-rows // most)
    calls = -(-rows // RECORDS_PER_CALL)
    size = min(-(-calls // pieces) * RECORDS_PER_CALL, most) if pieces else 0
    for first in range(0, rows, size or 1):
        yield first, min(size, rows - first)


def _differences(now: Sequence[Planned], then: Sequence[Planned]) -> Iterator[list[str]]:
    new, old = ({str(job): job for job in jobs} for jobs in (now, then))
    yield [f"{name} is new" for name in sorted(new.keys() - old.keys())]
    yield [f"{name} is gone" for name in sorted(old.keys() - new.keys())]
    for name in sorted(new.keys() & old.keys()):
        if new[name].options != old[name].options:
            yield [f"the options of {name} have changed"]
        files, before = ({file.path: file for file in job.files} for job in (new[name], old[name]))
        yield [f"{path} is new" for path in sorted(files.keys() - before.keys())]
        yield [f"{path} is gone" for path in sorted(before.keys() - files.keys())]
        yield [f"{path} has changed" for path, file in before.items() if files.get(path, file) != file]
