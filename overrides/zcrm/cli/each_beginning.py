"""What `zcrm each` does, once its options are read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from zcrm.auth.profiles import Profiles
from zcrm.cli.each_kept import KeptEach
from zcrm.cli.each_orgs import Org, by_patterns, from_file
from zcrm.cli.each_running import Beside
from zcrm.cli.each_telling import facts_of, line_of, lines_of
from zcrm.cli.each_words import Command, parsed
from zcrm.cli.screen import Screen
from zcrm.errors import UsageError
from zcrm.runs.request import command_line

__all__ = ["Asked", "begin"]

_JOBS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What `zcrm each` was asked for."""

    words: tuple[str, ...]
    patterns: tuple[str, ...]
    orgs: Path | None
    jobs: int | None
    run_name: str | None
    resume_if_exists: bool
    resume: str | None
    runs_dir: Path


def begin(asked: Asked, context: typer.Context, screen: Screen) -> dict[str, Any]:
    """Begin, or go on, and wait for all; raises UsageError."""
    kept = _kept(asked, context, screen)
    commands = _commands(kept.words, kept.orgs, context)
    with kept.folder.locked():
        if asked.resume is not None or asked.resume_if_exists:
            kept = KeptEach.find(asked.runs_dir, kept.name)
        kept.jobs = asked.jobs or kept.jobs
        screen.say(
            f"Run {kept.name} | {len(kept.left)} of {len(kept.orgs)} profiles | {kept.jobs} at a time | "
            f"{command_line(kept.words)}"
        )
        interrupted = Beside(
            kept,
            lambda org: commands[org.profile],
            screen,
            lambda org: screen.say(line_of(kept, org)),
        ).run()
        facts = facts_of(kept, interrupted=interrupted)
        if kept.came_to_nothing:
            kept.folder.remove()
    screen.say_all(lines_of(facts))
    return facts


def _kept(asked: Asked, context: typer.Context, screen: Screen) -> KeptEach:
    """What is to be done, written down: found again, or new."""
    if asked.resume is not None:
        return _found(asked.runs_dir, asked.resume)
    name = asked.run_name
    if asked.resume_if_exists and name is not None and KeptEach.exists(asked.runs_dir, name):
        kept = _found(asked.runs_dir, name)
        if kept.words != list(asked.words):
            raise UsageError(
                f"{name} was begun as {command_line(kept.words)}",
                fix="Say the same again, or choose another --run-name.",
            )
        screen.say_all(_differences(asked, kept))
        return kept
    orgs = _orgs(asked)
    _commands(asked.words, orgs, context)
    return KeptEach.new(asked.runs_dir, name, asked.words, orgs, asked.jobs or _JOBS)


def _orgs(asked: Asked) -> list[Org]:
    names = Profiles().names()
    return by_patterns(asked.patterns, names) if asked.orgs is None else from_file(asked.orgs, names)


def _differences(asked: Asked, kept: KeptEach) -> Iterator[str]:
    """In what the orgs that are asked for now are not those that it was begun for."""
    try:
        now = {org.profile: org for org in _orgs(asked)}
    except UsageError as error:
        yield f"{kept.name} goes on as it was begun. {error.message}"
        return
    then = {org.profile: org for org in kept.orgs}
    differences = {
        "not in it": sorted(now.keys() - then.keys()),
        "still in it": sorted(then.keys() - now.keys()),
        "with other cells": sorted(name for name, org in then.items() if now.get(name, org) != org),
    }
    for what, profiles in differences.items():
        if profiles:
            yield f"{kept.name} goes on as it was begun; {what}: {', '.join(profiles)}"


def _found(runs_dir: Path, name: str) -> KeptEach:
    kept = KeptEach.find(runs_dir, name)
    if not kept.cwd.is_dir():
        raise UsageError(f"{name} was begun in {kept.cwd}, which is no folder any more", fix="Put it back.")
    return kept


def _commands(words: Sequence[str], orgs: Sequence[Org], context: typer.Context) -> dict[str, Command]:
    return {org.profile: parsed(context, org.words(words)) for org in orgs}
