"""The documented errors as a catalogue: found by code or by words, each with its address in the docs."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

from zcrm_api.error_table import ENTRIES, ErrorEntry

__all__ = ["address", "codes", "named", "near", "page_name", "told"]


def named(place: str) -> list[ErrorEntry]:
    """The entries with this code, however it is written; or the one at this anchor, CODE#anchor."""
    code, _, anchor = place.partition("#")
    same = [entry for entry in ENTRIES if _key(entry.code) == _key(code)]
    return [entry for entry in same if anchor.strip() in ("", entry.anchor)]


def told(words: str) -> list[ErrorEntry]:
    """The entries whose message has these words in this order; else those whose texts have them all."""
    wanted = _words(words)
    if not wanted:
        return []
    phrase = f" {' '.join(wanted)} "
    return [entry for entry in ENTRIES if phrase in f" {' '.join(_words(entry.message))} "] or [
        entry
        for entry in ENTRIES
        if set(wanted) <= set(_words(f"{entry.message} {entry.meaning} {entry.fix}"))
    ]


def codes() -> dict[str, list[ErrorEntry]]:
    """All entries by the name of their code, in alphabetical order."""
    names = sorted({_key(entry.code) for entry in ENTRIES})
    return {name: named(name) for name in names}


def near(text: str, known: Iterable[str]) -> list[str]:
    """What somebody may have meant, the nearest first, whatever the case."""
    by_lower_case = {each.lower(): each for each in sorted(known)}
    return [by_lower_case[each] for each in get_close_matches(text.lower(), by_lower_case, n=5)]


def page_name(code: str) -> str:
    """The name of the page of the docs that is about a code."""
    return _key(code).lower()


def address(entry: ErrorEntry) -> str:
    """Where the docs tell of an entry, from their first page."""
    return f"errors/{page_name(entry.code)}.html#{entry.anchor}"


def _key(code: str) -> str:
    return code.strip().upper().replace(" ", "_")


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
