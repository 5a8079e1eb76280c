"""`zcrm fields`: what fields are, from the org to files, to a table, to differences."""

import json
from pathlib import Path
from typing import Any

import pytest

from zcrm.fields import Fields

DEALS = Path(__file__).parents[1] / "data/fields-deals.json"
DOCUMENT = json.loads(DEALS.read_text(encoding="utf-8"))


@pytest.fixture
def deals(zcrm: Any, simulator: Any) -> Any:
    """The fields of deals, pulled; change what the org has by giving its fields anew."""
    simulator.load_fields("Deals", DEALS)
    done = zcrm("fields", "pull", "Deals")
    assert done.returncode == 0, done.stderr

    def change(**changes: Any) -> None:
        fields = [each | changes.get(each["api_name"], {}) for each in DOCUMENT["fields"]]
        simulator.load_fields("Deals", [each for each in fields if not each.get("gone")])

    return change


def test_pull_writes_a_file_for_each_module(zcrm: Any, simulator: Any) -> None:
    simulator.load_fields("Deals", DEALS)
    simulator.time_zone = "Europe/Berlin"

    done = zcrm("fields", "pull", "Leads", "Deals", "--json")

    told = json.loads(done.stdout)
    assert (done.returncode, told["answer"]) == (0, "fields_pulled")
    assert told["modules"] == [
        {"module": "Deals", "file": "zcrm-fields/Deals.json", "fields": 38, "changes": None},
        {"module": "Leads", "file": "zcrm-fields/Leads.json", "fields": 8, "changes": None},
    ]
    kept = Fields.load(zcrm.folder / "zcrm-fields")
    assert (kept["Deals"].org, kept["Deals"].time_zone) == ("900000001", "Europe/Berlin")


def test_pulling_again_says_what_has_changed(zcrm: Any, deals: Any) -> None:
    assert "38 fields in zcrm-fields/Deals.json, unchanged" in zcrm("fields", "pull", "Deals").stderr
    deals(Contract_No={"length": 50})
    assert "1 differences to before" in zcrm("fields", "pull", "Deals").stderr
    assert Fields.load(zcrm.folder / "zcrm-fields")["Deals"]["Contract_No"].length == 50


def test_a_module_that_there_is_not_suggests_the_nearest(zcrm: Any, simulator: Any) -> None:
    simulator.load("Houses", 1)
    assert zcrm("fields", "pull", "Houses").returncode == 0
    done = zcrm("fields", "pull", "House")
    assert (done.returncode, (zcrm.folder / "zcrm-fields/House.json").exists()) == (2, False)
    assert "There is no module House in this org; did you mean Houses?" in done.stderr


def test_a_sign_in_without_the_scope_names_it(zcrm: Any, simulator: Any) -> None:
    grant = simulator._site.accounts.new_grant(("ZohoCRM.modules.ALL", "ZohoCRM.org.READ"))
    zcrm.env["ZCRM_REFRESH_TOKEN"] = grant.refresh_token
    done = zcrm("fields", "pull", "Deals")
    assert done.returncode == 4
    assert "lacks the scope ZohoCRM.settings.fields.READ" in done.stderr


def test_files_of_another_org_are_not_written_over(zcrm: Any, deals: Any, simulator: Any) -> None:
    before = (zcrm.folder / "zcrm-fields/Deals.json").read_bytes()
    simulator._site.accounts.organization = "900000002"
    for command in (["pull", "Deals"], ["diff"]):
        done = zcrm("fields", *command)
        assert done.returncode == 2
        assert "org 900000001, not of org 900000002" in done.stderr
    assert (zcrm.folder / "zcrm-fields/Deals.json").read_bytes() == before


def test_a_folder_that_can_not_be_written_to(zcrm: Any, simulator: Any) -> None:
    zcrm.write("taken", "")
    done = zcrm("fields", "pull", "Deals", "--fields", "taken/fields")
    assert done.returncode == 2
    assert "can't be written to" in done.stderr


def test_pull_from_a_simulator_of_its_own(zcrm: Any) -> None:
    done = zcrm("fields", "pull", "Deals", "--simulator")
    assert done.returncode == 0
    assert "SIMULATOR" in done.stderr
    assert zcrm("fields", "pull", "Deals", "--simulator", "--profile", "x").returncode == 2


def test_show_is_a_table_that_can_be_read(zcrm: Any, deals: Any) -> None:
    done = zcrm("fields", "show", "Deals")
    head, *lines = done.stdout.splitlines()
    assert head.split() == ["label", "API", "name", "type", "length", "updated", "mass-updated", "options"]
    assert len(lines) == 38
    found = {line[head.index("API name") :].split()[0]: " ".join(line.split()) for line in lines}
    assert found["Contract_No"] == "Contract No. Contract_No text 40 yes no"
    assert found["Account_Name"] == "Account Name Account_Name lookup of Accounts 120 yes no"
    assert found["Stage"] == "Stage Stage picklist 120 needed yes First Talk, Offer Sent, Won, Lost"
    assert found["Margin"].startswith("Margin Margin formula 16 no no")
    assert found["Layout"] == "Layout Layout layout 50 yes no"
    assert {line[head.index("type")] for line in lines}.isdisjoint(" ")


