"""Rows are checked many at once where nothing is odd about them, and one by one alike."""

from contextlib import closing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zcrm.files import csv_tables
from zcrm.files.choices import Duplicates
from zcrm.files.ids import record_id
from zcrm.files.problems import BadFile
from zcrm.files.tables import open_table
from zcrm.runs.checks import check
from zcrm.runs.ids import key_of, keys_of
from zcrm.runs.journal import Journal

ID = st.integers(5545974000000500001, 5545974000000500009).map(str)
ODD_ID = st.sampled_from(
    ["", "123", "1E+18", "0045974000000500001", "zcrm_5545974000000500001", "９" * 19, "Total"]
)
CELL = st.sampled_from(["Cork", "NULL", "", " ", "5", "x" * 20])
OWNER = st.sampled_from(["", "5545974000000500009", "Cork"])


@settings(deadline=None)
@given(
    st.lists(st.tuples(ID | ID | ODD_ID, CELL, OWNER), max_size=12),
    st.booleans(),
    st.sampled_from(Duplicates),
)
def test_rows_checked_many_at_once_are_what_they_are_one_by_one(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], owner: bool, duplicates: Duplicates
) -> None:
    path = tmp_path_factory.getbasetemp() / "rows.csv"
    header = ("id", "City", "Owner.id")[: 3 if owner else 2]
    path.write_text("".join(",".join(row[: len(header)]) + "\n" for row in (header, *rows)))

    def found(refuse: Any) -> object:
        with closing(Journal(path.with_name("ids.sqlite"))) as journal, open_table(str(path)) as table:
            try:
                checked = check(table, duplicates, journal, refuse=refuse)
            except BadFile as error:
                return error.faults
            finally:
                ids = journal.read("SELECT * FROM ids")
                journal.read("DELETE FROM ids")
            return checked, ids

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(csv_tables, "BLOCK_ROWS", 2)
        assert found(None) == found(lambda record: None)


@given(st.lists(ID | ODD_ID | st.text("0123456789", min_size=13, max_size=21), min_size=1))
def test_keys_of_many_ids_are_those_of_each(ids: list[str]) -> None:
    keys = keys_of(ids)
    if keys is not None:
        assert [record_id(each) for each in ids] == ids
        assert keys == [key_of(each) for each in ids]


def test_ids_that_are_numbers_are_known_at_once() -> None:
    assert keys_of(["554023000000235", "5540230000002350111"]) == [554023000000235, 5540230000002350111]


@pytest.mark.parametrize("odd", ["0" * 15, "9" * 19, "1" * 20, "1" * 5000, "1" * 14, "", "½" * 15, 7, None])
def test_one_odd_id_is_looked_at_by_itself(odd: Any) -> None:
    assert keys_of(["554023000000235", odd]) is None
