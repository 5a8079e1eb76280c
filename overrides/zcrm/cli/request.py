"""What was asked for on the command line of `zcrm records update`."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from zcrm.cli.options import Load, automations, command_line
from zcrm.files.choices import Duplicates, ResultFormat
from zcrm.files.reading import Reading

if TYPE_CHECKING:
    from zcrm.rows.options import Trigger

__all__ = ["RUNS_DIR", "Request"]

RUNS_DIR = Path("zcrm-runs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The arguments and options, read but not yet acted upon."""

    module: str
    file: str
    triggers: "tuple[Trigger, ...] | None"
    reading: Reading = field(default_factory=Reading)
    duplicates: Duplicates = Duplicates.REFUSE
    results: ResultFormat | None = None
    bom: bool = False
    runs_dir: Path = RUNS_DIR
    resend_lost: bool = True
    concurrency: int | None = None
    profile: str | None = None
    data_center: str | None = None
    environment: str | None = None
    simulator: bool = False
    loads: tuple[Load, ...] = ()

    @property
    def automations(self) -> str:
        """The automations the write may fire, as they are typed."""
        return automations(self.triggers)

    def command(self, file: Path) -> str:
        """Return the command that sends another file the same way."""
        words = ["zcrm", "records", "update", self.module, _operand(file), "--triggers", self.automations]
        words += self.reading.words()
        if self.results is not None:
            words += ["--results", self.results]
        if self.bom:
            words += ["--bom"]
        if self.duplicates is not Duplicates.REFUSE:
            words += ["--duplicates", self.duplicates]
        if self.runs_dir != RUNS_DIR:
            words += ["--runs-dir", str(self.runs_dir)]
        if not self.resend_lost:
            words += ["--no-resend-lost"]
        if self.concurrency is not None:
            words += ["--concurrency", str(self.concurrency)]
        if self.profile:
            words += ["--profile", self.profile]
        if self.data_center:
            words += ["--data-center", self.data_center]
        if self.environment:
            words += ["--environment", self.environment]
        if self.simulator:
            words += ["--simulator"]
        for load in self.loads:
            words += ["--simulator-load", str(load)]
        return command_line(words)


def _operand(file: Path) -> str:
    """The path as no one takes for an option, or for standard input."""
    return os.path.join(".", file) if str(file).startswith("-") else str(file)  # noqa: PTH118
