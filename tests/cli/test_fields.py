"""`zcrm records update` with the module's fields: labels, cells by type, findings before the first call."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from zcrm.fields import Fields
from zcrm.runs import Request, Run

RAW = json.loads((Path(__file__).parents[1] / "data/fields-deals.json").read_text(encoding="utf-8"))["fields"]
EXPORT = Path(__file__).parents[1] / "data/zoho-export.csv"
IDS = [str(5545974000000500737 + n) for n in range(30)]
UPDATE = ("records", "update", "Deals")
QUIET = ("--triggers", "none")


@pytest.fixture
def deals(zcrm: Any, simulator: Any) -> Any:
    """A simulator that holds deals against their metadata, which lie in ./zcrm-fields."""
    simulator.load_fields("Deals", RAW, strict=True)
    simulator.load("Deals", ({"id": id_, "Stage": "First Talk"} for id_ in IDS))
    pulled(zcrm, "production")
    return simulator


def pulled(zcrm: Any, environment: str, module: str = "Deals", raw: Any = RAW) -> None:
    fields = Fields.from_api(module, raw, environment=environment, time_zone="Europe/Berlin")
    fields.save(zcrm.folder / "zcrm-fields")


def table(header: list[str], rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


FAULTS = [
    ("Opportunity Name", "x" * 121, "too long", "INVALID_DATA", "ok"),
    ("Stage", "-", "empty", "MANDATORY_NOT_FOUND", "Won"),
    ("Amount", "1.200,50", "type", "INVALID_DATA", "1200.50"),
    ("Exchange Rate", "NULL", "type", "INVALID_DATA", "1.1"),
    ("Closing Date", "2026-02-30", "type", "INVALID_DATA", "2026-02-28"),
    ("Go Live", "2026-10-25 02:30:00", "type", "INVALID_DATA", "2026-10-25 09:30:00"),
    ("Discount", "ten", "type", "INVALID_DATA", "10"),
    ("Seats", "1234567", "too many digits", "INVALID_DATA", "123456"),
    ("Meter Serial", "12-3", "type", "INVALID_DATA", "00123"),
    ("Auto Renewal", "yes", "type", "INVALID_DATA", "TRUE"),
    ("Account Name", "Acme", "type", "INVALID_DATA", "zcrm_5545974000000410000"),
    ("Approver", "Somebody", "type", "INVALID_DATA", "5545974000000300001"),
    ("Milestones", "none", "type", "INVALID_DATA", "[]"),
    ("Margin", "5", "not writable", "INVALID_DATA", ""),
    ("Deal Number", "DL-1", "not writable", "INVALID_DATA", ""),
    ("Created By", "Somebody", "not writable", "INVALID_DATA", ""),
]
DOUBTS = [
    ("Lead Source", "Web Fomr", "no option"),
    ("Pipeline", "standard (standard)", "option in another case"),
    ("Sales_Regions", "R_N", "other name of an option"),
    ("Billing Email", "nobody", "address"),
    ("Cost Price", "5", "read-only"),
    ("Legacy Code", "x", "hidden"),
    ("Contract No.", "A-1", "twice"),
]


def with_faults(*, corrected: bool) -> str:
    """A file of a row for each fault, and one for each doubt, the last one twice."""
    header = ["id", *(title for title, *_ in FAULTS), *(title for title, *_ in DOUBTS)]
    filled = [(title, good if corrected else bad) for title, bad, _, _, good in FAULTS]
    filled += [(title, cell) for title, cell, _ in [*DOUBTS, DOUBTS[-1]]]
    rows = [
        [IDS[n], *(cell if title == column else "" for column in header[1:])]
        for n, (title, cell) in enumerate(filled)
    ]
    return table(header, rows)


def test_one_fault_of_every_kind_gives_exactly_those_findings_in_one_pass(zcrm: Any, deals: Any) -> None:
    zcrm.write("deals.csv", with_faults(corrected=False))
    looked = zcrm(*UPDATE, "deals.csv", *QUIET, "--null", "-", "--dry-run", "--json")
    assert looked.returncode == 3
    facts = json.loads(looked.stdout)
    names = {title: api_name(title) for title, *_ in [*FAULTS, *DOUBTS]}
    assert [(f["field"], f["kind"], f["code"], f["rows"]) for f in facts["rejections"]] == [
        (names[title], kind, code, 1) for title, _, kind, code, _ in FAULTS
    ]
    assert [(f["field"], f["kind"], f["rows"]) for f in facts["warnings"]] == [
        (names[title], kind, 1) for title, _, kind in DOUBTS
    ]
    assert facts["rows_rejected"] == len(FAULTS)
    assert all(found["ground"] for found in facts["rejections"] + facts["warnings"])
    told = (zcrm.folder / "deals.csv.faults.csv").read_text(encoding="utf-8-sig")
    listed = list(csv.DictReader(io.StringIO(told)))
    assert [(row["row"], row["column"]) for row in listed] == [
        (str(n), title) for n, (title, *_) in enumerate(FAULTS, 2)
    ]
    assert not deals.ledger.requests

    done = zcrm(*UPDATE, "deals.csv", *QUIET, "--null", "-")
    assert done.returncode == 3
    assert zcrm.counts == {"updated": len(DOUBTS), "rejected": len(FAULTS) + 1}
    refused = zcrm.results["rejected"]
    assert [(row["_field"], row["_code"], row["_attempts"]) for row in refused[:-1]] == [
        (names[title], code, "0") for title, _, _, code, _ in FAULTS
    ]
    assert all(row["_fix"] for row in refused)
    assert (refused[-1]["_code"], refused[-1]["_attempts"]) == ("DUPLICATE_DATA", "1")


def api_name(title: str) -> str:
    return next(each["api_name"] for each in RAW if title in (each["field_label"], each["api_name"]))


def test_the_same_file_corrected_goes_through_whole(zcrm: Any, deals: Any) -> None:
    lines = with_faults(corrected=True).splitlines()
    zcrm.write("deals.csv", "\n".join(lines[:-1]))
    done = zcrm(*UPDATE, "deals.csv", *QUIET, "--null", "-")
    assert done.returncode == 0, done.stderr
    assert zcrm.counts == {"updated": 20, "skipped": 3}
    sent = {name: value for id_ in IDS for name, value in deals.record("Deals", id_).items()}
    assert sent["Amount"] == 1200.5
    assert sent["Go_Live"] == "2026-10-25T09:30:00+01:00"
    assert sent["Auto_Renewal"] is True
    assert sent["Meter_Serial"] == "00123"
    assert sent["Account_Name"] == {"id": "5545974000000410000"}
    assert sent["Sales_Regions"] == ["R_N"]


@pytest.mark.parametrize("module", ["Leads", "Products", "Visits"])
def test_other_modules_are_held_against_their_own_fields(zcrm: Any, simulator: Any, module: str) -> None:
    header, bad, good = {
        "Leads": (["Last Name", "No. of Employees", "Opt Out"], ["-", "1e3", "no"], ["Lee", "40", "false"]),
        "Products": (
            ["Name", "Price", "Tax"],
            ["x" * 201, "10 EUR", ""],
            ["Chair", "10.50", "Vat;Sales Tax"],
        ),
        "Visits": (["Visit", "When", "Score"], ["-", "tomorrow", "9"], ["First", "2026-12-01 10:00:00", ""]),
    }[module]
    kinds = {
        "Leads": [("Last_Name", "text", 80), ("Employees", "integer", 9), ("Opt_Out", "boolean", None)],
        "Products": [
            ("Product", "text", 200),
            ("Price", "currency", 16),
            ("Tax", "multiselectpicklist", None),
        ],
        "Visits": [("Name", "text", 120), ("Begins", "datetime", None), ("Score", "formula", None)],
    }[module]
    raw = [
        {"api_name": name, "field_label": label, "data_type": kind, "length": length}
        for label, (name, kind, length) in zip(header, kinds, strict=True)
    ]
    raw[0]["system_mandatory"] = True
    pulled(zcrm, "production", module, raw)
    simulator.load_fields(module, raw, strict=True)
    simulator.load(module, [{"id": IDS[0]}])
    words = ("records", "update", module, "rows.csv", *QUIET, "--null", "-")
    zcrm.write("rows.csv", table(["id", *header], [[IDS[0], *bad]]))
    facts = json.loads(zcrm(*words, "--dry-run", "--json").stdout)
    expected = [name for (name, *_), cell in zip(kinds, bad, strict=True) if cell]
    assert [found["field"] for found in facts["rejections"]] == expected
    zcrm.write("rows.csv", table(["id", *header], [[IDS[0], *good]]))
    assert zcrm(*words).returncode == 0
    assert zcrm.counts == {"updated": 1}


def test_an_export_of_zoho_goes_in_as_it_is_with_one_column_changed(zcrm: Any, deals: Any) -> None:
    deals.load("Deals", ({"id": id_, "Stage": "Negotiation/Review", "Deal_Name": "Kept"} for id_ in IDS))
    zcrm.write("export.csv", EXPORT.read_text(encoding="utf-8").replace("Negotiation/Review", "Won"))
    done = zcrm(*UPDATE, "export.csv", "--columns", "Stage", "--triggers", "none")
    assert done.returncode == 0, done.stderr
    assert zcrm.counts == {"updated": 6}
    with EXPORT.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            record = deals.record("Deals", row["Record Id"].removeprefix("zcrm_"))
            assert record["Stage"] == row["Stage"].replace("Negotiation/Review", "Won")
            assert record["Deal_Name"] == "Kept"


def test_an_export_whole_leaves_out_what_no_update_writes(zcrm: Any, deals: Any) -> None:
    header = ["Record Id", "Deal Owner.id", "Deal Owner", "Go Live", "Modified Time", "Created By", "Tag"]
    cells = [f"zcrm_{IDS[0]}", "zcrm_5545974000000300001", "Somebody", "2026-07-01 09:15:00", "x", "y", "a,b"]
    zcrm.write("export.csv", table(header, [cells]))
    done = zcrm(*UPDATE, "export.csv", *QUIET)
    assert done.returncode == 0, done.stderr
    assert "Created By, Modified Time, Tag not sent: no update writes them" in done.stderr
    record = deals.record("Deals", IDS[0])
    assert record["Go_Live"] == "2026-07-01T09:15:00+02:00"
    assert record["Owner"] == {"id": "5545974000000300001"}
    assert "Tag" not in record


@pytest.mark.parametrize(
    ("header", "said", "fix"),
    [
        (["Region"], "'Region' is the label of 2 fields of Deals", "Region1 or Sales_Regions"),
        (["Deal Name", "Opportunity Name"], "fill the same field", "keep one of them"),
        (["Closing Dat"], "Deals has no field 'Closing Dat'", "did you mean Closing_Date"),
        (["Nonesuch__s"], "Deals has no field 'Nonesuch__s'", "--unknown-fields send"),
        (["Owner.id", "Deal Owner.id"], "fill the same field", "keep one of them"),
    ],
)
def test_names_that_stand_for_no_field_or_several_refuse_the_file(
    zcrm: Any, deals: Any, header: list[str], said: str, fix: str
) -> None:
    zcrm.write("deals.csv", table(["id", *header], [[IDS[0], *("1" for _ in header)]]))
    done = zcrm(*UPDATE, "deals.csv", *QUIET)
    assert done.returncode == 2
    assert said in done.stderr
    assert fix in done.stderr
    assert not deals.ledger.requests


def test_faults_that_refuse_a_file_still_do_and_the_others_are_listed_with_them(
    zcrm: Any, deals: Any
) -> None:
    rows = [[IDS[0], "five", "6"], [IDS[1], "5", "six"], [IDS[2], "7", "seven"]]
    zcrm.write("deals.csv", table(["id", "Amount:decimal", "Seats"], rows))
    done = zcrm(*UPDATE, "deals.csv", *QUIET, "--dry-run")
    assert done.returncode == 2
    assert "row 2, column Amount:decimal: 'five' is not a number" in done.stderr
    told = (zcrm.folder / "deals.csv.faults.csv").read_text(encoding="utf-8-sig")
    assert [row[:2] for row in csv.reader(io.StringIO(told))][1:] == [
        *(["2", "Amount:decimal"], ["3", "Seats"], ["4", "Seats"])
    ]
    assert zcrm(*UPDATE, "deals.csv", *QUIET).returncode == 2
    assert not deals.ledger.requests


def test_fields_newer_than_the_metadata_are_sent_where_that_is_said(zcrm: Any, deals: Any) -> None:
    deals.load_fields("Deals", [*RAW, {"api_name": "Brand_New", "data_type": "text"}], strict=True)
    zcrm.write("deals.csv", table(["id", "Brand_New", "Amount"], [[IDS[0], "1", "2"]]))
    done = zcrm(*UPDATE, "deals.csv", *QUIET, "--unknown-fields", "send")
    assert done.returncode == 0, done.stderr
    assert (deals.record("Deals", IDS[0])["Brand_New"], deals.record("Deals", IDS[0])["Amount"]) == ("1", 2)


def test_metadata_of_another_environment_are_refused_unless_it_is_none_or_a_simulator(
    zcrm: Any, deals: Any
) -> None:
    pulled(zcrm, "sandbox")
    zcrm.write("deals.csv", table(["id", "Stage"], [[IDS[0], "Won"]]))
    for more in ([], ["--dry-run"], ["--plan"]):
        done = zcrm(*UPDATE, "deals.csv", *QUIET, *more)
        assert done.returncode == 2
        assert "those of environment sandbox, not of environment production" in done.stderr
    assert not (zcrm.folder / "zcrm-runs").exists()
    assert zcrm(*UPDATE, "deals.csv", *QUIET, "--simulator", "--run-name", "a").returncode == 0
    assert zcrm(*UPDATE, "deals.csv", *QUIET, "--fields", "none", "--run-name", "b").returncode == 0


def of_org(zcrm: Any, org: str) -> None:
    fields = Fields.from_api("Deals", RAW, org=org, environment="production", time_zone="Europe/Berlin")
    fields.save(zcrm.folder / "zcrm-fields")
    zcrm.write("deals.csv", table(["id", "Stage"], [[IDS[0], "Won"]]))


def test_metadata_of_another_org_are_refused_before_anything_is_sent(zcrm: Any, deals: Any) -> None:
    of_org(zcrm, "900000002")
    done = zcrm(*UPDATE, "deals.csv", *QUIET)
    assert done.returncode == 2
    assert "those of org 900000002, not of org 900000001" in done.stderr
    assert not deals.ledger.calls("update_records")
    assert not (zcrm.folder / "zcrm-runs").exists()
    of_org(zcrm, "900000001")
    assert zcrm(*UPDATE, "deals.csv", *QUIET).returncode == 0


def test_an_org_that_can_not_be_asked_is_said_and_stops_nothing(zcrm: Any, deals: Any) -> None:
    of_org(zcrm, "900000002")
    code = deals.issue_code(["ZohoCRM.modules.ALL"])
    signed = zcrm("auth", "login", "--grant-code", stdin=f"{code}\n")
    assert signed.returncode == 0, signed.stderr
    zcrm.env["ZCRM_PROFILE"] = "default"
    done = zcrm(*UPDATE, "deals.csv", *QUIET)
    assert done.returncode == 0, done.stderr
    assert "are of this org could not be asked: " in done.stderr


def test_a_run_goes_on_with_the_fields_it_was_begun_with(zcrm: Any, deals: Any) -> None:
    zcrm.write("deals.csv", table(["id", "Opportunity Name", "Amount"], [[id_, "ok", "5"] for id_ in IDS]))
    folder = zcrm.folder
    request = Request(
        module="Deals",
        file=str(folder / "deals.csv"),
        triggers=(),
        runs_dir=folder / "zcrm-runs",
        fields=str(folder / "zcrm-fields"),
    )
    with Run.new(request) as run:
        name = run.name
    (folder / "zcrm-fields/Deals.json").unlink()
    done = zcrm("runs", "resume", name)
    assert done.returncode == 0, done.stderr
    assert zcrm.counts == {"updated": len(IDS)}
    assert deals.record("Deals", IDS[0])["Amount"] == 5


def test_the_time_of_each_row_may_be_a_column_of_the_export(zcrm: Any, deals: Any) -> None:
    deals.load("Deals", [{"id": IDS[0], "Modified_Time": "2026-11-10T17:40:22+01:00"}])
    deals.load("Deals", [{"id": IDS[1], "Modified_Time": "2026-11-10T17:40:20+01:00"}])
    rows = [[id_, "Won", "2026-11-10 17:40:21"] for id_ in IDS[:2]]
    zcrm.write("deals.csv", table(["id", "Stage", "Modified Time"], rows))
    done = zcrm(*UPDATE, "deals.csv", *QUIET, "--if-unmodified-since", ":column Modified Time")
    assert done.returncode == 3
    assert zcrm.counts == {"conflict": 1, "updated": 1}
    assert zcrm.results["conflict"][0]["id"] == IDS[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "--fields zcrm-fields"),
        (["--fields", "none"], "--fields none"),
        (["--unknown-fields", "send"], "--fields zcrm-fields --unknown-fields send"),
        (["--timezone", "Asia/Kolkata"], "--timezone Asia/Kolkata --fields zcrm-fields"),
    ],
)
def test_the_command_that_goes_on_has_the_same_fields(
    zcrm: Any, deals: Any, words: list[str], said: str
) -> None:
    zcrm.write("deals.csv", table(["id", "Amount"], [[IDS[0], "five"]]))
    facts = json.loads(zcrm(*UPDATE, "deals.csv", *QUIET, *words, "--json").stdout)
    [step] = facts["next"]
    assert step["command"].endswith(f"{said}")
    lines = (zcrm.run_folder / "rejected.csv").read_text().replace("five", "5")
    zcrm.write("corrected.csv", lines)
    again = zcrm(*UPDATE, "corrected.csv", *QUIET, *words, "--run-name", "again")
    assert again.returncode == (3 if "none" in words else 0)


def test_a_stamp_that_is_no_field_is_refused_before_the_first_row(zcrm: Any, deals: Any) -> None:
    zcrm.write("deals.csv", table(["id", "Stage"], [[IDS[0], "Won"]]))
    done = zcrm(*UPDATE, "deals.csv", *QUIET, "--stamp", "Last_Run")
    assert done.returncode == 2
    assert "--stamp: Deals has no field 'Last_Run'" in done.stderr


def test_a_plan_counts_only_rows_that_are_sent(zcrm: Any, deals: Any) -> None:
    zcrm.write("deals.csv", table(["id", "Amount"], [[IDS[0], "5"], [IDS[1], "five"]]))
    facts = json.loads(zcrm(*UPDATE, "deals.csv", *QUIET, "--plan", "--json").stdout)
    assert (facts["rows"], facts["rows_to_send"], facts["rows_rejected"]) == (2, 1, 1)


def test_many_rows_of_one_doubt_are_one_line(zcrm: Any, deals: Any) -> None:
    zcrm.write("deals.csv", table(["id", "Stage"], [[id_, f"Stage {n}"] for n, id_ in enumerate(IDS)]))
    looked = zcrm(*UPDATE, "deals.csv", *QUIET, "--dry-run")
    assert looked.returncode == 0
    [line] = [line for line in looked.stderr.splitlines() if line.startswith("column Stage")]
    assert "'Stage 4' is none of the options; and others (no option, 30 rows, first row 2)" in line


def test_cells_of_other_forms_are_read_as_the_options_say(zcrm: Any, deals: Any) -> None:
    header = ["id", "Amount", "Closing Date", "Go Live"]
    zcrm.write("deals.csv", table(header, [[IDS[0], "1.200,50", "31.12.2026", "2026-07-01 09:15:00"]]))
    options = ("--decimal-comma", "--date-format", "%d.%m.%Y", "--timezone", "Asia/Kolkata")
    assert zcrm(*UPDATE, "deals.csv", *QUIET, *options).returncode == 0
    record = deals.record("Deals", IDS[0])
    assert record["Amount"] == 1200.5
    assert record["Closing_Date"] == "2026-12-31"
    assert record["Go_Live"] == "2026-07-01T09:15:00+05:30"
    wrong = zcrm(*UPDATE, "deals.csv", *QUIET, "--timezone", "Mars/Base")
    assert wrong.returncode == 2
    assert "there is no time zone 'Mars/Base'" in wrong.stderr
