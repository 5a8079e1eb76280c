"""Subforms, multi-select lookups and images: adding, changing and taking away their entries."""

import pytest

ID, LISTING = "5545974000000500001", "5545974000000600001"


@pytest.fixture
def put(sim, crm):
    """Set one field of the one record and give the row's item."""
    sim.load("Deals", [{"id": ID}])

    def put(name, value):
        return crm.put("/Deals", json={"data": [{"id": ID, name: value}]}).json()["data"][0]

    return put


def test_entries_are_added_changed_and_taken_away(sim, put, success):
    assert put("Products", [{"Name": "a"}, {"Name": "b"}]) == success(ID)
    first, second = sim.records("Deals")[ID]["Products"]
    assert (first["Name"], second["Name"]) == ("a", "b")

    changes = [{"id": first["id"], "_delete": None}, {"id": second["id"], "Count": 2}, {"Name": "c"}]
    assert put("Products", changes) == success(ID)

    kept, added = sim.records("Deals")[ID]["Products"]
    assert kept == {"id": second["id"], "Name": "b", "Count": 2}
    assert added == {"id": added["id"], "Name": "c"}
    assert len({first["id"], second["id"], added["id"]}) == 3


def test_sending_a_subform_row_twice_adds_it_twice(sim, put):
    put("Products", [{"Name": "a"}])
    put("Products", [{"Name": "a"}])

    assert [row["Name"] for row in sim.records("Deals")[ID]["Products"]] == ["a", "a"]


def test_an_empty_list_clears(sim, put, success):
    put("Products", [{"Name": "a"}])

    assert put("Products", []) == success(ID)
    assert sim.records("Deals")[ID]["Products"] == []


def test_an_entry_nobody_knows(sim, put, error):
    assert put("Image_Upload", [{"File_Id__s": "2cxx2fa"}, {"id": "1", "_delete": None}]) == error(
        "INVALID_DATA",
        "the id given seems to be invalid",
        api_name="id",
        json_path="$.data[0].Image_Upload[1].id",
    )
    assert sim.records("Deals") == {ID: {"id": ID}}


def test_linking_the_same_record_twice(sim, put, error, success):
    link = [{"Interested_Listings": {"id": LISTING}}]

    assert put("Listings", link) == success(ID)
    assert put("Listings", link) == error(
        "DUPLICATE_LINKING_DATA", "Duplicate association", linking_fields=["Interested_Listings"], id=LISTING
    )
    assert len(sim.records("Deals")[ID]["Listings"]) == 1


def test_linking_a_locked_record(sim, put, error, success):
    sim.load("Listings", [{"id": LISTING}])
    sim.lock("Listings", LISTING)
    link = [{"Interested_Listings": {"id": LISTING}}]

    assert put("Listings", link) == error(
        "RECORD_LOCKED",
        "Sorry, you cannot perform this operation as the record is locked.",
        api_name="Listings",
        json_path="$.data[0].Listings",
        action="record_locking",
    )
    sim.unlock("Listings", LISTING)
    assert put("Listings", link) == success(ID)


def test_tags_are_replaced_whole(sim, put, success):
    put("Tag", [{"name": "a"}])

    assert put("Tag", [{"name": "b"}]) == success(ID)
    assert sim.records("Deals")[ID]["Tag"] == [{"name": "b"}]
