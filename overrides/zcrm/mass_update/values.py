"""What a mass update may set, as far as that is known before anything is sent.

From Zoho's Mass Update page (v7): three fields in Deals and one elsewhere; no email, lookup, layout or
multi-line fields, no line items. A field is known by the form of its value, or by its name where that is
Zoho's own; about all others the server decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zcrm_api.limits import MASS_UPDATE_FIELDS, MASS_UPDATE_FIELDS_DEALS

from ..engine.runtime import AnyRuntime
from ..errors import UsageError
from ..rows.encoding import encode_row
from ..rows.options import FieldChecks, Row, known_fields
from ..rows.values import BadValue, wire_row

__all__ = ["check_fields", "most_fields", "wire_values"]

_LOOKUP, _EMAIL, _LAYOUT = "a lookup", "an email field", "the layout"
_LINES, _ITEMS = "a multi-line field", "line items, or another list of objects"
_ANY_MODULE = {"Owner": _LOOKUP, "Created_By": _LOOKUP, "Modified_By": _LOOKUP, "Layout": _LAYOUT}
_PEOPLE = ("Leads", "Contacts")
_SALES = ("Quotes", "Sales_Orders", "Purchase_Orders", "Invoices")
_DESCRIBED = (
    *(*_PEOPLE, *_SALES, "Accounts", "Deals", "Campaigns", "Activities", "Tasks", "Calls", "Events"),
    *("Products", "Vendors", "Price_Books"),
)
_OF_MODULE = {
    **{(module, "Email"): _EMAIL for module in (*_PEOPLE, "Vendors")},
    **{(module, "Secondary_Email"): _EMAIL for module in _PEOPLE},
    **{(module, "Description"): _LINES for module in _DESCRIBED},
    **{(module, "Terms_and_Conditions"): _LINES for module in _SALES},
}
_BY_ROW = "Update the records row by row."
_OWNER = (
    "Zoho changes owners by calls of its own: POST /crm/{version}/{module}/actions/change_owner by ids, "
    "…/actions/mass_change_owner for a view; or update the records row by row, with Owner.id."
)


def most_fields(module: str) -> int:
    """How many fields one mass update of this module sets at the most."""
    return MASS_UPDATE_FIELDS_DEALS if module == "Deals" else MASS_UPDATE_FIELDS


def wire_values(module: str, values: Row) -> dict[str, Any]:
    """The values as they are sent; raises UsageError for what can't be set, all of it at once."""
    if not isinstance(values, Mapping):
        raise UsageError(f"The values are a mapping of fields, not {type(values).__name__}")
    most = most_fields(module)
    if not 0 < len(values) <= most:
        raise UsageError(
            f"A mass update of {module} sets 1 to {most} fields, not {len(values)}",
            fix=f"{'Set one field in each' if values else 'Give a field and its value'}; in Deals, up to "
            f"{MASS_UPDATE_FIELDS_DEALS}.",
        )
    try:
        wire = wire_row(values)
        encode_row(wire)
    except BadValue as error:
        raise UsageError(f"{error.path}: {error.message}") from None
    if refused := list(_refused(module, wire)):
        fields = ", ".join(refused)
        fix = _OWNER if "Owner" in wire else _BY_ROW
        raise UsageError(f"No mass update takes these fields: {fields}", fix=fix)
    return wire


def check_fields(
    runtime: AnyRuntime, module: str, wire: Mapping[str, Any], fields: FieldChecks | None
) -> None:
    """Raise UsageError for values of which the module's metadata say that no mass update can set them."""
    if (known := known_fields(fields)) is not None:
        known.check_place(module, runtime.environment)
        known.check_mass_update(module, wire)


def _refused(module: str, wire: Mapping[str, Any]) -> Iterator[str]:
    for name, value in wire.items():
        if name == "id":
            yield "id (the records are named apart from the values)"
        elif kind := _ANY_MODULE.get(name) or _OF_MODULE.get((module, name)) or _kind(value):
            yield f"{name} ({kind})"


def _kind(value: Any) -> str | None:
    """What kind of field it must be that takes such a value, if that is one of those forbidden."""
    if isinstance(value, dict):
        return _LOOKUP
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return _ITEMS
    return None
