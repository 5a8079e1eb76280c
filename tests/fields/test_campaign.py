"""Generated rows of four modules, checked by the metadata and sent to a simulator that is strict by the same.

Nothing that the check lets through may be refused for what the check refuses, and nothing that it refuses be
taken. `ZCRM_FIELDS_FILES` says how many files.
"""

import csv
import json
import os
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zcrm import AccessToken, Outcome, ZohoCRM
from zcrm.fields import Fields
from zcrm.files.known import Known
from zcrm.files.reading import Reading
from zcrm.files.tables import open_table
from zcrm.rows.values import wire_row
from zcrm.simulator import Simulator

FILES = int(os.environ.get("ZCRM_FIELDS_FILES", "20"))
ROWS = 20
FIRST = 5545974000000500001
UNKNOWN_ID = "the id given seems to be invalid"

TEXTS = [
    "",
    "plain",
    "  blanks  ",
    "NULL",
    "-",
    "x" * 41,
    "🦉" * 61,
    "x" * 121,
    "x" * 256,
    "a;b",
    "=1+1",
    "ß",
    "0",
]
NUMBERS = [
    *(
        "0",
        "1",
        "-1",
        "+5",
        "007",
        "1200",
        "18500.50",
        "1045.0",
        "1e3",
        "1E400",
        ".5",
        "5.",
        "0.1234567890123",
    ),
    *("1,5", "1.200,50", "1 000", "12a", "NaN", "Infinity", "0x10", "1_000", "٣", "9" * 6, "9" * 7, "9" * 9),
    *("9" * 10, "9" * 18, "9" * 19, "9" * 25, "-" + "9" * 9, "-" + "9" * 10, "1/2", "--1", "true"),
]
DATES = [
    *(
        "2026-12-31",
        "2026-02-29",
        "2024-02-29",
        "2026-13-01",
        "31.12.2026",
        "20261231",
        "2026-12-31 ",
        "today",
    ),
    *("2026-W01-1", "2026-1-1", "2026-12-31T00:00:00+01:00", "0000-01-01", "9999-12-31", "10000-01-01"),
]
TIMES = [
    *("2026-10-01 09:15:00", "2026-10-01T09:15:00", "2026-10-01T09:15:00+02:00", "2026-10-01T09:15:00Z"),
    *(
        "2026-10-25 02:30:00",
        "2026-03-29 02:30:00",
        "2026-10-01",
        "2026-10-01 25:00:00",
        "10/01/2026 9:15 AM",
    ),
    *("2026-10-01T09:15:00.250+02:00", "2026-10-01T09:15+02:00", "2026-10-01T09:15:00+99:00"),
]
BOOLEANS = ["true", "TRUE", "True", "false", "yes", "no", "0", "1", "t", "wahr", " true ", "truefalse"]
IDS = ["5545974000000410000", "zcrm_5545974000000410000", "12", "Acme", "9" * 20, "-5", "5.5E+18", "a1"]
LISTS = ["North", "North;South", "North; Nowhere", ";", "Sales Tax;Vat", "x,y"]
OBJECTS = ['[{"id": "5545974000000410000"}]', "[]", "{}", "5", "no json", '[{"name": "x"}]']
CELLS = {
    "integer": NUMBERS, "bigint": NUMBERS, "currency": NUMBERS, "double": NUMBERS, "percent": NUMBERS,
    "date": DATES, "datetime": TIMES, "boolean": BOOLEANS, "multiselectpicklist": LISTS, "lookup": IDS,
    "ownerlookup": IDS, "userlookup": IDS, "layout": IDS, "subform": OBJECTS, "multiselectlookup": OBJECTS,
    "multiuserlookup": OBJECTS, "fileupload": OBJECTS, "imageupload": OBJECTS,
}  # fmt: skip
VALUES = [
    *(None, True, False, 0, 5, -5, 5.5, 10**9, 10**18, 1e16, "", "text", "5", "2026-12-31", [], ["a"], [5]),
    *({}, {"id": "5545974000000410000"}, {"id": 12}, {"id": "x"}, {"name": "Acme"}, [{"id": "12"}]),
    "2026-10-01T09:15:00+02:00",
]


