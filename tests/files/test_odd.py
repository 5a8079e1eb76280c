"""Files people really have: each is read as its README says, or refused with the reason it gives."""

from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from zcrm.files.choices import Duplicates, JsonNull
from zcrm.files.reading import Reading
from zcrm.files.tables import BadFile, open_table
from zcrm.runs import checks
from zcrm.runs.checks import Checked
from zcrm.runs.journal import Journal

ODD = Path(__file__).parents[1] / "data" / "odd"
ID, NEXT = "5545974000000500737", "5545974000000500738"
WON = [{"id": ID, "Stage": "Closed Won"}, {"id": NEXT, "Stage": "Closed Won"}]


def check(table: Any, duplicates: Duplicates = Duplicates.REFUSE) -> Checked:
    with TemporaryDirectory() as folder, closing(Journal(Path(folder) / "ids.sqlite")) as journal:
        return checks.check(table, duplicates, journal)


@dataclass
class Right:
    """What is right for a file: its rows and what is said of it, or why it is refused."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    reading: Reading = field(default_factory=Reading)


LABELS = ["'Deal Name' (likely Deal_Name)", "'Closing Date' (likely Closing_Date)"]
WORDS = (r"\N", "NULL", "#N/A", "nan", "None")
RIGHT = [
    ("sep-line-semicolons.csv", Right(WON, ["sep= line skipped", "delimiter ;"])),
    ("semicolons-cp1252.csv", Right(refused=["2 columns are named by no API name", *LABELS])),
    (
        "semicolons-cp1252.csv",
        Right(
            [
                {
                    "id": ID,
                    "Deal_Name": "Müller – Dach",
                    "Stage": "Closed Won",
                    "Amount": Decimal("1234.50"),
                    "Closing_Date": date(2026, 12, 31),
                },
                {
                    "id": NEXT,
                    "Deal_Name": "Straße 5",
                    "Stage": "Negotiation",
                    "Amount": Decimal("12.00"),
                    "Closing_Date": date(2027, 1, 2),
                },
            ],
            ["encoding cp1252", "delimiter ;"],
            reading=Reading(
                names={"Deal Name": "Deal_Name", "Closing Date": "Closing_Date:date"},
                types={"Amount": "decimal"},
                decimal_comma=True,
                date_format="%d.%m.%Y",
            ),
        ),
    ),
    ("tabs.tsv", Right(WON, ["delimiter tab"])),
    ("utf16.csv", Right(WON, ["encoding UTF-16-LE"])),
    ("bom-twice.csv", Right(WON)),
    ("compressed.csv.gz", Right(WON, ["gzip"])),
    ("array.json", Right(WON)),
    ("blank-rows-of-commas.csv", Right(WON, ["4 blank rows skipped"])),
    ("total-row.csv", Right(refused=["row 4, column id: 'Total' is no record id"])),
    (
        "labels.csv",
        Right(
            refused=[
                "4 columns are named by no API name",
                *LABELS,
                "'No. of Employees' (likely No_of_Employees)",
                "'Probability (%)' (likely Probability)",
            ]
        ),
    ),
    ("excel-text-ids.csv", Right(WON)),
    ("ids-end-in-0000.csv", Right(refused=["all ids end in zeros: a spreadsheet has cut"])),
    ("ids-by-javascript.jsonl", Right(refused=["all ids are such", "a program kept them as numbers"])),
    (
        "null-words.csv",
        Right(
            [
                {"id": f"55459740000005007{37 + n}", "Stage": "Closed Won", "Description": word}
                for n, word in enumerate(WORDS)
            ]
            + [{"id": "5545974000000500742", "Stage": "Closed Won"}],
            [
                "column Description holds words such as NULL in 5 rows, sent as text "
                "(--blank or --null say otherwise)"
            ],
        ),
    ),
    (
        "null-words.csv",
        Right(
            [{"id": f"55459740000005007{37 + n}", "Stage": "Closed Won"} for n in range(6)],
            reading=Reading(blank=WORDS),
        ),
    ),
    (
        "json-null.jsonl",
        Right(WON[:1], ["1 null not sent (--json-null clear would clear the fields)"]),
    ),
    (
        "json-null.jsonl",
        Right(
            [WON[0] | {"Description": None}],
            ["1 value cleared"],
            reading=Reading(json_null=JsonNull.CLEAR),
        ),
    ),
    (
        "lone-cr-in-cell.csv",
        Right([WON[0] | {"Description": "first\rsecond"}, WON[1] | {"Description": "ok"}]),
    ),
    ("underscore-columns.csv", Right(WON)),
    ("id-only.csv", Right([{"id": ID}, {"id": NEXT}])),
    (
        "blanks-in-cells.csv",
        Right([{"id": ID, "Closing_Date": date(2026, 12, 31), "Stage": " Closed Won "}]),
    ),
    (
        "blanks-in-cells.csv",
        Right(
            [{"id": ID, "Closing_Date": date(2026, 12, 31), "Stage": "Closed Won"}],
            reading=Reading(trim=True),
        ),
    ),
]


def test_every_file_has_its_answer() -> None:
    assert {name for name, _ in RIGHT} == {path.name for path in ODD.iterdir()} - {"README.md"}


@pytest.mark.parametrize(("name", "right"), RIGHT, ids=[f"{n}-{name}" for n, (name, _) in enumerate(RIGHT)])
def test_a_file_is_read_as_its_readme_says(name: str, right: Right) -> None:
    if right.refused:
        with pytest.raises(BadFile) as caught, open_table(str(ODD / name), right.reading) as table:
            check(table, Duplicates.REFUSE)
        assert [part for part in right.refused if part not in str(caught.value)] == []
        assert caught.value.fix
        assert "--duplicates" not in caught.value.fix
        return
    with open_table(str(ODD / name), right.reading) as table:
        notes = [*table.notes, *check(table, Duplicates.REFUSE).notes()]
        assert [row.record for row in table] == right.rows
        assert notes == right.notes


def test_a_label_with_a_dot_is_no_nested_field() -> None:
    with pytest.raises(BadFile) as caught, open_table(str(ODD / "labels.csv")):
        pass
    assert "--map 'No. of Employees=No_of_Employees'" in caught.value.fix


def test_zohos_own_export_needs_its_columns_only() -> None:
    reading = Reading(columns=("Stage", "Amount"))
    with open_table(str(ODD.parent / "zoho-export.csv"), reading) as table:
        assert check(table, Duplicates.REFUSE).rows == 6
        assert next(row.record for row in table) == {"id": ID, "Amount": "1200", "Stage": "Closed Won"}


def test_zohos_own_export_without_them_is_refused_for_all_its_labels_at_once() -> None:
    with pytest.raises(BadFile) as caught, open_table(str(ODD.parent / "zoho-export.csv")):
        pass
    for said in ["'Deal Owner.id' (likely Owner.id)", "'Deal Name' (likely Deal_Name)", "'Modified Time'"]:
        assert said in str(caught.value)
    assert "'Deal Owner' " not in str(caught.value), "the name of a lookup beside its id is not sent"
