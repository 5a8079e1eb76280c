"""Rows as Python code: what is written, the same every time, and what a type checker makes of it.

Runs where the generator is, as in `nox -s types`.
"""

import ast
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from zcrm.errors import UsageError
from zcrm.fields import Fields
from zcrm.fields import code as code_module
from zcrm.fields.code import code
from zcrm.fields.schema import class_name, document_of

DOCUMENT = json.loads((Path(__file__).parents[1] / "data/fields-deals.json").read_text(encoding="utf-8"))
needs_generator = pytest.mark.skipif(
    any(find_spec(tool) is None for tool in ("datamodel_code_generator", "ruff")),
    reason="the generator (extra types) is not installed; run `nox -s types`",
)
HOSTILE = [
    {"api_name": "A", "data_type": "text", "field_label": 'x"""\nimport os\nos.abort()\n"""'},
    {
        "api_name": "B",
        "data_type": "text",
        "field_label": 'back\\ \\N{x} \\u12 \x00 {{ x }} ends in a quote"',
    },
    {
        "api_name": "C",
        "data_type": "picklist",
        "pick_list_values": [{"display_value": text} for text in ('a"b', "a'b", "a\nb", "\\", '"""', "é")],
    },
]
NAMES = ["class", "None", "schema", "str", "list", "date", "Reference", "Any", "Literal", "model_config"]

RIGHT = """
from collections.abc import Iterator

from rows import DealsRow, Reference
from zcrm import ZohoCRM

owner: Reference = {"id": "554023000000235011"}


def rows() -> Iterator[DealsRow]:
    yield {"id": "1", "Stage": "Won", "Amount": 5, "Owner": owner, "Sales_Regions": ["North", "Islands"]}
    yield {"id": "2", "Account_Name": None, "Auto_Renewal": True, "Meter_Serial": 12, "Go_Live": None}


def main(crm: ZohoCRM) -> None:
    crm.records.update_all("Deals", rows(), triggers=())
"""
WRONG = {
    '{"id": "1", "Stage": "Gone"}': "Stage",
    '{"id": "1", "Stage": None}': "Stage",
    '{"id": "1", "Sales_Regions": ["West"]}': "List item",
    '{"id": "1", "Owner": "554023000000235011"}': "Owner",
    '{"id": "1", "Owner": {"name": "x"}}': "Owner",
    '{"id": "1", "Seats": "5"}': "Seats",
    '{"id": "1", "Margin": 1.0}': "Extra key",
    '{"Stage": "Won"}': "Missing key",
}


@pytest.fixture(scope="module")
def deals():
    return Fields.from_api("Deals", DOCUMENT["fields"])


@pytest.fixture(scope="module")
def texts(deals):
    """What is written of deals, by whether it is for pydantic."""
    return {pydantic: code(deals, pydantic=pydantic) for pydantic in (False, True)}


def module_of(text):
    """The text as a module that was imported."""
    module = sys.modules["rows_of_a_test"] = ModuleType("rows_of_a_test")
    exec(compile(text, "rows.py", "exec"), module.__dict__)
    return module


def test_the_schema_has_what_can_be_written_and_nothing_else(deals):
    row = document_of(list(deals.values()))["components"]["schemas"]["DealsRow"]
    properties = row["properties"]
    assert {"Margin", "Open_Tasks", "Deal_Number", "Created_By", "Modified_Time"}.isdisjoint(properties)
    assert {"Milestones", "Tag", "Owner", "Layout"} <= properties.keys()
    assert properties["Deal_Name"] == {"type": "string", "maxLength": 120, "description": "Opportunity Name"}
    assert properties["Contract_No"]["type"] == ["string", "null"]
    assert properties["Sales_Regions"]["items"]["enum"] == ["North", "South", "Islands"]
    assert "-None-" not in properties["Lead_Source"]["anyOf"][0]["enum"]


def test_options_out_of_use_are_left_out():
    options = [{"display_value": "a"}, {"display_value": "b", "type": "unused"}, {"display_value": "a"}]
    raw = [{"api_name": "A", "data_type": "picklist", "system_mandatory": True, "pick_list_values": options}]
    fields = Fields.from_api("Deals", raw)
    row = document_of(list(fields.values()))["components"]["schemas"]["DealsRow"]
    assert row["properties"]["A"]["enum"] == ["a"]


@pytest.mark.parametrize(
    ("module", "name"),
    [("Deals", "DealsRow"), ("Price_Books", "PriceBooksRow"), ("Appointments__s", "AppointmentsRow")],
)
def test_names_of_rows(module, name):
    assert class_name(module) == name


