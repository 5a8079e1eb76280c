"""Which field a name stands for: exact API name, then label, then the label before it was changed."""

import json
from pathlib import Path

import pytest

from zcrm import UsageError
from zcrm.fields import Field, Fields
from zcrm.fields.names import Names, NoName

RAW = json.loads((Path(__file__).parents[1] / "data/fields-deals.json").read_text(encoding="utf-8"))["fields"]
NAMES = Names("Deals", Fields.from_api("Deals", RAW)["Deals"].values())


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Stage", "Stage"),
        ("stage", "Stage"),
        (" Closing  date ", "Closing_Date"),
        ("Opportunity Name", "Deal_Name"),
        ("Deal Name", "Deal_Name"),
        ("Contract No.", "Contract_No"),
        ("Record Id", "id"),
        ("Region1", "Region1"),
        ("old region", "Region1"),
        ("Customer Portal", "Portal_URL"),
    ],
)
def test_a_name_stands_for_a_field(name, field):
    assert NAMES.find(name).api_name == field


def test_a_label_of_two_fields_is_none_and_names_them():
    with pytest.raises(NoName) as refused:
        NAMES.find("Region")
    assert refused.value.problem == "'Region' is the label of 2 fields of Deals"
    assert refused.value.fix == "say which by its API name: Region1 or Sales_Regions"


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("Closing Dat", "did you mean Closing_Date (Closing Date)?"),
        ("Amont", "did you mean Amount?"),
        ("Opportunity Nam", "did you mean Deal_Name (Opportunity Name)?"),
        ("Xyzzy", "see its fields: zcrm fields show Deals"),
    ],
)
def test_a_name_that_stands_for_none_names_the_nearest(name, nearest):
    with pytest.raises(NoName, match="Deals has no field") as refused:
        NAMES.find(name)
    assert refused.value.fix == nearest


def test_an_api_name_comes_before_the_label_of_another_field():
    market = Field(api_name="Market", field_label="Country", data_type="text")
    country = Field(api_name="Country", field_label="Nation", data_type="text")
    names = Names("Deals", [market, country])
    assert names.find("Country") is country
    assert names.find("country") is market
    assert names.others("Country") == [market]
    assert names.others("Market") == []


def test_a_module_finds_its_fields_by_any_of_their_names():
    deals = Fields.from_api("Deals", RAW)["Deals"]
    assert deals.find("Closing Date") is deals["Closing_Date"]
    with pytest.raises(UsageError, match="the label of 2 fields") as refused:
        deals.find("Region")
    assert refused.value.fix == "Say which by its API name: Region1 or Sales_Regions"


def test_a_label_is_found_however_its_accents_are_written():
    names = Names("Deals", [Field(api_name="Size", field_label="Gr\u00f6\u00dfe", data_type="text")])
    assert names.find("Gro\u0308\u00dfe").api_name == "Size"
