# ruff: noqa: E501
"""Kinds, encodings, delimiters and oddities of files: each gives its rows, or the reason it is refused."""

import bz2
import csv
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from zcrm.files.choices import Duplicates
from zcrm.files.reading import Reading, parse_names
from zcrm.files.tables import BadFile, open_table
from zcrm.runs import checks
from zcrm.runs.checks import Checked
from zcrm.runs.journal import Journal

ID, NEXT = "5545974000000500737", "5545974000000500738"
HEADER = ["id", "City", "Note"]
CELLS = [[ID, "Zürich – Süd", 'a, "b"; c|d\te'], [NEXT, "Málaga", "x"]]
ROWS = [dict(zip(HEADER, cells, strict=True)) for cells in CELLS]
PLAIN = [{"id": ID, "City": "Cork"}, {"id": NEXT, "City": "Lille"}]
PLAIN_CSV = f"id,City\n{ID},Cork\n{NEXT},Lille\n"
Case = tuple[str, Callable[[], bytes], Any]
NAMES = {"\t": "tab"}


def check(table: Any, duplicates: Duplicates = Duplicates.REFUSE) -> Checked:
    with TemporaryDirectory() as folder, closing(Journal(Path(folder) / "ids.sqlite")) as journal:
        return checks.check(table, duplicates, journal)


def table(delimiter: str = ",", end: str = "\n", **options: Any) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end, **options).writerows([HEADER, *CELLS])
    return text.getvalue()


def jsonl(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def zstd(content: bytes) -> bytes:
    return pytest.importorskip("backports.zstd").compress(content)


def parquet(rows: list[dict[str, Any]], names: list[str] | None = None) -> bytes:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    sink = io.BytesIO()
    table = pa.Table.from_pylist(rows)
    parquet.write_table(table.rename_columns(names or table.column_names), sink)
    return sink.getvalue()


def damaged(content: bytes) -> bytes:
    return content[:8] + b"\xff" * 30 + content[38:]


def xlsx(rows: list[list[Any]], hidden: bool = False, chart: bool = False) -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("python_calamine")
    book = openpyxl.Workbook()
    if hidden:
        book.active.append(["not", "for", "us"])
        book.active.sheet_state = "hidden"
        book.create_sheet("rows")
    if chart:
        book.create_chartsheet("chart", 0)
    for row in rows:
        book.worksheets[-1].append(row)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def zipped(*names: str) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return sink.getvalue()


def tarred() -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("rows.csv"))
    return sink.getvalue()


def database() -> bytes:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table t (a)")
        return connection.serialize()


