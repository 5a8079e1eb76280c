"""Putting records in: mappings, CSV, JSON Lines, or a number."""

import pytest

from zcrm.simulator import Simulator


@pytest.fixture
def org():
    return Simulator()


def test_mappings(org):
    assert org.load("Ships", [{"id": 7, "Name": "a"}, {"id": "8"}]) == ["7", "8"]
    assert org.records("Ships") == {"7": {"id": "7", "Name": "a"}, "8": {"id": "8"}}


def test_a_number_makes_that_many(org):
    ids = org.load("Leads", 3)

    assert len(set(ids)) == 3
    assert org.records("Leads") == {id_: {"id": id_} for id_ in ids}


def test_csv(org, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(
        "\ufeffid,Name:str,Count:int,Latitude:float,Price:decimal,Open:bool,Day:date\r\n"
        '5545974000000500001,"A, b",7,31.95,1.50,true,2026-03-02\n'
        "5545974000000500002,,,,,,\n".encode()
    )

    assert org.load("Accounts", path) == ["5545974000000500001", "5545974000000500002"]
    assert org.records("Accounts") == {
        "5545974000000500001": {
            "id": "5545974000000500001",
            "Name": "A, b",
            "Count": 7,
            "Latitude": 31.95,
            "Price": 1.5,
            "Open": True,
            "Day": "2026-03-02",
        },
        "5545974000000500002": {
            "id": "5545974000000500002",
            "Name": None,
            "Count": None,
            "Latitude": None,
            "Price": None,
            "Open": None,
            "Day": None,
        },
    }


def test_json_lines(org, tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"id": "1", "Tags": ["a"]}\n\n{"id": "2"}\n')

    assert org.load("Leads", str(path)) == ["1", "2"]
    assert org.records("Leads")["1"] == {"id": "1", "Tags": ["a"]}


def test_an_empty_file(org, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("")

    assert org.load("Leads", path) == []


def test_times_and_users_are_kept(org, user):
    org.load(
        "Leads",
        [{"id": "1", "Created_Time": "2026-01-01T00:00:00Z", "Modified_By": {"name": "x", "id": "9"}}],
    )
    record = org.record("Leads", "1")

    assert record["Created_Time"] == "2026-01-01T00:00:00+00:00"
    assert record["Created_By"] == user
    assert record["Modified_By"] == {"name": "x", "id": "9"}


def test_dumps_of_the_same_rows_are_equal(org):
    other = Simulator(seed=5)
    for each in (org, other):
        each.load("Leads", [{"id": "1", "City": "x"}])

    assert org.dump() == other.dump() == {"Leads": {"1": {"id": "1", "City": "x"}}}
    other.edit("Leads", "1", {"City": "y"})
    assert org.dump() != other.dump()


def test_copies_are_copies(org):
    org.load("Leads", [{"id": "1", "City": "x"}])
    org.records("Leads")["1"]["City"] = "y"

    assert org.records("Leads")["1"]["City"] == "x"
