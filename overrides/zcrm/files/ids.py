"""Record ids as files have them: taken out of their wrappings, and checked before anything is sent.

Ids have up to 19 digits. A spreadsheet keeps 15 of them and a floating-point number about 17: an id that went
through one comes out in exponent form, or as the id of another record, with zeros for its last digits.
"""

import re
from math import log2, ulp

from zcrm.files.choices import Duplicates
from zcrm.files.problems import CellError, quoted

__all__ = ["IdCheck", "bare_id", "lookup_id"]

_ID = re.compile(r"[0-9]{15,19}")
_DIGITS = re.compile(r"[0-9]{1,19}")
_FORMULA = re.compile(r'="?([^"]*)"?')
_NOT_WHOLE = re.compile(r"[+-]?[0-9]+([.,][0-9]*)?([eE][+-]?[0-9]+)?")
_EXPORT_PREFIX = "zcrm_"
_KEPT_DIGITS = 15
_EVIDENCE_BITS = 8
_RESTORE = "export the ids again, and keep their column as Text when a spreadsheet opens the file"
_WRITE_TEXT = 'export them again, as text: "id": "554023000000235011"'
_ONLY_IDS = (
    "each row needs the record's id, 15 to 19 digits, in the id column; remove rows that are no records"
)


def bare_id(text: str) -> str:
    """Return the id without what exports and spreadsheets put around it: blanks, `="…"`, `'`, `zcrm_`."""
    text = text.strip()
    if text.startswith("=") and (formula := _FORMULA.fullmatch(text)):
        text = formula[1].strip()
    return text.removeprefix("'").strip().removeprefix(_EXPORT_PREFIX)


def lookup_id(text: str) -> str:
    """Return the id of a lookup, bare; raises CellError for what is none."""
    bare = bare_id(text)
    if not _DIGITS.fullmatch(bare):
        raise _no_id(bare, text, "give the id of the other record, not its name")
    return bare


class IdCheck:
    """Takes the id of every row, in order; `finish` tells what only the whole file can."""

    def __init__(self, duplicates: Duplicates = Duplicates.REFUSE) -> None:
        self._duplicates = duplicates
        self._first: dict[int, int] = {}
        self._repeated: tuple[str, int, int] | None = None
        self._rounding = Rounding()
        self.repeats = 0
        self.missing = 0

    def add(self, row: int, value: object) -> None:
        """Take the id of a row; None or nothing is a row without one, which is not an error here.

        Raises CellError for an id that a spreadsheet or a float has damaged, or that is no id at all.
        """
        text = _text(value)
        if not text:
            self.missing += 1
            return
        if not _ID.fullmatch(text):
            raise _no_id(text, text, _ONLY_IDS)
        first = self._first.setdefault(int(text), row)
        if first == row:
            self._rounding.add(text)
            return
        if len(text) > _KEPT_DIGITS and text.endswith("0000"):
            raise CellError(
                f"rows {first} and {row} share the id {text!r}, which ends in 0000: "
                "a spreadsheet has probably cut its last digits",
                _RESTORE,
                "id",
                text,
            )
        self.repeats += 1
        self._repeated = self._repeated or (text, first, row)

    def finish(self) -> None:
        """Raise CellError when the ids look rounded, or when rows share an id and that is refused."""
        self._rounding.finish()
        if self._repeated is None or self._duplicates is Duplicates.ALLOW:
            return
        text, first, row = self._repeated
        more = f" ({self.repeats} rows repeat an id)" if self.repeats > 1 else ""
        raise CellError(
            f"rows {first} and {row} have the same id {text!r}{more}",
            "keep one row for each record, or say --duplicates allow to send all of them in order",
            "id",
            text,
        )


class Rounding:
    """Whether ids have lost their last digits: that of one proves nothing, that of all of them does.

    Each form that rounding leaves is looked for in all ids; an id has it by chance once in so many, and the
    chances of all ids together must be small.
    """

    def __init__(self) -> None:
        self._ids = 0
        self._bits = {"zeros": 0.0, "cut": 0.0, "shortest": 0.0, "exact": 0.0}

    def add(self, text: str) -> None:
        """Take an id that is not among those taken."""
        self._ids += 1
        if not self._bits:
            return
        number = int(text)
        spacing = log2(ulp(float(number)))
        cut = max(0, len(text) - _KEPT_DIGITS)
        found = {
            "zeros": (text.endswith("0000"), 13.0),
            "cut": (number % 10**cut == 0, cut * log2(10)),
            "shortest": (_shortest(number) == number, spacing),
            "exact": (int(float(number)) == number, spacing),
        }
        self._bits = {form: bits + found[form][1] for form, bits in self._bits.items() if found[form][0]}

    def finish(self) -> None:
        """Raise CellError when two or more ids have all been rounded in the same way."""
        forms = [form for form, bits in self._bits.items() if bits >= _EVIDENCE_BITS]
        if self._ids < 2 or not forms:
            return
        if forms[0] in ("zeros", "cut"):
            raise CellError(
                f"all {self._ids:,} ids end in zeros: a spreadsheet has cut their last digits", _RESTORE, "id"
            )
        raise CellError(
            f"all {self._ids:,} ids are such as floating-point numbers give: "
            "a program kept them as numbers and rounded their last digits",
            _WRITE_TEXT,
            "id",
        )


def _shortest(number: int) -> int:
    """The number as JavaScript and others write it: the digits that tell the double apart, then zeros."""
    mantissa, _, exponent = f"{float(number)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    if not exponent:
        return int(whole)
    digits = whole + fraction.rstrip("0")
    return int(digits + "0" * (int(exponent) - len(digits) + len(whole)))


def _no_id(bare: str, held: str, fix: str) -> CellError:
    if _NOT_WHOLE.fullmatch(bare) and not bare.isdigit():
        return CellError(
            f"the id {quoted(bare)} is damaged: a spreadsheet or a float has cut its digits",
            _RESTORE,
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
    raise CellError("an id is text or a whole number", 'write it like "id": "554023000000235011"', "id")
