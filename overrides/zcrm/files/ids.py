"""Record ids as files have them: taken out of their wrappings, and checked before anything is sent.

Ids have up to 19 digits. A spreadsheet keeps 15 of them and a floating-point number about 17: an id that went
through one comes out in exponent form, or as the id of another record, with zeros for its last digits.
"""

import re
from math import log2, ulp

from zcrm.files.problems import CellError, quoted
from zcrm.rows.scalars import is_whole

__all__ = ["KEPT_DIGITS", "RESTORE", "Rounding", "bare_id", "lookup_id", "record_id"]

_ID = re.compile(r"[0-9]{15,19}")
_DIGITS = re.compile(r"[0-9]{1,19}")
_FORMULA = re.compile(r'="?([^"]*)"?')
_NOT_WHOLE = re.compile(r"[+-]?[0-9]+([.,][0-9]*)?([eE][+-]?[0-9]+)?")
_EXPORT_PREFIX = "zcrm_"
KEPT_DIGITS = 15
_EVIDENCE_BITS = 8
_KEPT_IDS = 1000
RESTORE = "export the ids again, and keep their column as Text when a spreadsheet opens the file"
_WRITE_TEXT = 'export them again, as text: "id": "554023000000235011"'
_ONLY_IDS = (
    "each row needs the record's id, 15 to 19 digits, in the id column; remove rows that are no records"
)


def bare_id(text: str) -> str:
    """Return the id without what exports and spreadsheets put around it: blanks, `="…"`, `'`, `zcrm_`."""
    text = text.strip()
    if text.isdigit():
        return text
    if text.startswith("=") and (formula := _FORMULA.fullmatch(text)):
        text = formula[1].strip()
    return text.removeprefix("'").strip().removeprefix(_EXPORT_PREFIX)


def lookup_id(text: str) -> str:
    """Return the id of a lookup, bare; raises CellError for what is none."""
    bare = bare_id(text)
    if not _DIGITS.fullmatch(bare):
        raise _no_id(bare, text, "give the id of the other record, not its name")
    return bare


def record_id(value: object) -> str:
    """Return the id of a row as text, empty where there is none; raises CellError for what can be none."""
    text = value.strip() if type(value) is str else _text(value)
    if text and not _ID.fullmatch(text):
        raise _no_id(text, text, _ONLY_IDS)
    return text


class Rounding:
    """Whether ids have lost their last digits: that of one proves nothing, that of all of them does.

    Each form that rounding leaves is looked for in all ids; an id has it by chance once in so many, and the
    chances of all ids together must be small.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._bits = {"zeros": 0.0, "cut": 0.0, "shortest": 0.0, "exact": 0.0}

    def add(self, text: str) -> None:
        """Take an id; a repeated one or what is none tells nothing, and many tell no more than a thousand."""
        if not self._bits or text in self._ids or not _ID.fullmatch(text):
            return
        if len(self._ids) < _KEPT_IDS:
            self._ids.add(text)
        number = int(text)
        spacing = log2(ulp(float(number)))
        cut = max(0, len(text) - KEPT_DIGITS)
        found = {
            "zeros": (text.endswith("0000"), 13.0),
            "cut": (number % 10**cut == 0, cut * log2(10)),
            "shortest": (_shortest(number) == number, spacing),
            "exact": (int(float(number)) == number, spacing),
        }
        self._bits = {form: bits + found[form][1] for form, bits in self._bits.items() if found[form][0]}

    @property
    def is_ruled_out(self) -> bool:
        """Whether no further id can tell of a rounding."""
        return not self._bits

    def finish(self, column: str = "id") -> None:
        """Raise CellError when two or more ids have all been rounded in the same way."""
        forms = [form for form, bits in self._bits.items() if bits >= _EVIDENCE_BITS]
        if len(self._ids) < 2 or not forms:
            return
        if forms[0] in ("zeros", "cut"):
            raise CellError("all ids end in zeros: a spreadsheet has cut their last digits", RESTORE, column)
        raise CellError(
            "all ids are such as floating-point numbers give: "
            "a program kept them as numbers and rounded their last digits",
            _WRITE_TEXT,
            column,
        )


def _shortest(number: int) -> int:
    """The number as JavaScript and others write it: the digits that tell the double apart, then zeros."""
    mantissa, _, exponent = f"{float(number)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    if not exponent:
        return int(whole)
    digits = whole + fraction
    return int(digits + "0" * (int(exponent) - len(digits) + len(whole)))


def _no_id(bare: str, held: str, fix: str) -> CellError:
    if _NOT_WHOLE.fullmatch(bare) and not bare.isdigit():
        return CellError(
            f"the id {quoted(bare)} is damaged: a spreadsheet or a float has cut its digits",
            RESTORE,
            "id",
            held,
        )
    return CellError(f"{quoted(bare)} is no record id", fix, "id", held)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if is_whole(value):
        return format(value, "f")
    raise CellError("an id is text or a whole number", 'write it like "id": "554023000000235011"', "id")
