"""Cells of a sheet that show an error, or have a formula nobody has calculated, are not taken for empty."""

import re
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from zcrm.files.problems import Fault
from zcrm.files.reading import Reading
from zcrm.files.tables import BadFile, open_table

pytest.importorskip("python_calamine")
ID, NEXT = "5545974000000500737", "5545974000000500738"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = f"""<Types xmlns="{PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/></Types>"""
TOP = f"""<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"""
BOOK = f"""<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>
<sheet name="Old" sheetId="1" state="hidden" r:id="rId1"/>
<sheet name="Rows &amp; more" sheetId="2" r:id="rId2"/>
</sheets></workbook>"""
SHEETS = f"""<Relationships xmlns="{PACKAGE}/relationships">
<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/a.xml"/>
<Relationship Id="rId2" Type="{OFFICE}/worksheet" Target="TARGET"/></Relationships>"""
ERROR = '<c r="{}" t="e"><f>VLOOKUP(1,A:A,1)</f><v>#N/A</v></c>'
NEVER = '<c r="{}"><f>1+1</f><v/></c>'
NEVER_EITHER = '<c r="{}"><f>1+1</f></c>'


def text(held: str) -> str:
    return f'<c r="{{}}" t="inlineStr"><is><t>{held}</t></is></c>'


def workbook(
    folder: Path,
    rows: list[list[str]],
    left: str = "A",
    target: str = "worksheets/b.xml",
    *,
    placed: bool = True,
) -> str:
    """A workbook whose visible sheet has these cells, from the column `left` on; placed: each says where."""

    def line(number: int, cells: list[str]) -> str:
        places = (f"{chr(ord(left) + place)}{number}" for place in range(len(cells)))
        return f'<row r="{number}">{"".join(map(str.format, cells, places))}</row>'

    old = line(1, [text("id"), ERROR])
    lines = "".join(line(number, cells) for number, cells in enumerate(rows, 1))
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData>{{}}</sheetData></worksheet>'
    path = folder / "rows.xlsx"
    with ZipFile(path, "w", ZIP_DEFLATED) as parts:
        parts.writestr("[Content_Types].xml", TYPES)
        parts.writestr("_rels/.rels", TOP)
        parts.writestr("xl/workbook.xml", BOOK)
        parts.writestr("xl/_rels/workbook.xml.rels", SHEETS.replace("TARGET", target))
        parts.writestr("xl/worksheets/a.xml", sheet.format(old))
        lines = lines if placed else re.sub(r' r="[^"]*"', "", lines)
        parts.writestr("xl/worksheets/b.xml", sheet.format(lines))
    return str(path)


def read(path: str, reading: Reading | None = None) -> tuple[list[dict[str, Any]], list[Fault]]:
    with open_table(path, reading or Reading()) as table:
        rows = [row for block in table.blocks() for row in block]
    return [row.record for row in rows], [fault for row in rows for fault in row.faults]


HEADER = [text("id"), text("Stage"), text("Note")]


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (ERROR, "the cell shows the error '#N/A'"),
        ('<c r="{}" t="e"><v>#REF!</v></c>', "the cell shows the error '#REF!'"),
        (NEVER, "the cell has a formula that no program has calculated"),
        (NEVER_EITHER, "the cell has a formula that no program has calculated"),
    ],
)
@pytest.mark.parametrize("left", ["A", "C"])
@pytest.mark.parametrize("target", ["worksheets/b.xml", "/xl/worksheets/b.xml"])
def test_a_cell_without_a_result_is_a_fault(
    tmp_path: Path, cell: str, problem: str, left: str, target: str
) -> None:
    rows = [HEADER, [text(ID), text("Won"), text("x")], [text(NEXT), cell, text("y")]]
    _, [fault] = read(workbook(tmp_path, rows, left, target))
    assert (fault.row, fault.column, fault.problem) == (3, "Stage", problem)
    assert fault.fix


@pytest.mark.parametrize("cell", [ERROR, NEVER])
def test_an_id_without_a_result_is_a_fault_also_in_the_last_row_alone(tmp_path: Path, cell: str) -> None:
    rows = [HEADER, [text(ID), text("Won"), text("x")], [cell]]
    _, [fault] = read(workbook(tmp_path, rows))
    assert (fault.row, fault.column) == (3, "id")


def test_formulas_with_results_are_their_results(tmp_path: Path) -> None:
    cells = ['<c r="{}"><f>1+1</f><v>2</v></c>', '<c r="{}" t="str"><f>""</f><v></v></c>']
    assert read(workbook(tmp_path, [HEADER, [text(ID), *cells]])) == ([{"id": ID, "Stage": 2}], [])


def test_a_column_that_is_not_sent_may_show_errors(tmp_path: Path) -> None:
    rows = [HEADER, [text(ID), text("Won"), ERROR]]
    assert read(workbook(tmp_path, rows), Reading(columns=("Stage",))) == ([{"id": ID, "Stage": "Won"}], [])


def test_blank_and_null_say_what_an_error_stands_for(tmp_path: Path) -> None:
    path = workbook(tmp_path, [HEADER, [text(ID), ERROR, text("x")]])
    assert read(path, Reading(blank=("#N/A",))) == ([{"id": ID, "Note": "x"}], [])
    assert read(path, Reading(null=("#N/A",))) == ([{"id": ID, "Stage": None, "Note": "x"}], [])


def test_an_error_in_the_header_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="#N/A"):
        read(workbook(tmp_path, [[text("id"), ERROR], [text(ID), text("Won")]]))


def test_cells_that_do_not_say_where_they_are_follow_each_other(tmp_path: Path) -> None:
    rows = [[text(ID), text("Won"), text("x")], [text(NEXT), ERROR, text("y")]]
    _, faults = read(workbook(tmp_path, [HEADER, *rows], placed=False))
    assert [(fault.row, fault.column) for fault in faults] == [(3, "Stage")]
