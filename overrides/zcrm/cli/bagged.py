"""The options that commands share, for `spread`."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer

from zcrm.cli.options import (
    RUNS_DIR,
    Events,
    Json,
    LogFile,
    ResumeIfExists,
    RunsDir,
    Verbose,
    WaitForCredits,
    parse_loads,
)

__all__ = ["Running", "Which", "Whither"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whither:
    """How a command reaches Zoho, and who hears of its calls."""

    profile: Annotated[
        str | None, typer.Option(metavar="NAME", help="Whose sign-in; needed where there are several.")
    ] = None
    data_center: Annotated[
        str | None, typer.Option(metavar="NAME", help="us, eu, in, au, cn, jp, ca, sa, uk or ae.")
    ] = None
    environment: Annotated[
        str | None, typer.Option(metavar="NAME", help="production, sandbox or developer.")
    ] = None
    simulator: Annotated[
        bool, typer.Option("--simulator", help="Use a Zoho CRM simulated in this process.")
    ] = False
    simulator_load: Annotated[
        list[str] | None, typer.Option(metavar="MODULE=FILE", help="Records the simulator knows.")
    ] = None
    verbose: Verbose = False
    log_file: LogFile = None
    events: Events = None

    def place(self) -> dict[str, Any]:
        """The fields of a `Request` that say where it goes; raises a usage error for what can't be."""
        loads = parse_loads(self.simulator_load or [], "--simulator-load")
        if loads and not self.simulator:
            raise typer.BadParameter("goes with --simulator only", param_hint="--simulator-load")
        if self.simulator and (self.profile or self.data_center or self.environment):
            raise typer.BadParameter(
                "the simulator has no profiles, data centres or environments", param_hint="--simulator"
            )
        return {
            "profile": self.profile,
            "data_center": self.data_center,
            "environment": self.environment,
            "simulator": self.simulator,
            "loads": loads,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which appointments are meant."""

    member: Annotated[
        str | None, typer.Option(metavar="NAME|E-MAIL|ID", help="Whose: of this member alone.")
    ] = None
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", help="Not those that start before, e.g. 2027-05-04."),
    ] = None
    to: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Not those that start then or later.")
    ] = None
    tz: Annotated[
        str | None, typer.Option("--tz", metavar="ZONE", help="Of times without an offset: Europe/Berlin.")
    ] = None
    view: Annotated[str | None, typer.Option(metavar="ID", help="Those of this custom view.")] = None

    def __post_init__(self) -> None:
        """Raise a usage error for what is empty, as a shell's variable is that nobody has set."""
        for name, said in asdict(self).items():
            if said is not None and not said.strip():
                hint = f"--{name.removesuffix('_')}"
                raise typer.BadParameter("is empty: leave it out, or say what is meant", param_hint=hint)

    @property
    def is_given(self) -> bool:
        """Whether anything was said."""
        return any((self.member, self.from_, self.to, self.view))


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """How a run is made of a file."""

    triggers: Annotated[
        str | None,
        typer.Option(
            metavar="none|all|LIST", help="Automations the write may fire. Required.", show_default=False
        ),
    ] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; send nothing that writes.")
    ] = False
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False
    max: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Refuse more appointments than that.")
    ] = None
    max_errors: Annotated[
        str | None, typer.Option(metavar="N|N%", help="Stop when more rows than that were refused.")
    ] = None
    wait_for_credits: WaitForCredits = False
    runs_dir: RunsDir = RUNS_DIR
    run_name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call the run; made of module and time else.")
    ] = None
    resume_if_exists: ResumeIfExists = False
    concurrency: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Calls in flight at most; by default 10.")
    ] = None
    json: Json = False

    def how(self) -> dict[str, Any]:
        """The fields of a `Request` that say how it is run."""
        return {
            "runs_dir": self.runs_dir,
            "run_name": self.run_name,
            "wait_for_credits": self.wait_for_credits,
            "concurrency": self.concurrency,
        }