def test_without_the_generator_its_extra_is_named(deals, monkeypatch):
    monkeypatch.setattr(code_module, "find_spec", lambda name: None)
    with pytest.raises(UsageError) as caught:
        code(deals)
    assert caught.value.fix == 'pip install "zcrm[types]"'


@needs_generator
def test_rows_that_would_have_one_name():
    fields = Fields.from_api("Price_Books", []) | Fields.from_api("PriceBooks", [])
    with pytest.raises(UsageError, match="same name"):
        code(fields)


@needs_generator
@pytest.mark.parametrize("pydantic", [False, True])
def test_the_same_fields_give_the_same_text_wherever_they_are_written(texts, tmp_path, monkeypatch, pydantic):
    """Settings that lie around are not looked at, nor does the order of the fields matter."""
    text = texts[pydantic]
    (tmp_path / "pyproject.toml").write_text(
        "[tool.ruff]\nline-length = 20\n[tool.datamodel-codegen]\nsnake-case-field = true\n"
    )
    monkeypatch.chdir(tmp_path)
    again = Fields.from_api("Deals", DOCUMENT["fields"][::-1])
    assert code(again, pydantic=pydantic) == text
    assert text.startswith("# Written by `zcrm fields types` for Deals; do not edit.\n")


@needs_generator
def test_labels_stand_beside_the_keys(texts):
    (row,) = (each for each in ast.parse(texts[False]).body if getattr(each, "name", "") == "DealsRow")
    said = {
        each.target.id: row.body[place + 1].value.value.strip()
        for place, each in enumerate(row.body)
        if isinstance(each, ast.AnnAssign)
    }
    assert (said["Deal_Name"], said["Sales_Regions"], said["Region1"]) == (
        "Opportunity Name",
        "Region",
        "Region",
    )


@needs_generator
@pytest.mark.parametrize("pydantic", [False, True])
def test_texts_of_the_server_are_no_code(pydantic):
    """Labels, options and names, whatever is in them; what is written can be imported, and does nothing."""
    raw = [*HOSTILE, *({"api_name": name, "data_type": "text"} for name in NAMES)]
    module = module_of(code(Fields.from_api("Deals", raw), pydantic=pydantic))
    plain = module_of(code(Fields.from_api("Deals", HOSTILE), pydantic=pydantic))
    assert not hasattr(module, "os")
    assert not hasattr(plain, "os")
    if pydantic:
        row = {"id": "1", "C": 'a"b', **dict.fromkeys(NAMES, "x") | {"Reference": "x"}}
        assert module.DealsRow.model_validate(row).model_dump(exclude_unset=True, by_alias=True) == row
    else:
        assert module.DealsRow.__optional_keys__ == {"A", "B", "C", *NAMES}


@needs_generator
def test_models_refuse_what_does_not_fit(texts):
    from pydantic import ValidationError

    model = module_of(texts[True]).DealsRow
    good = {"id": "1", "Stage": "Won", "Amount": 5, "Seats": 3, "Owner": {"id": "2"}, "Account_Name": None}
    assert model.model_validate(good).model_dump(exclude_unset=True) == good
    for wrong in (
        {"Stage": "Gone"},
        {"Contract_No": "x" * 41},
        {"Seats": "3"},
        {"Margin": 1},
        {"Owner": "2"},
    ):
        with pytest.raises(ValidationError):
            model.model_validate({"id": "1", **wrong})


@needs_generator
def test_a_type_checker_takes_a_program_that_uses_the_rows_and_not_one_that_misuses_them(
    texts, tmp_path, monkeypatch
):
    mypy = pytest.importorskip("mypy.api")
    (tmp_path / "rows.py").write_text(texts[False], encoding="utf-8")
    (tmp_path / "right.py").write_text(RIGHT, encoding="utf-8")
    lines = ["from rows import DealsRow", *(f"row_{n}: DealsRow = {row}" for n, row in enumerate(WRONG))]
    (tmp_path / "wrong.py").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    said, _, _ = mypy.run(["--strict", "--follow-imports=silent", "right.py", "wrong.py"])

    found = [line for line in said.splitlines() if ": error:" in line]
    assert [line for line in found if not line.startswith("wrong.py")] == []
    for number, (row, words) in enumerate(WRONG.items(), start=2):
        assert any(each.startswith(f"wrong.py:{number}:") and words in each for each in found), (row, said)
