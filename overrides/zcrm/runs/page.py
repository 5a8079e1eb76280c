"""A run as one page of HTML that needs nothing else: no script, no other file, no other host."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ..files.tables import Line, Table
from ..outcomes import STATES
from .chart import KINDS, bars, peak
from .journal import Journal, Span
from .markup import Markup, tag
from .report import Report
from .results import CORRECTED
from .timeline import Session, SlowCall, Timeline, slowest, timeline

__all__ = ["run_page"]

_MOST_ROWS = 100
_KIND_OF = {state: kind for kind, states in KINDS.items() for state in states}
_OWN_FAULTS = ("JournalFailed", "ConnectionFailed", "StoreError", "UsageError")


def run_page(
    facts: Mapping[str, Any],
    report: Report,
    journal: Journal,
    table: Table,
    rows: Iterable[tuple[Line, Span]] | None = None,
) -> str:
    """The page. facts: what `run.json` holds. rows: of the table, for a page that shows customers' values."""
    time = timeline(journal)
    sections = [
        _states(report),
        _reasons(report),
        _throughput(time),
        _calls(slowest(journal)),
        _forecast(report),
        _sessions(time.sessions, messages=rows is not None),
    ]
    if rows is not None:
        sections.append(_rows(table, rows))
    return _document(
        report.run, [_head(facts, report), tag("main", *sections), _foot(with_values=rows is not None)]
    )


