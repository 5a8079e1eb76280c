"""A page for each documented error code, with an anchor for each of its cases."""

from collections.abc import Iterator

from zcrm.cli.catalogue import codes, page_name
from zcrm.cli.explain import handling
from zcrm.rules import place
from zcrm_api.error_table import ErrorEntry

LEVELS = {"request": "the whole call", "record": "one row", "both": "one row or the whole call"}


def pages() -> Iterator[tuple[str, str]]:
    """The overview, then each code's page."""
    yield "errors/index.md", _overview()
    for entries in codes().values():
        yield f"errors/{page_name(entries[0].code)}.md", _page(entries)


def _overview() -> str:
    lines = [
        "# Errors",
        "",
        "Every error code that the documentation of the operations knows, and what others have seen. The "
        "same is on the command line, offline: `zcrm explain CODE`, `zcrm explain` with words of a message, "
        "`zcrm explain --list`. What ends a fix, such as `zcrm explain RECORD_LOCKED#update-records-1`, is "
        "one case: with that mark on the page of its code.",
        "",
        "| code | status | means |",
        "| --- | --- | --- |",
    ]
    for entries in codes().values():
        names = ", ".join(f"[`{name}`]({page_name(name)}.md)" for name in _names(entries))
        statuses = ", ".join(sorted({str(entry.status) for entry in entries}))
        means = entries[0].meaning if len(entries) == 1 else f"{len(entries)} cases"
        lines.append(f"| {names} | {statuses} | {means} |")
    return "\n".join(lines) + "\n"


def _page(entries: list[ErrorEntry]) -> str:
    lines = [f"# {' and '.join(_names(entries))}"]
    if len(entries) > 1:
        lines += [
            "",
            f"{len(entries)} cases, by what Zoho says and where: what each means, and how to fix it.",
        ]
    for entry in entries:
        said = f'"{entry.message}"' if entry.message else "without a message"
        lines += [
            "",
            f"## {entry.code}, {said} ({entry.page}) {{ #{entry.anchor} }}",
            "",
            entry.meaning,
            "",
            f"**Fix.** {entry.fix}",
            "",
            f"**zcrm** {handling(entry)}.",
            "",
            f"- On the command line: `zcrm explain {place(entry)}`",
            f"- HTTP status: {entry.status}",
            f"- About: {LEVELS[entry.level]}",
            f"- Operations: {', '.join(f'`{name}`' for name in entry.operations)}",
        ]
        if entry.detail_keys:
            lines.append(f"- Keys of `details`: {', '.join(f'`{key}`' for key in entry.detail_keys)}")
        lines.append(f"- Source: {entry.source}")
    return "\n".join(lines) + "\n"


def _names(entries: list[ErrorEntry]) -> list[str]:
    return list(dict.fromkeys(entry.code for entry in entries))
