"""What a person gets to see of a text that a file, a server or a name contributes."""

import json
import re

__all__ = ["escaped", "hides", "shown"]

_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def hides(text: str) -> bool:
    """Tell whether the text has a character that steers a terminal, or turns the writing, or can't be seen.

    These are control characters (C0, DEL, C1), separators of lines and paragraphs, what steers the direction
    of writing, surrogates, and invisible ones but for the joiners in Persian, Hindi and emoji.
    """
    return _HIDDEN.search(text) is not None


def shown(text: str) -> str:
    r"""Return the text as one line with each such character escaped: `\n`, `\x1b`, `\u202e`."""
    return _HIDDEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def escaped(text: str) -> str:
    """Return JSON text of the same value, with each such character in a string as JSON escapes it."""
    return _HIDDEN.sub(lambda found: json.dumps(found[0])[1:-1], text)
