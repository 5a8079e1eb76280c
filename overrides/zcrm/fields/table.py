"""What is found of a row by its module's metadata, and whether Zoho surely refuses it: each with its ground.

Metadata is one moment of one org, as one user saw it. What holds for every layout, profile and user refuses a
row; what the server alone decides is told, and sent. Where no page says how Zoho answers, the code is that of
the like: INVALID_DATA.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

_UPDATE = "Update Records, Possible Errors"
_ATTRIBUTES = "Update Records, Sample Attributes"
_METADATA = "Field Metadata"


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of finding.

    refuses: whether the row is kept from being sent. code: what Zoho answers, where it refuses. ground: the
    page that says so, or what makes it the server's to say.
    """

    name: str
    refuses: bool
    ground: str
    code: str = "INVALID_DATA"


class Problem(NamedTuple):
    """What is wrong with a value, and what to do about it."""

    rule: Rule
    said: str
    fix: str


def _refuse(name: str, ground: str, code: str = "INVALID_DATA") -> Rule:
    return Rule(name, True, ground, code)


def _warn(name: str, ground: str) -> Rule:
    return Rule(name, False, ground)


TYPE = _refuse("type", f"{_ATTRIBUTES}: each data_type is one kind of JSON; {_UPDATE}: expected_data_type")
UNKNOWN = _refuse("unknown field", f"{_UPDATE}: the field api name given seems to be invalid")
NOT_WRITABLE = _refuse("not writable", f"{_METADATA}: operation_type.api_update; formulas and their kin")
TOO_LONG = _refuse("too long", f"{_METADATA}: length; {_UPDATE}: maximum_length")
TOO_MANY_DIGITS = _refuse("too many digits", f"{_METADATA}: length of integer and bigint")
EMPTY = _refuse("empty", f"{_METADATA}: system_mandatory; {_UPDATE}", "MANDATORY_NOT_FOUND")
NOT_MASS_UPDATABLE = _refuse("no mass update", f"{_METADATA}: mass_update; Mass Update, its exclusions")

NO_OPTION = _warn("no option", "the update page lets one add an option; layouts have options of their own")
UNUSED_OPTION = _warn("unused option", "whether Zoho takes an option out of use is not documented")
OTHER_NAME = _warn("other name of an option", "pages disagree which of an option's three values is sent")
OTHER_CASE = _warn("option in another case", "whether Zoho compares the case is not documented")
READ_ONLY = _warn("read-only", f"{_METADATA}: read_only is said of the user who asked")
HIDDEN = _warn("hidden", f"{_METADATA}: visible is said of the user who asked")
UNUSED = _warn("unused field", f"{_METADATA}: type=unused, a layout's matter")
RESTRICTED = _warn("restricted", "encrypted, masked and HIPAA fields: what was read may be no value")
DECIMALS = _warn("decimals", f"{_METADATA}: decimal_place; whether more are rounded is not documented")
WHOLE_DIGITS = _warn("digits before the point", f"{_METADATA}: length of currency, double, percent")
PERCENT = _warn("percent", "above 100 and up to 1 are allowed, and seldom meant: sheets hold 25 % as 0.25")
ADDRESS = _warn("address", "Zoho's patterns of e-mail and web addresses are its own")
UTF_16 = _warn("length in UTF-16", "whether Zoho counts characters or UTF-16 units is not documented")
EMPTY_TEXT = _warn("empty text", "whether an empty text clears a field is not documented")
LAYOUT = _warn("layout", "Update Records: fields outside the layout given are left alone without a word")
UNKNOWN_TYPE = _warn("unknown type", "data types appear without notice")
TWICE = _warn("twice", f"{_UPDATE}: DUPLICATE_DATA, which depends on the order of the rows")

RULES = tuple(value for value in globals().values() if isinstance(value, Rule))
