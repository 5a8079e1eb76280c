"""Reading files of rows: what is read silently, and what is refused with file, row and column."""

import os
import threading
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zcrm.files.choices import Duplicates, Format, JsonNull
from zcrm.files.reading import Reading
from zcrm.files.tables import BadFile, Line, Row, open_table
from zcrm.runs import checks
from zcrm.runs.checks import Checked
from zcrm.runs.journal import Journal

ID = "5545974000000500001"


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(content: str | bytes, name: str = "rows.csv") -> str:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


def check(table: Any, duplicates: Duplicates = Duplicates.REFUSE) -> Checked:
    with TemporaryDirectory() as folder, closing(Journal(Path(folder) / "ids.sqlite")) as journal:
        return checks.check(table, duplicates, journal)


def read(path: str, **options: Any) -> list[Row]:
    with open_table(path, Reading(**options)) as table:
        rows = list(table)
        assert list(table) == rows, "a second pass reads the same"
        return rows


def refusal(path: str, duplicates: Duplicates = Duplicates.REFUSE, **options: Any) -> BadFile:
    with pytest.raises(BadFile) as caught, open_table(path, Reading(**options)) as table:
        check(table, duplicates)
    assert str(caught.value).startswith(caught.value.name)
    return caught.value


def test_rows_carry_number_record_and_original_cells(write: Any) -> None:
    path = write('_code,id,"Name",N:int\nx,5545974000000500001,"a, ""b""\nc",007\n\ny,,,\n')
    with open_table(path) as table:
        assert (table.header, table.bom, table.format) == (["id", "Name", "N:int"], False, Format.CSV)
        assert list(table) == [
            Row(2, {"id": "5545974000000500001", "Name": 'a, "b"\nc', "N": 7}, ["x", ID, 'a, "b"\nc', "007"]),
            Row(4, {}, ["y", "", "", ""]),
        ]
        assert list(table.lines()) == [
            Line(2, ID, [ID, 'a, "b"\nc', "007"]),
            Line(4, "", ["", "", ""]),
        ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_are_all_read(write: Any, end: str) -> None:
    assert [
        row.record for row in read(write(f"id,Name{end}5545974000000500001,a{end}5545974000000500002,b"))
    ] == [
        {"id": "5545974000000500001", "Name": "a"},
        {"id": "5545974000000500002", "Name": "b"},
    ]


def test_a_byte_order_mark_and_mixed_line_ends_are_read_silently(write: Any) -> None:
    with open_table(write("\ufeffid,Name\r\n5545974000000500001,a\n5545974000000500002,b\r3,c")) as table:
        assert table.bom
        assert table.header == ["id", "Name"]
        assert [(row.number, row.record["Name"]) for row in table] == [(2, "a"), (3, "b"), (4, "c")]


def test_a_header_alone_is_zero_rows(write: Any) -> None:
    with open_table(write("id,Name")) as table:
        assert check(table, Duplicates.REFUSE) == Checked(rows=0, without_id=0, repeats=0)


def test_rows_without_an_id_are_counted_not_refused(write: Any) -> None:
    with open_table(write("id,Name\n,a\n 5545974000000500001 ,b\n\t,c\n")) as table:
        assert check(table, Duplicates.REFUSE) == Checked(rows=3, without_id=2, repeats=0)


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.NDJSON"])
def test_jsonl_rows_are_objects_as_they_are(write: Any, name: str) -> None:
    path = write(
        f'{{"id": {ID}, "Amount": 1.5, "_code": "x", "_x": 0}}\n\n'
        '{"id": "5545974000000500002", "Tags": ["a"], "Owner": null}\r\n',
        name,
    )
    with open_table(path, Reading(json_null=JsonNull.CLEAR)) as table:
        assert table.format is Format.JSONL
        assert [(row.number, row.record) for row in table] == [
            (1, {"id": int(ID), "Amount": 1.5}),
            (3, {"id": "5545974000000500002", "Tags": ["a"], "Owner": None}),
        ]
        assert [(line.id, line.held) for line in table.lines()] == [
            (ID, {"id": int(ID), "Amount": 1.5, "_x": 0}),
            ("5545974000000500002", {"id": "5545974000000500002", "Tags": ["a"], "Owner": None}),
        ]


def test_an_empty_jsonl_file_is_zero_rows(write: Any) -> None:
    with open_table(write("", "rows.jsonl")) as table:
        assert check(table, Duplicates.REFUSE).rows == 0


def test_the_format_can_be_named(write: Any) -> None:
    assert [
        row.record for row in read(write('{"id": "5545974000000500001"}\n', "rows.txt"), format=Format.JSONL)
    ] == [{"id": "5545974000000500001"}]


def test_a_pipe_is_read_as_often_as_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(f"id,Name\n{ID},a\n",))
    writer.start()
    assert [row.record for row in read(str(pipe))] == [{"id": ID, "Name": "a"}]
    writer.join()


