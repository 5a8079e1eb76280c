"""What a run was asked to do; kept in its folder, so that it can be resumed."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from subprocess import list2cmdline
from typing import Any

from ..fields import ModuleFields
from ..files.choices import Duplicates, ResultFormat
from ..files.reading import Reading
from ..files.settings import parse_settings, settings
from ..files.shown import hides
from ..rows.appointments import refuse_appointment
from ..rows.options import Trigger, UnknownFields
from ..rows.values import BadValue
from ..table import APPOINTMENTS
from .folder import RUNS_DIR
from .verbs import KINDS, Kind, Verb

__all__ = ["Load", "Place", "Request", "Rules", "automations", "command_line"]


_SENT = (
    *("verb", "module", "file", "triggers", "values", "overwrite", "reading", "duplicates", "since"),
    *("changed_only", "stamp", "profile", "data_center", "environment", "simulator"),
)


@dataclass(frozen=True, slots=True)
class Load:
    """Records for a simulator: a module and the file that holds them."""

    module: str
    path: str

    def __str__(self) -> str:
        return f"{self.module}={self.path}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where writes go, in words; `api_domain` only where it is not the data centre's own."""

    data_center: str = "none"
    environment: str = "none"
    api_domain: str | None = None
    profile: str = "none"

    def __str__(self) -> str:
        names = f"profile {self.profile} | data centre {self.data_center} | environment {self.environment}"
        return f"{names} | API {self.api_domain}" if self.api_domain else names


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When to stop although rows remain.

    max_errors: rows refused at the most, as a number or a share such as "2%". canary: rows sent first, alone;
    None is 10 where more than 1,000 rows go to production. min_rows: that the file must have. expect: by what
    share, such as "10%", the rows may differ from those of the last finished run of the same file name and
    module. max_rows: that the file may have. credits_reserve: credits of the day to leave to others.
    """

    max_errors: str | None = None
    canary: int | None = None
    min_rows: int | None = None
    expect: str | None = None
    credits_reserve: int | None = None
    max_rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One file for one module.

    verb: what is done to its records. values: fields that are set in each of them, over what the file has.
    overwrite: for a mass update, whether the values of a multi-select picklist replace those there are.
    module: API name. file: its path; "-" is standard input. triggers: automations to run; () is none, None
    all. reading: how the file is read. duplicates: what to do with rows for the same record. results: whether
    rows to correct are written as Excel sheets, too; by default where the file is one. bom: whether result
    files begin with a byte-order mark. since: an `if_unmodified_since` for all rows, or
    ":column NAME". changed_only: skip rows that equal what was sent and applied before. stamp: a field to
    write the run's name into. run_name: by default made of module and time. fields: the folder or file with
    the module's metadata, "none" for no such; unknown_fields: whether columns that they don't know are sent.
    metadata: as they were read; not kept. share: whether the calls of others that sign in alike count with
    its own. The rest is for the command line: whether it waits where credits are used up, and how it reaches
    Zoho.
    """

    module: str
    file: str
    triggers: tuple[Trigger, ...] | None
    verb: Verb = "records update"
    values: Mapping[str, Any] = field(default_factory=dict)
    overwrite: bool = False
    reading: Reading = field(default_factory=Reading)
    duplicates: Duplicates = Duplicates.REFUSE
    results: ResultFormat | None = None
    bom: bool = False
    runs_dir: Path = RUNS_DIR
    run_name: str | None = None
    resend_lost: bool = True
    since: str | None = None
    changed_only: bool = False
    stamp: str | None = None
    fields: str | None = None
    unknown_fields: UnknownFields = "refuse"
    metadata: ModuleFields | None = field(default=None, repr=False, compare=False)
    wait_for_credits: bool = False
    rules: Rules = Rules()
    concurrency: int | None = None
    share: bool = False
    profile: str | None = None
    data_center: str | None = None
    environment: str | None = None
    simulator: bool = False
    loads: tuple[Load, ...] = ()

    @property
    def automations(self) -> str:
        """The automations the write may fire, as they are typed."""
        return automations(self.triggers)

    @property
    def kind(self) -> Kind:
        """What has to be known of the verb."""
        return KINDS[self.verb]

    @property
    def what(self) -> str:
        """The verb and the values it sets, in words."""
        return " ".join([self.verb, *self.sets])

    @property
    def sets(self) -> list[str]:
        """The values that are set in each record, as they are typed."""
        return list(settings({**self.values, **self.kind.sets}))

    @property
    def changes_rows(self) -> bool:
        """Whether what is sent for a row is not just its record."""
        kind = self.kind
        return kind.fields is not None or bool(kind.merges and (kind.sets or self.values))

    def written(self, record: dict[str, Any]) -> dict[str, Any]:
        """What is sent for a row that reads as this record."""
        kind = self.kind
        if kind.fields is not None:
            record = {name: value for name, value in record.items() if name in ("id", *kind.fields)}
        if kind.merges and (kind.sets or self.values):
            record = {**record, **self.values, **kind.sets}
        return record

    @property
    def needs(self) -> dict[str, str]:
        """Fields that each row has to have, and what to do about one that lacks it."""
        options = self.kind.options
        return {
            name: f"fill this column, or say {options[name]}" if name in options else "fill this column"
            for name in self.kind.needs
            if name not in self.values
        }

    @property
    def refuse(self) -> Callable[[dict[str, Any]], None] | None:
        """Raises BadValue for a record of which nothing can be sent, whatever the org; None: all can be."""
        return None if self.module != APPOINTMENTS and self.stamp is None else self._refuse

    def _refuse(self, record: dict[str, Any]) -> None:
        if self.stamp in record:
            fix = "leave the column out, as by --ignore, or name another field"
            raise BadValue("--stamp writes the run's name into this field", self.stamp, fix=fix)
        if self.module == APPOINTMENTS:
            refuse_appointment(self.written(record))

    @property
    def repeated_ids(self) -> Duplicates:
        """What is done with rows for the same record: they are taken where they are not sent once more."""
        return Duplicates.KEEP_ORDER if self.kind.once else self.duplicates

    @property
    def repeats(self) -> bool:
        """Whether rows may be sent again after a lost answer, where they are plain."""
        return self.kind.repeats and self.resend_lost and self.since is None and self.module != APPOINTMENTS

    @property
    def since_column(self) -> str | None:
        """The column that gives each row its time."""
        words = (self.since or "").split(maxsplit=1)
        return words[1] if words[:1] == [":column"] and len(words) == 2 else None

    def to_json(self) -> dict[str, Any]:
        """As `run.json` keeps it."""
        path = self.file if self.file == "-" else str(Path(self.file).absolute())
        kept = {"file": path, "values": list(settings(self.values)), "runs_dir": str(self.runs_dir)}
        if self.fields not in (None, "none"):
            kept["fields"] = str(Path(str(self.fields)).absolute())
        return asdict(replace(self, metadata=None)) | kept

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Request:
        """From what `run.json` keeps."""
        known = {each.name for each in fields(cls)}
        values = {name: value for name, value in kept.items() if name in known}
        triggers = values["triggers"]
        return cls(
            **values
            | {
                "triggers": None if triggers is None else tuple(triggers),
                "values": parse_settings(values.get("values", ())),
                "duplicates": Duplicates(values["duplicates"]),
                "reading": Reading.from_json(values["reading"]),
                "results": values["results"] and ResultFormat(values["results"]),
                "runs_dir": Path(values["runs_dir"]),
                "rules": Rules(**values["rules"]),
                "loads": tuple(Load(**load) for load in values["loads"]),
            }
        )

    def unlike(self, kept: Request) -> list[str]:
        """The fields by which this request would send something else than one that was kept."""
        asked = replace(self, file=self.to_json()["file"], values=parse_settings(settings(self.values)))
        return [name for name in _SENT if getattr(asked, name) != getattr(kept, name)]

    def command(self, file: Path) -> str:
        """The command that sends another file the same way."""
        kind = self.kind
        words = ["zcrm", *self.verb.split(), *([self.module] if kind.names_module else []), _operand(file)]
        for name, value in self.values.items():
            option = kind.options.get(name)
            words += [option, str(value)] if option else ["--set", *settings({name: value})]
        if self.overwrite:
            words += ["--overwrite"]
        if kind.takes_triggers:
            words += ["--triggers", self.automations]
        words += self.reading.words()
        if self.results is not None:
            words += ["--results", self.results]
        if self.bom:
            words += ["--bom"]
        if self.duplicates is not Duplicates.REFUSE:
            words += ["--duplicates", self.duplicates]
        words += self._folder()
        if not self.resend_lost:
            words += ["--no-resend-lost"]
        if self.since is not None:
            words += ["--if-unmodified-since", self.since]
        if self.changed_only:
            words += ["--changed-only"]
        if self.stamp is not None:
            words += ["--stamp", self.stamp]
        if self.fields is not None:
            words += [kind.metadata, self.fields]
        if self.unknown_fields != "refuse":
            words += ["--unknown-fields", self.unknown_fields]
        if self.wait_for_credits:
            words += ["--wait-for-credits"]
        if self.concurrency is not None:
            words += ["--concurrency", str(self.concurrency)]
        if self.share:
            words += ["--share"]
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

    def runs_command(self, what: str, name: str, *more: str) -> str:
        """A command of `zcrm runs` about this run."""
        return command_line(["zcrm", "runs", what, name, *more, *self._folder()])

    def _folder(self) -> list[str]:
        return [] if self.runs_dir == RUNS_DIR else ["--runs-dir", str(self.runs_dir)]


def automations(triggers: Sequence[str] | None) -> str:
    """The choice of automations as it is typed."""
    return "all" if triggers is None else ",".join(triggers) or "none"


def command_line(words: Sequence[str | Path]) -> str:
    """The words as one line that the shell of this system reads back as they are.

    What `zcrm.files.shown` would escape is escaped already, the way a shell undoes it.
    """
    if sys.platform == "win32":
        return list2cmdline([str(word) for word in words])
    return " ".join(_quoted(str(word)) for word in words)


def _operand(file: Path) -> str:
    """The path as no one takes for an option, or for standard input."""
    return os.path.join(".", file) if str(file).startswith("-") else str(file)  # noqa: PTH118


def _quoted(word: str) -> str:
    if not hides(word):
        return shlex.quote(word)
    plain = word.replace("\\", "\\\\").replace("'", "\\'")
    return f"$'{''.join(_bytes(char) if hides(char) else char for char in plain)}'"


def _bytes(char: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogateescape"))