ENCODED: list[Case] = [
    (f"{encoding}{NAMES.get(delimiter, delimiter)}.csv", (lambda d=delimiter, e=encoding, m=mark: m + table(d).encode(e)), ROWS)
    for encoding, mark in [
        ("utf-8", b""),
        ("utf-8-sig", b""),
        ("utf-16", b""),
        ("utf-16-le", b""),
        ("utf-16-be", b"\xfe\xff"),
        ("cp1252", b""),
    ]
    for delimiter in ",;\t|"
]  # fmt: skip
WESTERN = [
    "Élève à l’école, où ça", "SOCIÉTÉ GÉNÉRALE créée", "¡Hola! Málaga ¿qué?", "José Ángel Núñez", "Perché è già così",
    "Malmö Åre Göteborg", "Ærø Østergård", "Müller – Straße 5 m³", "São Paulo", "“Hello” it’s 5 €", "£5 ½ °C ©®", "col·legi",
]  # fmt: skip
FOREIGN = [
    ("cp1250", "Łódź Święto żółć", "cp1250"), ("cp1250", "Dvořák Příbram Plzeň", "cp1250"), ("cp1251", "ЗАО", "cp1251"),
    ("cp1253", "Αθήνα", "cp1253"), ("cp1254", "Ağrı Şişli", "cp1254"), ("cp932", "東京都渋谷区の会社", "cp932"),
    ("mac-roman", "Müller Straße Café", "--encoding"), ("cp850", "Société José", "--encoding"),
]  # fmt: skip
ODD: list[Case] = [
    *[
        (f"western-{n}.csv", (lambda t=text: f'id,City\n{ID},"{t}"\n'.encode("cp1252")), [{"id": ID, "City": text}])
        for n, text in enumerate(WESTERN)
    ],
    ("crlf.csv", lambda: table(end="\r\n").encode(), ROWS),
    ("cr.csv", lambda: table(end="\r").encode(), ROWS),
    ("all-quoted.csv", lambda: table(quoting=csv.QUOTE_ALL).encode(), ROWS),
    ("no-last-newline.csv", lambda: PLAIN_CSV.rstrip().encode(), PLAIN),
    ("sep.csv", lambda: ("sep=;\r\n" + table(";", "\r\n")).encode("utf-8-sig"), ROWS),
    ("sep-cp1252.csv", lambda: ("SEP=|\n" + table("|")).encode("cp1252"), ROWS),
    ("end-of-file.csv", lambda: PLAIN_CSV.encode() + b"\x1a", PLAIN),
    ("end-of-file-in-row.csv", lambda: PLAIN_CSV.rstrip().encode() + b"\x1a", PLAIN),
    ("end-of-file-quoted.csv", lambda: f'id,City\n{ID},Cork\n{NEXT},"Lille"\x1a'.encode(), PLAIN),
    ("ends-of-file.csv", lambda: PLAIN_CSV.encode() + b"\x1a\x1a", PLAIN),
    ("blank-rows-above.csv", lambda: (" \n,,\n\n" + PLAIN_CSV).encode(), PLAIN),
    ("blank-rows-above-semicolons.csv", lambda: (";;;\n" + PLAIN_CSV.replace(",", ";")).encode(), PLAIN),
    ("two-marks.csv", lambda: b"\xef\xbb\xbf" * 2 + PLAIN_CSV.encode(), PLAIN),
    ("blank-rows.csv", lambda: PLAIN_CSV.replace("\n", "\n,\n \t, \n\n").encode(), PLAIN),
    ("single-quotes.csv", lambda: table(quotechar="'", quoting=csv.QUOTE_ALL).encode(), ROWS),
    ("backslashes.csv", lambda: table(doublequote=False, escapechar="\\").encode(), ROWS),
    ("record-id.csv", lambda: PLAIN_CSV.replace("id", "Record Id", 1).encode(), PLAIN),
    ("record-id-in-capitals.csv", lambda: PLAIN_CSV.replace("id", " RECORD ID ", 1).encode(), PLAIN),
    ("export-prefix.csv", lambda: PLAIN_CSV.replace("55459", "zcrm_55459").encode(), PLAIN),
    ("formulas.csv", lambda: PLAIN_CSV.replace(ID, f'"=""{ID}"""').replace(NEXT, f"={NEXT}").encode(), PLAIN),
    ("apostrophes.csv", lambda: PLAIN_CSV.replace("55459", " '55459").encode(), PLAIN),
    ("our-columns.csv", lambda: f"id,City,_row,_x\n{ID},Cork,7,y\n{NEXT},Lille,8,\n".encode(), PLAIN),
    ("tab-named-csv.csv", lambda: table("\t").encode(), ROWS),
    ("gzip.csv.gz", lambda: gzip.compress(table(";").encode("cp1252")), ROWS),
    ("gzip-without-name.csv", lambda: gzip.compress(PLAIN_CSV.encode()), PLAIN),
    ("zstd.csv.zst", lambda: zstd(table().encode("utf-16")), ROWS),
    ("lookup.csv", lambda: f"id,Owner.id,Owner\n{ID},zcrm_{NEXT},Ann\n".encode(), [{"id": ID, "Owner": {"id": NEXT}}]),
]  # fmt: skip
KINDS: list[Case] = [
    ("rows.jsonl", lambda: jsonl(ROWS), ROWS),
    ("marked.jsonl", lambda: b"\xef\xbb\xbf" + jsonl(ROWS) + b"\x1a", ROWS),
    ("utf16.jsonl", lambda: jsonl(ROWS).decode().encode("utf-16"), ROWS),
    ("rows.jsonl.gz", lambda: gzip.compress(jsonl(ROWS)), ROWS),
    ("objects.txt", lambda: b"\n " + jsonl(ROWS), ROWS),
    ("array.json", lambda: json.dumps(ROWS).encode(), ROWS),
    ("pretty.json", lambda: json.dumps(ROWS, indent=2, ensure_ascii=False).encode("utf-8-sig"), ROWS),
    ("array.json.zst", lambda: zstd(json.dumps(ROWS).encode()), ROWS),
    ("empty-array.json", lambda: b" [ ] ", []),
    ("long.json", lambda: json.dumps([ROWS[0] | {"Note": "x" * 3_000_000}, ROWS[1]]).encode(), [ROWS[0] | {"Note": "x" * 3_000_000}, ROWS[1]]),
    ("prefix.json", lambda: json.dumps([{"id": f"zcrm_{ID}", "Owner": {"id": f"zcrm_{NEXT}"}}]).encode(), [{"id": ID, "Owner": {"id": NEXT}}]),
    ("in-cell.csv", lambda: f'id,Owner:json\n{ID},"{{""id"": ""zcrm_{NEXT}""}}"\n'.encode(), [{"id": ID, "Owner": {"id": NEXT}}]),
    ("in-list.json", lambda: json.dumps([{"id": ID, "Rows": [{"id": f"zcrm_{NEXT}", "_delete": None}]}]).encode(), [{"id": ID, "Rows": [{"id": NEXT, "_delete": None}]}]),
    ("digits.jsonl", lambda: f'{{"id":"{ID}","A":12345678901234567.89,"B":1.1}}\n'.encode(), [{"id": ID, "A": Decimal("12345678901234567.89"), "B": 1.1}]),
    ("digits.json", lambda: f'[{{"id":"{ID}","A":12345678901234567.89}}]'.encode(), [{"id": ID, "A": Decimal("12345678901234567.89")}]),
    ("rows.parquet", lambda: parquet(ROWS), ROWS),
    ("decimal-id.parquet", lambda: parquet([{"id": Decimal(ID), "Beds": 3}]), [{"id": Decimal(ID), "Beds": 3}]),
    ("gaps.parquet", lambda: parquet([{"id": ID, "City": None, "Beds": 3}]), [{"id": ID, "Beds": 3}]),
    ("rows.xlsx", lambda: xlsx([HEADER, *CELLS]), ROWS),
    ("named-csv.csv", lambda: xlsx([[], HEADER, CELLS[0], [], CELLS[1]]), ROWS),
    ("types.xlsx", lambda: xlsx([["id", "Beds", "Price", "Open", "None"], [ID, 3, 1.5, True, None]]), [{"id": ID, "Beds": 3, "Price": 1.5, "Open": True}]),
    ("chart-first.xlsx", lambda: xlsx([HEADER, *CELLS], chart=True), ROWS),
    ("hidden-sheet.xlsx", lambda: xlsx([HEADER, *CELLS], hidden=True), ROWS),
]  # fmt: skip
REFUSED: list[Case] = [
    ("rows.csv.bz2", lambda: bz2.compress(PLAIN_CSV.encode()), "bzip2: a compressed file"),
    ("rows.csv.xz", lambda: lzma.compress(PLAIN_CSV.encode()), "xz: a compressed file"),
    ("rows.zip", lambda: zipped("rows.csv"), "zip: an archive of rows.csv"),
    ("rows.ods", lambda: zipped("mimetype", "content.xml"), "a workbook of another kind than .xlsx"),
    ("rows.xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "xls: a workbook of the old kind"),
    ("locked.xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "xlsx: a workbook behind a password"),
    ("letter.xlsx", lambda: zipped("[Content_Types].xml", "word/document.xml"), "Word: a document"),
    ("rows.tar.gz", lambda: gzip.compress(tarred()), "gzip: tar: an archive"),
    ("image.csv", lambda: b"GIF89a" + bytes(20), "GIF: an image"),
    ("brackets.csv", lambda: f"[id],[Deal Name]\n{ID},x\n".encode(), "2 columns are named by no API name: '[id]'"),
    ("colons.csv", lambda: f"id,Time: start,Ratio 16:9\n{ID},x,y\n".encode(), "'Time: start' (likely Time_start), 'Ratio 16:9' (likely Ratio_16_9)"),
    ("hidden-names.csv", lambda: f"id,A b,C\u200b,\u200bD\n{ID},x,y,z\n".encode(), "1 column is named by no API name: 'A b' (likely A_b); the column 'C\\u200b' holds a character that can't be seen; the column '\\u200bD'"),
    ("page.xls", lambda: b"<html><table><tr><td>id", "HTML: a web page"),
    ("rows.xml", lambda: b"<?xml version='1.0'?><rows/>", "an XML document"),
    ("rows.pdf", lambda: b"%PDF-1.7\n", "PDF: a document"),
    ("rows.db", database, "SQLite: a database"),
    ("twice.gz", lambda: gzip.compress(gzip.compress(b"id\n")), "gzip: packed twice"),
    ("cut.csv.gz", lambda: gzip.compress(table().encode())[:-9], "gzip: the file is damaged"),
    ("cut.csv.zst", lambda: zstd(table().encode())[:-9], "zstd: the file is damaged"),
    ("one.json", lambda: json.dumps(ROWS[0], indent=1).encode(), "a JSON document, not rows"),
    ("one.csv", lambda: json.dumps({"data": ROWS}, indent=1).encode(), "a JSON document, not rows"),
    ("more.json", lambda: b"[] []", "a JSON document with more after its array"),
    ("cut.json", lambda: json.dumps(ROWS).encode()[:-9], "row 2: not JSON from here on"),
    ("nan.json", lambda: b'[{"id": NaN}]', "row 1: not JSON from here on"),
    ("text.json", lambda: json.dumps(["a"]).encode(), "row 1: not a JSON object"),
    ("empty.csv", lambda: b"", "is empty"),
    ("czech.csv", lambda: f"id;City\n{ID};Dvořák Příbram\n".encode("cp1250"), "it looks like cp1250"),
    ("russian.csv", lambda: f"id;City\n{ID};Закрыто\n".encode("cp1251"), "it looks like cp1251"),
    ("damaged.csv", lambda: f"id,City\n{ID},é\n".encode() + b"\xff,\n", "byte 31 (line 3) is not UTF-8"),
    ("cut-character.csv", lambda: f"id,City\n{ID},".encode() + b"\xe2\x82", "is not UTF-8"),
    ("zeros.csv", lambda: b"id,City\n1,a\0b\n", "is a NUL byte"),
    ("labels.csv", lambda: f"id,1st City,Post-Code,[x],A.B.\n{ID},a,b,c,d\n".encode(), "4 columns are named by no API name: '1st City' (likely st_City), 'Post-Code' (likely Post_Code)"),
    ("nameless.csv", lambda: f"id,,City\n{ID},x,y\n".encode(), "column 2 has no name"),
    ("all-at-once.csv", lambda: b"ID,Deal Name,\nx,y,z\n", "no column is named id; the first line holds 'ID, Deal Name, '"),
    ("second-header.csv", lambda: (PLAIN_CSV + "id,City\n").encode(), "row 4, column id: 'id' is no record id"),
    ("total.csv", lambda: (PLAIN_CSV + "Total,2\nNULL,3\n").encode(), "2 faults: row 4, column id: 'Total' is no record id; row 5, column id: 'NULL'"),
    ("links.csv", lambda: f"id,City\nhttps://crm.zoho.com/crm/tab/{ID},a\n".encode(), "is no record id"),
    ("long-id.csv", lambda: f"id,City\n{ID}12,a\n".encode(), "is no record id"),
    ("zero-width.csv", lambda: f"id,City\n\u200b{ID},a\n".encode(), "is no record id"),
    ("other-digits.csv", lambda: "id,City\n٥٥٤٥٩٧٤٠٠٠٠٠٠٥٠٠٧٣٧,a\n".encode(), "is no record id"),
    ("bad-lookup.csv", lambda: f"id,Owner.id\n{ID},Ann\n".encode(), "row 2, column Owner.id: 'Ann' is no record id"),
    ("cut-by-excel.csv", lambda: b"id,A\n5.54597E+18,a\n", "is damaged: a spreadsheet or a float"),
    ("zeros-of-18.csv", lambda: b"id,A\n554023000000235000,a\n554023000000236000,b\n", "a spreadsheet has cut"),
    ("zeros-of-19.csv", lambda: b"id,A\n5545974000000500000,a\n5545974000000510000,b\n", "a spreadsheet has cut"),
    ("doubles.csv", lambda: b"id,A\n5545974000000500736,a\n5545974000000501760,b\n", "a program kept them as numbers"),
    ("doubles-of-18.csv", lambda: f"id,A\n{int(float(554023000000235011))},a\n{int(float(554023000000235911))},b\n".encode(), "a program kept them as numbers"),
    ("lookups-of-zeros.csv", lambda: f"id,Owner.id\n{ID},5545974000000500000\n{NEXT},5545974000000510000\n".encode(), "column Owner.id: all ids end in zeros: a spreadsheet has cut"),
    ("lookups-by-javascript.jsonl", lambda: jsonl([{"id": ID, "Owner": {"id": int(float(NEXT))}}, {"id": NEXT, "Owner": {"id": int(float(5545974000009500737))}}]), "column Owner.id: all ids are such as floating-point numbers give"),
    ("ragged.csv", lambda: (PLAIN_CSV + f"{ID}\n").encode(), "cells: 1, columns: 2"),
    ("number-id.xlsx", lambda: xlsx([["id", "City"], [int(ID), "x"]]), "is damaged: a spreadsheet or a float"),
    ("float-id.parquet", lambda: parquet([{"id": float(ID), "City": "x"}]), "column id: is of floating-point"),
    ("binary.parquet", lambda: parquet([{"id": ID, "City": b"x"}]), "column City: is binary"),
    ("label.parquet", lambda: parquet([{"id": ID, "Deal Name": "x"}]), "'Deal Name' (likely Deal_Name)"),
    ("label.jsonl", lambda: jsonl([{"id": ID, "Deal Name": "x"}]), "'Deal Name' (likely Deal_Name)"),
    ("two-keys.jsonl", lambda: jsonl([{"id": ID, "A": 1}, {"id": NEXT, "Record Id": ID}]), "row 2, column Record Id: columns 'id' and 'Record Id' fill the same field"),
    ("twice.jsonl", lambda: f'{{"id":"{ID}","A":1,"A":2}}\n'.encode(), "row 1, column A: the key 'A' is there more than once"),
    ("twice.json", lambda: f'[{{"id":"{ID}","O":{{"A":1,"A" : 2}}}}]'.encode(), "row 1, column A: the key 'A' is there more than once"),
    ("twice-in-cell.csv", lambda: f'id,O:json\n{ID},"{{""A"":1,""A"":2}}"\n'.encode(), "the key 'A' is there more than once"),
    ("no-id.jsonl", lambda: jsonl([{"Id": ID, "A b": 1}]), "2 faults: row 1, column A b"),
    ("answer.json", lambda: json.dumps({"data": ROWS}).encode(), "no row names an id; their keys are data"),
    ("surrogate.json", lambda: f'[{{"id":"{ID}","A":"\\ud800"}}]'.encode(), "row 1: can't be read"),
    ("long-number.jsonl", lambda: f'{{"id":"{ID}","A":{10**22}}}\n'.encode(), "column A: '10000000000000000000000' is not a whole number of at most 64 bits"),
    ("long-number.json", lambda: f'[{{"id":"{ID}","A":[{10**22}]}}]'.encode(), "column A: '10000000000000000000000' is not a whole number of at most 64 bits"),
    ("nan.parquet", lambda: parquet([{"id": ID, "A": float("nan")}]), "row 1, column A: nan is no number that can be sent"),
    ("nan-in-list.parquet", lambda: parquet([{"id": ID, "A": [1.0, float("inf")]}]), "row 1, column A: inf is no number that can be sent"),
    ("same-names.parquet", lambda: parquet([{"id": ID, "A": 1, "B": 2}], ["id", "A", "A"]), "column A: is there 2 times"),
    ("damaged.parquet", lambda: damaged(parquet(ROWS)), "row 1: Parquet: can't be read on"),
    ("naive.parquet", lambda: parquet([{"id": ID, "A": datetime(2026, 1, 1)}]), "column A: is a time without a zone"),
    ("float-lookup.jsonl", lambda: jsonl([{"id": ID, "Owner": {"id": 5.5e18}}]), "column Owner: the id '5.5e+18' is damaged"),
    ("list-of-floats.jsonl", lambda: jsonl([{"id": ID, "Rows": [{"id": True}]}]), "column Rows: 'True' is no record id"),
    ("cell-lookup.csv", lambda: f'id,Owner:json\n{ID},"{{""id"": 5.5e18}}"\n'.encode(), "the id '5.5e+18' is damaged"),
    ("lookup-number.xlsx", lambda: xlsx([["id", "Owner.id"], [ID, int(NEXT)]]), "column Owner.id: the id '5.545974000000501e+18' is damaged"),
    ("dot.jsonl", lambda: jsonl([{"id": ID, "Owner.id": NEXT}]), "'Owner.id'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "expected"), [*ENCODED, *ODD, *KINDS], ids=lambda value: value if isinstance(value, str) else ""
)  # fmt: skip
def test_a_file_gives_its_rows(
    tmp_path: Path, name: str, content: Callable[[], bytes], expected: Any
) -> None:
    path = tmp_path / name.replace("|", "bar")
    path.write_bytes(content())
    with open_table(str(path)) as found:
        assert check(found, Duplicates.REFUSE).rows == len(expected)
        assert [row.record for row in found] == expected
        assert [row.record for row in found] == expected, "a second pass reads the same"


@pytest.mark.parametrize(("name", "content", "reason"), REFUSED, ids=[name for name, *_ in REFUSED])
def test_a_file_is_refused(tmp_path: Path, name: str, content: Callable[[], bytes], reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(content())
    with pytest.raises(BadFile) as caught, open_table(str(path)) as found:
        check(found, Duplicates.REFUSE)
    assert reason in str(caught.value)
    assert caught.value.fix
    assert "--duplicates" not in caught.value.fix


@pytest.mark.parametrize(("encoding", "text", "named"), FOREIGN)
def test_text_of_another_encoding_is_not_read_as_cp1252(
    tmp_path: Path, encoding: str, text: str, named: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(f"id,City\n{ID},{text}\n".encode(encoding))
    with pytest.raises(BadFile, match="is not UTF-8; it looks like") as caught, open_table(str(path)):
        pass
    assert named in caught.value.fix
    with open_table(str(path), Reading(encoding=encoding)) as found:
        assert [row.record["City"] for row in found] == [text]


def test_there_are_sixty_files() -> None:
    assert len({name for name, *_ in [*ENCODED, *ODD, *KINDS, *REFUSED]}) >= 60


@pytest.mark.parametrize(
    ("reading", "content", "expected"),
    [
        (Reading(encoding="cp1250"), f"id;City\n{ID};Dvořák\n".encode("cp1250"), {"City": "Dvořák"}),
        (Reading(encoding="utf-16"), f"id;City\n{ID};é\n".encode("utf-16"), {"City": "é"}),
        (Reading(encoding="utf-16"), b"\xfe\xff" + f"id;City\n{ID};é\n".encode("utf-16-be"), {"City": "é"}),
        (Reading(encoding="utf-8"), f"id;City\n{ID};é\n".encode("utf-8-sig"), {"City": "é"}),
        (Reading(delimiter=":"), f"id:City\n{ID}:Cork\n".encode(), {"City": "Cork"}),
        (Reading(names={"key": "id", "Deal Name": "Deal_Name"}), f"Key,Deal Name\n{ID},x\n".encode(), {"Deal_Name": "x"}),
        (Reading(names={"Time: start": "Start"}), f"id,Time: start\n{ID},x\n".encode(), {"Start": "x"}),
        (Reading(names={"Deal  Name": "Deal_Name"}), f"id,Deal\u00a0name\n{ID},x\n".encode(), {"Deal_Name": "x"}),
        (Reading(columns=("B",)), f"id,A b,B\n{ID},x,y\n".encode(), {"B": "y"}),
        (Reading(columns=("Owner",)), f"id,Owner.id,Owner\n{ID},{NEXT},Ann\n".encode(), {"Owner": {"id": NEXT}}),
        (Reading(columns=("Owner",), names={"Deal Owner.id": "Owner.id"}), f"id,Deal Owner.id,Deal Owner\n{ID},{NEXT},Ann\n".encode(), {"Owner": {"id": NEXT}}),
        (Reading(ignore=("Owner",)), f"id,Owner.id,Owner\n{ID},{NEXT},Ann\n".encode(), {"Owner": {"id": NEXT}}),
        (Reading(ignore=("A b",)), f"id,A b,B\n{ID},x,y\n".encode(), {"B": "y"}),
        (Reading(types={"A": "int"}), f"id,A\n{ID},7\n".encode(), {"A": 7}),
        (Reading(types={"A": "int"}, decimal_comma=True), f'id,A\n{ID},"1.234"\n'.encode(), {"A": 1234}),
        (Reading(types={"A": "float"}, decimal_comma=True), f'id,A\n{ID},"-1 234 567,5"\n'.encode(), {"A": -1234567.5}),
        (Reading(blank=("-",)), f"id,A,B\n{ID},-,x\n".encode(), {"B": "x"}),
        (Reading(null=("-", "~")), f"id,A,B\n{ID},-,~\n".encode(), {"A": None, "B": None}),
        (Reading(blank=("0",)), xlsx([["id", "A", "B"], [ID, 0, 1]]), {"B": 1}),
        (Reading(null=("0",)), xlsx([["id", "A", "B"], [ID, 0, 1]]), {"A": None, "B": 1}),
        (Reading(blank=("nan",)), parquet([{"id": ID, "A": float("nan"), "B": 1}]), {"B": 1}),
        (Reading(types={"A": "date"}), parquet([{"id": ID, "A": datetime(2026, 1, 1)}]), {"A": date(2026, 1, 1)}),
        (Reading(trim=True), f"id,A\n{ID}, x \n".encode(), {"A": "x"}),
    ],
)  # fmt: skip
def test_what_is_said_of_a_file_overrules_what_is_found(
    tmp_path: Path, reading: Reading, content: bytes, expected: dict[str, Any]
) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    with open_table(str(path), reading) as found:
        assert [row.record for row in found] == [{"id": ID} | expected]


@pytest.mark.parametrize(
    ("reading", "content", "reason"),
    [
        (Reading(columns=("Cityy",)), PLAIN_CSV, "--columns names 'Cityy', which the file does not have"),
        (Reading(ignore=("Cityy",)), PLAIN_CSV, "--ignore names 'Cityy'"),
        (Reading(columns=("A",), ignore=("B",), types={"C": "int"}), PLAIN_CSV, "--columns names 'A', and --ignore names 'B', and --type names 'C', which"),
        (Reading(columns=("City",), ignore=("city",)), PLAIN_CSV, "--columns and --ignore both name 'City'"),
        (Reading(names={"Cityy": "City"}), PLAIN_CSV, "--map names 'Cityy'"),
        (Reading(types={"Cityy": "int"}), PLAIN_CSV, "--type names 'Cityy'"),
        (Reading(ignore=("Cityy",)), jsonl(PLAIN).decode(), "--ignore names 'Cityy'"),
        (Reading(decimal_comma=True), PLAIN_CSV, "--decimal-comma has no column to work on"),
        (Reading(date_format="%d"), PLAIN_CSV, "--date-format has no column to work on"),
        (Reading(encoding="utf-9"), PLAIN_CSV, "there is no encoding 'utf-9'"),
        (Reading(names={"City": "Deal Name"}), PLAIN_CSV, "'Deal Name' (likely Deal_Name)"),
        (Reading(types={"City": "int"}, decimal_comma=True), f'id,City\n{ID},"1,50"\n', "column City: '1,50' is not a whole number"),
        (Reading(types={"City": "decimal"}, decimal_comma=True), f"id,City\n{ID},1.5\n", "'1.5' is not a number with a decimal comma"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_file_must_fit_it(
    tmp_path: Path, reading: Reading, content: str, reason: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(content)
    with pytest.raises(BadFile) as caught, open_table(str(path), reading) as found:
        check(found, Duplicates.REFUSE)
    assert reason in str(caught.value)


def test_blank_rows_above_the_header_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f",,\n\nid,City\n{ID},Cork\n,\nTotal,x\n")
    with open_table(str(path)) as found:
        assert [row.number for row in found] == [4, 6]
        assert found.blank_rows == 3


@pytest.mark.parametrize("texts", [["A=B", "A=C"], ["A=B", "a=B", "A=C"]])
def test_a_name_is_not_said_twice(texts: list[str]) -> None:
    with pytest.raises(ValueError, match="'A' is said twice, to be B and C"):
        parse_names(texts)


def test_ids_that_end_in_zeros_by_chance_are_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    zeros = "5545974000000500000"
    path.write_text(f"id,City,Owner.id,Account.id\n{zeros},a,{zeros},10000\n{ID},b,{zeros},20000\n")
    with open_table(str(path)) as found:
        assert check(found, Duplicates.REFUSE).rows == 2
