"""Field metadata of four modules, as Zoho answers them."""

import json
from pathlib import Path
from typing import Any

import pytest

DEALS = json.loads((Path(__file__).parents[1] / "data/fields-deals.json").read_text(encoding="utf-8"))
JSON_TYPES = {
    "integer": "integer", "currency": "double", "double": "double", "percent": "double", "boolean": "boolean",
    "multiselectpicklist": "jsonarray", "lookup": "jsonobject", "ownerlookup": "jsonobject",
    "subform": "jsonarray",
}  # fmt: skip


def field(api_name: str, data_type: str, label: str | None = None, **more: Any) -> dict[str, Any]:
    """A field object with the keys that matter."""
    options = more.pop("options", ())
    writable = more.pop("api_update", True)
    return {
        "api_name": api_name,
        "field_label": label or api_name.replace("_", " "),
        "display_label": label or api_name.replace("_", " "),
        "data_type": data_type,
        "json_type": JSON_TYPES.get(data_type, "string"),
        "operation_type": {"api_create": writable, "api_update": writable},
        "mass_update": True,
        "type": "used",
        "visible": True,
        "pick_list_values": [
            {"display_value": each, "actual_value": each, "reference_value": each, "type": "used"}
            for each in options
        ],
        **more,
    }


MODULES = {
    "Deals": DEALS["fields"],
    "Leads": [
        field("Last_Name", "text", length=80, system_mandatory=True),
        field("Email", "email", length=100, unique={"case_sensitive": False}),
        field("No_of_Employees", "integer", "No. of Employees", length=9),
        field("Annual_Revenue", "currency", length=16, decimal_place=2),
        field("Lead_Status", "picklist", options=["Contacted", "Not Contacted"]),
        field("Email_Opt_Out", "boolean"),
        field("Owner", "ownerlookup", "Lead Owner", field_read_only=True),
        field("Created_Time", "datetime", api_update=False),
    ],
    "Products": [
        field("Product_Name", "text", "Name of the product", length=200, system_mandatory=True),
        field("Unit_Price", "currency", length=16),
        field("Qty_in_Stock", "double", length=16),
        field("Product_Active", "boolean"),
        field("Sales_Start_Date", "date"),
        field("Tax", "multiselectpicklist", options=["Sales Tax", "Vat"]),
        field("Barcode", "bigint", length=18),
        field("Description", "textarea", length=2000),
    ],
    "Visits": [
        field("Name", "text", "Visit Name", length=120, system_mandatory=True),
        field("Begins", "datetime", "When it begins"),
        field("Rating", "percent", length=5),
        field("Place", "lookup", lookup={"module": {"api_name": "Accounts"}}),
        field("Homepage", "website", length=450),
        field("Phone", "phone", length=30),
        field("Score", "formula", api_update=False, read_only=True, formula={"return_type": "double"}),
        field("Steps", "subform", api_update=False, subform={"module": "Steps"}),
    ],
}


@pytest.fixture
def modules() -> dict[str, list[dict[str, Any]]]:
    return MODULES
