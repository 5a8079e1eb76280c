"""HTML by its elements: whatever is not one is text, and escaped."""

from __future__ import annotations

from html import escape

from ..files.shown import shown

__all__ = ["Markup", "tag", "text"]

_VOID = {"meta"}


class Markup(str):
    """HTML as it is to stand in a page."""

    __slots__ = ()


def text(value: object) -> Markup:
    """The value as text that is neither markup nor steers what is around it."""
    return Markup(escape(shown(str(value))))


def tag(name: str, /, *children: object, **attributes: object) -> Markup:
    """An element. Attributes that are None are left out; `class_` stands for class, `a_b` for a-b."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(child if isinstance(child, Markup) else text(child) for child in children)
    return Markup(f"<{name}{said}>" if name in _VOID else f"<{name}{said}>{inner}</{name}>")