def _document(title: str, body: list[Markup]) -> str:
    style = files("zcrm.runs").joinpath("page.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"Run {title}"),
        tag("style", Markup(style)),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', *body), lang='en')}\n"


def _head(facts: Mapping[str, Any], report: Report) -> Markup:
    place = [
        facts.get("verb", "records update"),
        f"module {facts['module']}",
        Path(facts["file"]).name,
        f"profile {facts['profile']}",
        f"data centre {facts['data_center']}",
        f"environment {facts['environment']}",
        f"automations {facts['automations']}",
    ]
    ended = f"ended {facts['finished']}" if facts.get("finished") else "not finished"
    return tag(
        "header",
        tag("h1", f"Run {report.run}"),
        tag("p", " · ".join(place)),
        tag("p", f"{report.rows:,} rows · started {facts['started']} · {ended}", class_="quiet"),
    )


def _foot(*, with_values: bool) -> Markup:
    said = "with values of customers" if with_values else "without any value of a customer"
    return tag("footer", tag("p", f"Made by zcrm from the run's journal, {said}. Times are UTC."))


def _section(name: str, title: str, *content: Markup) -> Markup:
    return tag("section", tag("h2", title, id=name), *content, aria_labelledby=name)


Columns = Sequence[tuple[str, str]]
"""Names, and the classes of their heads."""


class _Cell(NamedTuple):
    value: object
    class_: str | None = None


def _table(caption: str, columns: Columns, rows: Iterable[Iterable[_Cell]], region: str) -> Markup:
    heads = [tag("th", name, scope="col", class_=class_ or None) for name, class_ in columns]
    body = [tag("tr", *map(_td, row, (name for name, _ in columns))) for row in rows]
    whole = tag("table", tag("caption", caption), tag("thead", tag("tr", *heads)), tag("tbody", *body))
    return tag("div", whole, class_="scroll", role="region", aria_label=region, tabindex=0)


def _td(cell: _Cell, column: str) -> Markup:
    return tag("td", "" if cell.value is None else cell.value, class_=cell.class_, data_label=column)


def _number(value: float, digits: int = 0) -> _Cell:
    return _Cell(f"{value:,.{digits}f}", "number")


def _texts(*names: str) -> Columns:
    return [(name, "") for name in names]


def _numbers(*names: str) -> Columns:
    return [(name, "number") for name in names]


def _states(report: Report) -> Markup:
    counts = report.states
    tiles = [
        tag(
            "div",
            tag("dt", state),
            tag("dd", f"{counts[state]:,}", class_=_KIND_OF[state] if counts[state] else "quiet"),
            tag("dd", f"{counts[state] / report.rows:.1%}" if report.rows else "–"),
        )
        for state in STATES
    ]
    return _section("states", "What became of the rows", tag("dl", *tiles, class_="tiles"))


def _reasons(report: Report) -> Markup:
    rows = [
        [
            _number(reason.rows),
            _Cell(reason.state, _KIND_OF[reason.state]),
            _Cell(reason.code),
            _Cell(reason.field),
            _Cell(reason.fix, "text"),
        ]
        for reason in report.reasons
        if reason.state != "updated"
    ]
    if not rows:
        return _section("reasons", "Reasons", tag("p", "Every row was updated."))
    columns = [*_numbers("Rows"), *_texts("State", "Code", "Field", "Fix")]
    return _section("reasons", "Reasons", _table("Rows that were not updated.", columns, rows, "Reasons"))


def _throughput(time: Timeline) -> Markup:
    legend = [
        tag("span", "■ ", tag("span", ", ".join(states)), class_=kind) for kind, states in KINDS.items()
    ]
    axis = tag("div", tag("span", "0 s"), tag("span", f"{time.seconds:,.1f} s"), class_="axis")
    top = tag("div", tag("span", f"{peak(time):,.0f} rows a second"), class_="axis")
    said = "Rows by the time at which it was written down what became of them; sessions end to end."
    figure = tag("figure", top, bars(time), axis, tag("figcaption", *legend))
    return _section("throughput", "Throughput", figure, tag("p", said, class_="quiet"))


def _calls(calls: list[SlowCall]) -> Markup:
    rows = [
        [
            _number(call.took, 3),
            _Cell(_moment(call.left_at)),
            _number(call.rows),
            _Cell(f"{call.first:,}–{call.last:,}"),
            _Cell(call.states),
            _Cell(call.codes),
        ]
        for call in calls
    ]
    columns = [
        *_numbers("Seconds"),
        *_texts("Left"),
        *_numbers("Rows"),
        *_texts("Between rows", "States", "Codes"),
    ]
    return _section(
        "calls", "Slowest calls", _table("The last call of each row.", columns, rows, "Slowest calls")
    )


def _forecast(report: Report) -> Markup:
    rows = [
        [
            _Cell("Forecast"),
            _number(report.forecast_calls),
            _number(report.forecast_credits),
        ],
        [_Cell("Actual"), _number(report.calls), _number(report.credits)],
    ]
    columns = [*_texts(""), *_numbers("Calls", "Credits (assumed)")]
    return _section("forecast", "Forecast", _table("Of the whole run.", columns, rows, "Forecast"))


def _sessions(sessions: list[Session], *, messages: bool) -> Markup:
    rows = [
        [
            _number(number),
            _Cell(_moment(session.started)),
            _number(session.seconds, 1),
            _number(session.calls),
            _number(session.credits),
            _number(session.retries),
            _Cell(_ending(session, messages=messages), "text"),
        ]
        for number, session in enumerate(sessions, 1)
    ]
    numbers = _numbers("Seconds", "Calls", "Credits", "Retries")
    columns = [*_numbers("Session"), *_texts("Began"), *numbers, *_texts("Ended")]
    return _section("sessions", "Sessions", _table("Each time it was sent.", columns, rows, "Sessions"))


def _ending(session: Session, *, messages: bool) -> str:
    """How a session ended; the message of an error only where it can not hold a value, unless asked for."""
    ending = session.ending
    if session.ended is None:
        return "killed, or not ended yet"
    error = ending.get("error") or {}
    told = messages or error.get("type") in _OWN_FAULTS
    said = [
        "interrupted" if ending.get("interrupted") else None,
        ending.get("stop_rule"),
        error.get("code"),
        error.get("message") if told else None,
        error.get("fix"),
    ]
    return " · ".join(str(part) for part in said if part) or "by itself"


def _rows(table: Table, rows: Iterable[tuple[Line, Span]]) -> Markup:
    shown = list(islice(((line, span) for line, span in rows if span.state in CORRECTED), _MOST_ROWS))
    names = ("Id", "State", "Code", "Message", "Details")
    held = [f"{name} in the file" for name in table.header] or ["As the file has it"]
    columns = [*_numbers("Row"), *_texts(*names, *held)]
    cells = [
        [
            _Cell(line.number, "number"),
            _Cell(line.id),
            _Cell(span.state, _KIND_OF[span.state]),
            _Cell(span.code),
            _Cell(span.message, "text"),
            _Cell(span.details, "text"),
            *_held(line),
        ]
        for line, span in shown
    ]
    caption = f"The first {_MOST_ROWS} rows that were rejected, are in conflict or unknown."
    return _section("rows", "Rows to look at", _table(caption, columns, cells, "Rows to look at"))


def _held(line: Line) -> Iterator[_Cell]:
    if isinstance(line.held, list):
        yield from map(_Cell, line.held)
    else:
        yield _Cell(json.dumps(line.held, ensure_ascii=False, default=str), "text")


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}"