class Generated:
    """Rows of some fields of a module, called by labels or API names; their values suit them, or not."""

    def __init__(self, seed: int, modules: dict[str, Any]) -> None:
        self.chance = random.Random(seed)
        self.name = self.chance.choice([*modules])
        zone = self.chance.choice(["Europe/Berlin", None])
        self.fields = Fields.from_api(self.name, modules[self.name], time_zone=zone)
        self.module = self.fields[self.name]
        self.blanks = self.chance.choice([0.3, 0.6, 0.8])
        most = self.chance.randint(3, 9)
        self.names = self.chance.sample([name for name in self.module if name != "id"], min(7, most))

    def rows(self, folder: Path) -> list[dict[str, Any]]:
        """The records of a file of cells or of objects, and as many of a program's own.

        None has null for a layout: whether it may be is told by no page, and not by metadata.
        """
        kind = self.chance.choice(["csv", "csv", "jsonl"])
        path = folder / f"rows.{kind}"
        null = ("-",) if kind == "csv" and self.chance.random() < 0.5 else ()
        if kind == "csv":
            self.write_table(path)
        else:
            lines = (json.dumps(row) for row in self.objects(self.value))
            path.write_text("\n".join(lines), encoding="utf-8")
        with open_table(str(path), Reading(known=Known(self.module), null=null)) as table:
            found = [row.record for row in table.scan() if not row.faults]
        return [row for row in found + self.objects(self.value) if row.get("Layout", "") is not None]

    def objects(self, filled: Callable[[str], Any]) -> list[dict[str, Any]]:
        named = [[name for name in self.names if self.chance.random() > self.blanks] for _ in range(ROWS)]
        return [
            {"id": str(FIRST + n)} | {name: filled(name) for name in names} for n, names in enumerate(named)
        ]

    def write_table(self, path: Path) -> None:
        labels = Counter(field.field_label for field in self.module.values())
        titles = {}
        for name in self.names:
            label = self.module[name].field_label
            titles[name] = label if labels[label] == 1 and self.chance.random() < 0.5 else name
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, ["id", *self.names])
            table.writerow({"id": "id"} | titles)
            table.writerows(self.objects(self.cell))

    def cell(self, name: str) -> str:
        field = self.module[name]
        options = [option.display_value for option in field.pick_list_values]
        suited = options or CELLS.get(field.data_type, TEXTS)
        every = [TEXTS, NUMBERS, DATES, TIMES, BOOLEANS, IDS, LISTS, OBJECTS]
        return self.chance.choice(suited if self.chance.random() < 0.8 else self.chance.choice(every))

    def value(self, name: str) -> Any:
        return self.chance.choice(VALUES) if self.chance.random() < 0.5 else self.cell(name)


def decided_by_the_server(outcome: Outcome) -> bool:
    """Whether it is refused for what no metadata tell: another record has the value, or a link is none."""
    said = outcome.details.get("errors") or [{"code": outcome.code, "message": outcome.message}]
    return all(each["code"] == "DUPLICATE_DATA" or each["message"] == UNKNOWN_ID for each in said)


def checked(sim: Simulator, folder: Path, seed: int, modules: dict[str, Any]) -> Counter[str]:
    """Check generated rows and send those that may be; counts what came of them, and of refused values."""
    generated, counts = Generated(seed, modules), Counter[str]()
    name, rows = generated.name, generated.rows(folder)
    sim.load(name, ({"id": str(FIRST + n)} for n in range(ROWS)))
    checks = generated.module.checks()
    refused = [
        {"id": row["id"], finding.field: wire_row(row)[finding.field]}
        for row in rows
        for finding in checks.refusals(wire_row(row))
    ]
    with ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url) as crm:
        for outcome in crm.records.update(name, rows, fields=generated.fields):
            counts[f"rows {'sent, ' if outcome.attempts else 'not sent, '}{outcome.state}"] += 1
            if outcome.state == "rejected" and outcome.attempts:
                assert decided_by_the_server(outcome), (seed, name, outcome.details, outcome.input)
        for outcome in crm.records.update(name, refused):
            assert outcome.state == "rejected", (seed, name, outcome.input)
            assert outcome.attempts, (seed, name, outcome.input)
            counts["refused values that the server refuses, too"] += 1
    return counts


@pytest.fixture(scope="module")
def strict() -> Any:
    with Simulator(strict_fields=True) as simulator:
        yield simulator


def test_the_check_and_a_strict_server_agree(strict, modules, tmp_path):
    for name, raw in modules.items():
        strict.load_fields(name, raw)
    total = Counter[str]()
    for seed in range(FILES):
        total += checked(strict, tmp_path, seed, modules)
    print(dict(total))
    assert total["rows sent, updated"] > FILES
    assert total["refused values that the server refuses, too"] > FILES
