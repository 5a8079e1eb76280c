"""Rows over time as bars, in SVG."""

from __future__ import annotations

from collections.abc import Iterator

from .markup import Markup, tag
from .timeline import Slot, Timeline

__all__ = ["KINDS", "bars", "peak"]

KINDS = {
    "good": ("updated", "skipped"),
    "bad": ("rejected", "conflict"),
    "warn": ("unknown", "unsent"),
}
"""The states that share a colour."""
_WIDTH, _HEIGHT, _GAP, _LEAST = 600.0, 160.0, 0.1, 2.0


def peak(time: Timeline) -> float:
    """The most rows a second there were."""
    return max((slot.rows.total() / time.width for slot in time.slots), default=0.0)


def bars(time: Timeline) -> Markup:
    """A bar for each slot, as high as its rows are many; few are seen, too."""
    most = max((slot.rows.total() for slot in time.slots), default=0) or 1
    wide = _WIDTH / max(len(time.slots), 1)
    said = f"Rows a second over {time.seconds:,.1f} seconds; at most {peak(time):,.0f}"
    return tag(
        "svg",
        *(_bar(slot, number * wide, wide, most, time.width) for number, slot in enumerate(time.slots)),
        viewBox=f"0 0 {_WIDTH:g} {_HEIGHT:g}",
        preserveAspectRatio="none",
        role="img",
        aria_label=said,
    )


def _bar(slot: Slot, left: float, wide: float, most: int, width: float) -> Markup:
    counts = ", ".join(f"{rows:,} {state}" for state, rows in slot.rows.items())
    title = f"{slot.starts:,.1f}–{slot.starts + width:,.1f} s: {counts or 'no rows'}"
    return tag("g", tag("title", title), *_parts(slot, left + wide * _GAP / 2, wide * (1 - _GAP), most))


def _parts(slot: Slot, left: float, wide: float, most: int) -> Iterator[Markup]:
    base = _HEIGHT
    for kind, states in KINDS.items():
        rows = sum(slot.rows[state] for state in states)
        if rows:
            high = max(rows / most * _HEIGHT, _LEAST)
            base -= high
            yield tag(
                "rect",
                x=f"{left:.2f}",
                y=f"{base:.2f}",
                width=f"{wide:.2f}",
                height=f"{high:.2f}",
                class_=kind,
            )