@pytest.mark.parametrize(
    ("content", "problem", "row", "column"),
    [
        (b"", "is empty", None, None),
        (b"\n\n", "is empty", None, None),
        (b"\xef\xbb\xbf", "is empty", None, None),
        (b"Name,City\nx,y\n", "no column is named id; the first line holds 'Name, City'", 1, None),
        (b"id,A:number\n5545974000000500001,2\n", "unknown column type 'number'", 1, "A:number"),
        (b"id,A,A\n5545974000000500001,2,3\n", "columns 'A' and 'A' fill the same field", 1, "A"),
        (
            b"id,A:int\n5545974000000500001,2\n5545974000000500002,x\n",
            "'x' is not a whole number",
            3,
            "A:int",
        ),
        (b"id,A\n5545974000000500001,2,3\n", "cells: 3, columns: 2", 2, None),
        (b"id,A\n5545974000000500001,2\n5545974000000500002\n", "cells: 1, columns: 2", 3, None),
        (
            b'id,A\n5545974000000500001,"x\n5545974000000500002,y\n',
            "not CSV from here on (unexpected end of data)",
            2,
            None,
        ),
        (
            b'id,A\n5545974000000500001,x\n5545974000000500002,"y"z\n',
            "not CSV from here on (',' expected after '\"')",
            3,
            None,
        ),
        ("id,A\n1,é\n2,caf".encode() + b"\xe9\n", "byte 15 (line 3) is not UTF-8", None, None),
        (b"id,A\n1,\xe2\x82", "byte 7 (line 2) is not UTF-8", None, None),
        (b"id,A\n1,x\0y\n", "byte 8 (line 2) is a NUL byte", None, None),
        (b"PK\x03\x04rest", "zip: a damaged archive or workbook", None, None),
        (
            b"id,A\n5.545974E+18,x\n",
            "the id '5.545974E+18' is damaged: a spreadsheet or a float has cut its digits",
            2,
            "id",
        ),
        (
            b'id,A\n"5,545974E+18",x\n',
            "the id '5,545974E+18' is damaged: a spreadsheet or a float has cut its digits",
            2,
            "id",
        ),
        (
            b"id\n5545974000000500001.0\n",
            "the id '5545974000000500001.0' is damaged: a spreadsheet or a float has cut its digits",
            2,
            "id",
        ),
        (
            b"id\n5545974000000500000\n5545974000000500001\n5545974000000500000\n",
            "rows 2 and 4 share the id '5545974000000500000', which ends in 0000: "
            "a spreadsheet has probably cut its last digits",
            4,
            "id",
        ),
        (
            b"id\n5545974000000500007\n5545974000000500008\n5545974000000500007\n",
            "rows 2 and 4 have the same id '5545974000000500007'",
            None,
            "id",
        ),
        (
            b"id\n5545974000000500007\n5545974000000500008\n5545974000000500007\n5545974000000500008\n",
            "rows 2 and 4 have the same id '5545974000000500007' (2 rows repeat an id)",
            None,
            "id",
        ),
    ],
)
def test_a_bad_csv_file_is_refused_with_row_and_column(
    write: Any, content: bytes, problem: str, row: int | None, column: str | None
) -> None:
    error = refusal(write(content))
    assert (error.problem, error.row, error.column) == (problem, row, column)
    assert error.fix


