"""What the commands of `zcrm runs` do, but for sending."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zcrm.atomic import atomic
from zcrm.cli.output import answer
from zcrm.cli.screen import Screen
from zcrm.cli.update import update
from zcrm.errors import UsageError
from zcrm.files.choices import ExportFormat
from zcrm.runs.folder import find, folders
from zcrm.runs.report import Report
from zcrm.runs.run import Run

__all__ = ["Page", "delete", "export", "list_", "retry", "show"]


@dataclass(frozen=True, slots=True)
class Page:
    """A run as HTML: into which file, by default in its folder; values: with those of customers."""

    file: Path | None = None
    values: bool = False


def list_(runs_dir: Path, screen: Screen) -> dict[str, Any]:
    """Every run in a line."""
    runs = [{**folder.facts(), "run": folder.name} for folder in folders(runs_dir)]
    for facts in runs:
        states = facts.get("states") or {}
        said = ", ".join(f"{rows:,} {state}" for state, rows in states.items() if rows)
        ended = said or "not finished" if facts.get("finished") else "not finished"
        screen.say(f"{facts['run']}  {facts['started']}  {_what(facts)}  {facts['rows']:,} rows  {ended}")
    if not runs:
        screen.say(f"There is no run in {runs_dir}")
    known = ("run", "module", "file", "rows", "started", "finished", "states", "exit_code")
    return answer("runs", runs=[{name: facts.get(name) for name in known} for facts in runs])


def _what(facts: Mapping[str, Any]) -> str:
    verb = facts.get("verb", "records update")
    return str(facts["module"]) if verb == "records update" else f"{facts['module']}: {verb}"


def show(
    runs_dir: Path, name: str | None, screen: Screen, *, files: bool = False, page: Page | None = None
) -> dict[str, Any]:
    """How a run stands; files: write them anew first; page: write it as HTML, too."""
    more: dict[str, Any] = {}
    with Run.open(find(runs_dir, name), input_may_be_lost=True) as run:
        run.request = replace(run.request, runs_dir=runs_dir)
        if files:
            try:
                run.write_files()
            except OSError as error:
                raise UsageError(f"The files can not be written: {error}") from error
        report = run.report()
        if page is not None:
            more["html"] = str(_write_page(run, page))
    screen.say_all(report.lines())
    if page is not None:
        screen.say(f"As a page: {more['html']}")
    return answer("run") | report.facts() | more | {"exit_code": 0}


def _write_page(run: Run, page: Page) -> Path:
    path = page.file or run.folder.path / "run.html"
    try:
        with atomic(path) as new:
            new.write_text(run.page(values=page.values), encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error) from error
    return path


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(f"{path} can not be written: {error.strerror or error}")


def export(
    runs_dir: Path, name: str | None, screen: Screen, form: ExportFormat | None, output: Path | None
) -> dict[str, Any]:
    """Write a run's outcomes as one table, by default as the file's name says and into the run's folder."""
    folder = find(runs_dir, name)
    if form is None:
        is_parquet = output is not None and output.suffix.lower() == ".parquet"
        form = ExportFormat.PARQUET if is_parquet else ExportFormat.CSV
    path = output or folder.path / f"outcomes.{form}"
    with Run.open(folder) as run:
        try:
            states = run.export(path, form)
        except OSError as error:
            raise _unwritable(path, error) from error
    screen.say(f"Run {folder.name}: {sum(states.values()):,} outcomes in {path}")
    rows = sum(states.values())
    return answer("exported", folder.name, file=str(path), format=str(form), rows=rows, states=states)


def retry(runs_dir: Path, name: str | None, screen: Screen) -> Report | dict[str, Any]:
    """A new run of what was rejected, as its file stands by now: it may have been corrected."""
    with Run.open(find(runs_dir, name), input_may_be_lost=True) as run:
        report = run.report()
        if not report.files["rejected"].exists():
            run.write_files()
        rejected = str(report.files["rejected"])
        request = replace(run.for_results, file=rejected, runs_dir=runs_dir, run_name=None)
    if not report.states["rejected"]:
        screen.say(f"Run {report.run} has no rejected rows: nothing to do")
        return answer("nothing", report.run)
    return update(request, screen)


def delete(runs_dir: Path, name: str, screen: Screen) -> dict[str, Any]:
    """Remove a run that nobody is sending."""
    folder = find(runs_dir, name)
    with folder.locked():
        folder.delete()
    screen.say(f"Run {name}: deleted")
    return answer("deleted", name)
