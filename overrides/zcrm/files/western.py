"""Whether bytes that are not UTF-8 are Western European text: cp1252, as Excel writes it there."""

import re
from collections.abc import Iterator

__all__ = ["WESTERN", "likelier"]

WESTERN = "cp1252"
_WORD = re.compile(r'[^\s,;|"]*[^\x00-\x7f\s,;|"][^\s,;|"]*')
_BYTES = re.compile(rb'[^\s,;|"]*[\x80-\xff][^\s,;|"]*')
_ALIEN = re.compile(r"[^\W\d_\x00-\x7f]{3}|\b[^\W\d_\x00-\x7f]{2,}\b")
_WITHIN_WORDS = "’·–—\u00ad"
_NOT_BEFORE_LETTERS = "ƒ£¥¤¦¹³ªºˆˇ˘˙˛˝¸¨¯´"
_NOT_AFTER_LETTERS = "‚„ƒˆ"
_NOISE = 0.1
"""Which share of misread words proves nothing."""
_GUESSWORK = 0.015
"""How sure chardet may be of what is nothing but chance in a word or two."""
_LATIN = {"cp1250": 1.5, "cp1254": 1.0, "cp1257": 2.5}
"""Encodings of other Latin alphabets, and how much likelier than cp1252 one must be."""


def likelier(sample: bytes) -> str | None:
    """Return what the text is rather than cp1252: an encoding, an empty text for none that is known, or None.

    Text in another alphabet, or of another system's encoding, betrays itself in cp1252 by letters that stand
    only beside their like, and by signs and capitals inside of words.
    """
    from chardet import EncodingEra, detect_all

    sample = b" ".join(_BYTES.findall(sample))
    found = {
        (each["encoding"] or "").lower().replace("windows-", "cp"): each["confidence"]
        for each in detect_all(sample, ignore_threshold=True, encoding_era=EncodingEra.MODERN_WEB)
    }
    text = _decoded(sample, WESTERN)
    if text is None or _share(text, alien=True) > _NOISE:
        return next((name for name in found if name != WESTERN and _fits(sample, name)), "")
    western = max(found.get(WESTERN, 0.0), _GUESSWORK)
    for name, times in _LATIN.items():
        if found.get(name, 0.0) > times * western and _decoded(sample, name) != text and _fits(sample, name):
            return name
    return None


def _fits(sample: bytes, encoding: str) -> bool:
    text = _decoded(sample, encoding)
    return text is not None and _share(text) <= _NOISE


def _decoded(sample: bytes, encoding: str) -> str | None:
    try:
        return sample.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        return None


def _share(text: str, *, alien: bool = False) -> float:
    """Which share of the words that are not ASCII is misread; alien: count those in another alphabet, too."""
    words = _WORD.findall(text)
    misread = [word for word in words if any(_misread(word)) or (alien and _ALIEN.search(word))]
    return len(misread) / max(1, len(words))


def _misread(word: str) -> Iterator[bool]:
    """Capitals amid small letters, signs inside of words, and signs that begin or end none."""
    for before, char, after in zip(f" {word}", word, f"{word[1:]} ", strict=False):
        if char.isascii():
            continue
        yield char.isupper() and before.isalpha() and (before.islower() or after.islower())
        yield after.isalpha() and char in _NOT_BEFORE_LETTERS
        yield before.isalpha() and char in _NOT_AFTER_LETTERS
        inside = before.isalpha() and after.isalpha()
        yield inside and not char.isalpha() and char not in _WITHIN_WORDS