@pytest.mark.parametrize(
    ("content", "problem", "row", "column"),
    [
        ('{"id": "5545974000000500001"}\n{"id": }\n', "not JSON from character 8 on", 2, None),
        ('{"id": "5545974000000500001"}\n[]\n', "not a JSON object", 2, None),
        (
            '{"id": 5.545974e18}\n',
            "the id '5.545974e+18' is damaged: a spreadsheet or a float has cut its digits",
            1,
            "id",
        ),
        ('{"id": true}\n', "an id is text or a whole number", 1, "id"),
        ('{"id": {"id": "5545974000000500001"}}\n', "an id is text or a whole number", 1, "id"),
        (
            '{"id": 5545974000000500007}\n{"id": "5545974000000500007"}\n',
            "rows 1 and 2 have the same id '5545974000000500007'",
            None,
            "id",
        ),
        (
            '{"id": 5545974000000500000}\n{"id": "5545974000000500000"}\n',
            "rows 1 and 2 share the id '5545974000000500000', which ends in 0000: "
            "a spreadsheet has probably cut its last digits",
            2,
            "id",
        ),
    ],
)
def test_a_bad_jsonl_file_is_refused_with_its_line(
    write: Any, content: str, problem: str, row: int | None, column: str | None
) -> None:
    error = refusal(write(content, "rows.jsonl"))
    assert (error.problem, error.row, error.column) == (problem, row, column)
    assert error.fix


def test_a_huge_cell_is_refused_by_row_and_column(write: Any) -> None:
    error = refusal(
        write(f"id,Name,Note\n5545974000000500001,a,b\n5545974000000500002,a,{'x' * 10_000_000}\n")
    )
    assert str(error).endswith("rows.csv, row 3, column Note: a cell of 10000000 characters")


def test_a_file_that_is_one_endless_line_is_refused(write: Any) -> None:
    error = refusal(write("[" + "1," * (1 << 23) + "1]", "rows.jsonl"))
    assert (error.problem, error.row) == ("a line of 16777216 bytes or more", 1)


def test_bad_bytes_are_found_across_blocks(write: Any) -> None:
    start = b"id\n" + b"\n" * ((1 << 20) - 5)
    error = refusal(write(start + "é".encode() + b"\n\xff"))
    assert error.problem == f"byte {len(start) + 3} (line {len(start)}) is not UTF-8"


def test_files_that_can_not_be_opened_are_refused(tmp_path: Path) -> None:
    assert str(refusal(str(tmp_path / "none.csv"))).endswith(
        "none.csv: can not be read: No such file or directory"
    )
    assert str(refusal(str(tmp_path))).endswith("can not be read: Is a directory")


def test_duplicate_ids_can_be_allowed_but_damaged_ones_can_not(write: Any) -> None:
    with open_table(write(f"id\n{ID}\n5545974000000500002\n{ID}\n")) as table:
        assert check(table, Duplicates.KEEP_ORDER) == Checked(rows=3, without_id=0, repeats=1)
    error = refusal(write("id\n5545974000000500000\n5545974000000500000\n"), Duplicates.KEEP_ORDER)
    assert error.row == 3


def test_short_ids_that_end_in_zeros_are_plain_duplicates(write: Any) -> None:
    with open_table(write("id\n554597400010000\n554597400010000\n")) as table:
        assert check(table, Duplicates.KEEP_ORDER).repeats == 1


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_rows_or_one_clear_refusal(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"id,Name,N:int\n" + content)
    try:
        with open_table(str(path)) as table:
            assert check(table, Duplicates.REFUSE).rows == len(list(table))
    except BadFile:
        pass
