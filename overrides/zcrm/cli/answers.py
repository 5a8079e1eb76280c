"""How a command ends: its answer to programs, its words to people, its exit code."""

from collections.abc import Callable, Mapping
from typing import Any

from zcrm.cli import faults
from zcrm.cli.output import answer, failed, write_json
from zcrm.cli.screen import Screen
from zcrm.cli.target import MissingExtra
from zcrm.errors import AnswerLost, ZohoError
from zcrm.files.tables import BadFile
from zcrm.runs.counts import Miscounted
from zcrm.runs.exits import Exit
from zcrm.runs.journal import JournalFailed
from zcrm.runs.report import Report, exit_of_error, facts_of_error
from zcrm.runs.rules import Refused

__all__ = ["ended"]


def ended(
    work: Callable[[], Report | Mapping[str, Any]], screen: Screen, *, as_json: bool, reads: bool = False
) -> Exit:
    """Do the work; say what came of it and return the exit code.

    As JSON, the answer is as answer.schema.json has it, whatever happened. reads: whether the work changes
    nothing, so that a lost answer leaves nothing unknown.
    """
    try:
        done = work()
    except (BadFile, MissingExtra, Miscounted, ZohoError, JournalFailed) as error:
        code = Exit.USAGE if isinstance(error, MissingExtra) else exit_of_error(error)
        if isinstance(error, Refused):
            code = Exit.STOP_RULE
        if reads and isinstance(error, AnswerLost):
            code = Exit.LATER
        facts = facts_of_error(error)
        said = f"{facts['code']}: {facts['message']}" if facts["code"] else facts["message"]
        if isinstance(error, BadFile):
            faults.say(error, screen)
        else:
            screen.error(said, facts["fix"])
        if as_json:
            write_json(failed(code, **facts))
        return code
    except KeyboardInterrupt as error:
        if as_json:
            write_json(failed(Exit.INTERRUPTED, "Interrupted", type=type(error).__name__))
        raise
    facts = answer("run") | done.facts() if isinstance(done, Report) else dict(done)
    if as_json:
        write_json(facts)
    return done.exit if isinstance(done, Report) else Exit(facts.get("exit_code", 0))