def test_show_tells_programs_all_there_is(zcrm: Any, deals: Any) -> None:
    done = zcrm("fields", "show", "Deals", "--json")
    told = json.loads(done.stdout)
    assert (told["answer"], told["module"], told["org"]) == ("fields", "Deals", "900000001")
    fields = {field["api_name"]: field for field in told["fields"]}
    assert (fields["Milestones"]["can_be_updated"], fields["Margin"]["can_be_updated"]) == (True, False)
    assert fields["Stage"]["pick_list_values"][0] == {
        "display_value": "First Talk",
        "actual_value": "Qualification",
        "reference_value": "Qualification",
    }


def test_labels_do_not_steer_the_terminal(zcrm: Any, simulator: Any) -> None:
    simulator.load_fields("Deals", [{"api_name": "A", "data_type": "text", "field_label": "x\x1b[2J\n漢字"}])
    zcrm("fields", "pull", "Deals")
    lines = zcrm("fields", "show", "Deals").stdout.splitlines()
    assert lines[1].startswith(r"x\x1b[2J\n漢字  A")


def test_show_of_what_was_not_pulled(zcrm: Any) -> None:
    done = zcrm("fields", "show", "Deals")
    assert done.returncode == 2
    assert "zcrm fields pull" in done.stderr


def test_nothing_has_changed(zcrm: Any, deals: Any) -> None:
    done = zcrm("fields", "diff", "--json")
    assert (done.returncode, json.loads(done.stdout)["changes"]) == (0, [])


def test_what_has_changed(zcrm: Any, deals: Any, simulator: Any) -> None:
    (lead_source,) = [each for each in DOCUMENT["fields"] if each["api_name"] == "Lead_Source"]
    options = [{"display_value": "Podcast", "type": "used"}, *lead_source["pick_list_values"][:-1]]
    (stage,) = [each for each in DOCUMENT["fields"] if each["api_name"] == "Stage"]
    deals(
        Stage={"pick_list_values": stage["pick_list_values"][::-1]},
        Contract_No={"length": 50},
        Region1={"gone": True},
        Lead_Source={"pick_list_values": options},
    )
    simulator.add_field("Deals", "Nickname", label="Nick")
    before = (zcrm.folder / "zcrm-fields/Deals.json").read_bytes()

    done = zcrm("fields", "diff", "Deals")
    told = json.loads(zcrm("fields", "diff", "--json").stdout)

    assert done.returncode == told["exit_code"] == 3
    assert done.stdout.splitlines() == [
        "~ Deals.Contract_No  length: 40 → 50",
        "~ Deals.Lead_Source  options: -Word of Mouth, +Podcast",
        "+ Deals.Nickname  text  Nick",
        "- Deals.Region1  text  Region",
        "~ Deals.Stage  options: in another order",
    ]
    assert told["changes"][0] == {
        "module": "Deals",
        "field": "Contract_No",
        "kind": "changed",
        "what": "length",
        "before": 40,
        "after": 50,
    }
    assert (zcrm.folder / "zcrm-fields/Deals.json").read_bytes() == before


def test_diff_of_a_module_that_was_not_pulled(zcrm: Any, deals: Any, simulator: Any) -> None:
    calls = len(simulator.ledger.requests)
    done = zcrm("fields", "diff", "Leads")
    assert done.returncode == 2
    assert len(simulator.ledger.requests) == calls


@pytest.mark.parametrize("words", [["pull", "Deals"], ["diff"]])
def test_an_answer_that_is_none_leaves_nothing_unknown(
    zcrm: Any, deals: Any, simulator: Any, words: list[str]
) -> None:
    before = (zcrm.folder / "zcrm-fields/Deals.json").read_bytes()
    simulator.load_fields("Deals", [{"api_name": "A", "data_type": "picklist", "pick_list_values": [1]}])
    done = zcrm("fields", *words)
    assert done.returncode == 5, done.stderr
    assert (zcrm.folder / "zcrm-fields/Deals.json").read_bytes() == before


@pytest.mark.parametrize("content", ["", "<<<<<<< HEAD", '{"format": "zcrm fields", "version": 2}'])
def test_pulling_again_mends_a_file_that_can_not_be_read(zcrm: Any, deals: Any, content: str) -> None:
    path = zcrm.folder / "zcrm-fields/Deals.json"
    path.write_text(content)
    (zcrm.folder / "zcrm-fields/Other.json").write_text("{}")
    done = zcrm("fields", "show", "Deals")
    assert (done.returncode, "zcrm fields pull" in done.stderr) == (2, True)
    assert zcrm("fields", "pull", "Deals").returncode == 0
    assert len(Fields.load(path)["Deals"]) == 38
