"""Rows of cells read column by column: each is what it is when it is read alone."""

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from zcrm.fields import Fields
from zcrm.files import csv_tables
from zcrm.files.blocks import CellReader
from zcrm.files.cells import CellError, column_reader
from zcrm.files.columns import parse_column
from zcrm.files.known import Known
from zcrm.files.reading import Reading
from zcrm.files.records import build
from zcrm.files.rows import Row
from zcrm.files.tables import BadFile, open_table

RAW = json.loads((Path(__file__).parents[1] / "data/fields-deals.json").read_text(encoding="utf-8"))["fields"]
DEALS = Fields.from_api("Deals", RAW, time_zone="Europe/Berlin")["Deals"]
READING = Reading(known=Known(DEALS))
ID = "5545974000000500737"
WRITTEN = [field.api_name for field in DEALS.values() if field.api_name != "id"]
TEXT = (
    st.text()
    | st.from_regex(r"[0-9.,:T -]{1,20}", fullmatch=True)
    | st.sampled_from(["", " ", "NULL", " nil", ID])
)
CELL = TEXT | st.integers() | st.none() | st.booleans() | st.decimals(allow_nan=False, allow_infinity=False)
UNTYPED = (
    "id",
    "Owner.id",
    "Owner.name",
    "Note",
    "A:int",
    "B:float",
    "C:decimal",
    "D:bool",
    "E:date",
    "F:list",
    "G:json",
)


@st.composite
def tables(
    draw: st.DrawFn, names: Sequence[str], cells: st.SearchStrategy[Any]
) -> tuple[list[str], list[list[Any]]]:
    """Some of these columns, and rows under them."""
    chosen = draw(st.lists(st.sampled_from(names), unique=True, min_size=1))
    row = st.lists(cells, min_size=len(chosen), max_size=len(chosen))
    return chosen, draw(st.lists(row, min_size=1, max_size=5))


def assert_read_alike(columns: list[Any], rows: list[list[Any]], reading: Reading) -> list[Row]:
    """Each row of a block is what it is alone."""
    block = CellReader([column.header for column in columns], columns, reading).block(range(len(rows)), rows)
    found = [*block]
    alone = [build(columns, cells, reading) for cells in rows]
    assert [row.record for row in found] == [built.record for built in alone]
    order = {column.path[0]: place for place, column in enumerate(reversed(columns))}
    assert all(sorted(row.record, key=order.__getitem__, reverse=True) == [*row.record] for row in found)
    assert [[type(value) for _, value in sorted(row.record.items())] for row in found] == [
        [type(value) for _, value in sorted(built.record.items())] for built in alone
    ]
    assert [len(row.faults) for row in found] == [len(built.errors) for built in alone]
    assert [row.unsent_nulls for row in found] == [built.unsent_nulls for built in alone]
    assert block.null_words() == Counter(word for built in alone for word in built.null_words)
    if block.ids:
        assert [row.record["id"] for row in found] == [*block.ids]
        plain = (str, int, float, bool, Decimal, date, datetime, list)
        assert all(isinstance(value, plain) for row in found for value in row.record.values())
        assert not any(row.faults or row.unsent_nulls for row in found)
    return found


@given(tables(WRITTEN, TEXT))
@example((["Linked_Products"], [["20000000000000000000"]]))
def test_many_rows_are_read_as_one_is_and_no_cell_of_a_field_is_a_fault(
    table: tuple[list[str], list[Any]],
) -> None:
    """But for a number in JSON that no JSON of Zoho's can hold."""
    columns = [parse_column(name, READING) for name in table[0]]
    faults = [fault for row in assert_read_alike(columns, table[1], READING) for fault in row.faults]
    assert all("not a whole number of at most 64 bits" in fault.problem for fault in faults)


@given(tables(UNTYPED, CELL), st.sampled_from([(), ("NULL",), ("", "-")]), st.sampled_from([(), (" ", "1")]))
def test_many_rows_of_any_cells_are_read_as_one_is(
    table: tuple[list[str], list[Any]], null: tuple[str, ...], blank: tuple[str, ...]
) -> None:
    reading = Reading(null=null, blank=blank)
    assert_read_alike([parse_column(name, reading) for name in table[0]], table[1], reading)


@settings(deadline=None)
@given(st.text(st.sampled_from('ab1 ,"\r\n')))
def test_records_are_what_the_standard_reader_reads_however_many_lines_it_is_given(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "rows.csv"
    path.write_text(f"id,City\n{text}", newline="")
    expected, refused = [], False
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), 2):
            if any(map(str.strip, cells)):
                expected.append((number, cells))
    except csv.Error:
        refused = True
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_tables, "BLOCK_ROWS", 2)
        try:
            with open_table(str(path), Reading(delimiter=",")) as table:
                for row in table.scan():
                    found.append((row.number, row.held))
        except BadFile:
            assert refused
        else:
            assert not refused
    assert found == expected


def test_rows_with_an_object_or_without_an_id_need_a_look_of_their_own() -> None:
    columns = [parse_column(name, READING) for name in ("id", "Account_Name")]
    reader = CellReader(["id", "Account_Name"], columns, READING)
    assert [*reader.block([2, 3], [[ID, "Acme"], [ID, ""]]).ids] == [ID, ID]
    assert not reader.block([2, 3], [[ID, "Acme"], [ID, ID]]).ids
    assert not reader.block([2, 3], [[ID, "Acme"], ["", "Acme"]]).ids
    assert not reader.block([2, 3], [[ID, "Acme"], [ID, "x" * 2**20 + "x"]]).ids


@pytest.mark.parametrize(
    ("kind", "text"),
    [("int", "1" * 22), ("int", "½"), ("float", "9" * 400), ("float", "."), ("float", "1.2.3")],
)
def test_a_number_that_is_none_is_refused_among_others(kind: str, text: str) -> None:
    read = column_reader(kind, Reading())
    assert read(["1", "20"]) == [1, 20]
    with pytest.raises(CellError):
        read(["1", text])
