"""What docs/fields.md shows runs as it stands."""

import json
import re
import shlex
import sys
from contextlib import chdir
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/fields.md").read_text(encoding="utf-8")
BLOCKS = [text for _, text in re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]
RAW = json.loads((ROOT / "tests/data/fields-deals.json").read_text(encoding="utf-8"))["fields"]
DEAL = "5545974000000500737"


def block(marker: str) -> str:
    """The one block that has this in it."""
    (found,) = [text for text in BLOCKS if marker in text]
    return found


def run(zcrm: Any, text: str) -> None:
    """Run a Python block in the folder, or each command of another."""
    if "import" in text:
        with (
            chdir(zcrm.folder),
            patch.dict("os.environ", zcrm.env),
            patch.object(sys, "path", ["", *sys.path]),
        ):
            exec(compile(text, "docs/fields.md", "exec"), {})
        return
    for line in text.splitlines():
        done = zcrm(*shlex.split(line)[1:])
        assert done.returncode == 0, done.stderr


def test_from_a_label_to_a_row_in_ten_lines(zcrm: Any, simulator: Any, capsys: Any) -> None:
    simulator.load_fields("Deals", RAW, strict=True)
    simulator.load("Deals", ({"id": str(int(DEAL) + n)} for n in range(6)))
    text = block("crm.fields.pull")
    assert len([line for line in text.splitlines() if line]) <= 10
    run(zcrm, text)
    assert capsys.readouterr().out == "Closing_Date date\nupdated record updated\n"
    assert simulator.record("Deals", DEAL)["Closing_Date"] == "2026-12-31"

    export = (ROOT / "tests/data/zoho-export.csv").read_text(encoding="utf-8")
    zcrm.write("export.csv", export.replace("Negotiation/Review", "Won"))
    run(zcrm, block("--columns Stage"))
    assert simulator.record("Deals", str(int(DEAL) + 1))["Stage"] == "Won"


def test_pull_look_compare(zcrm: Any, simulator: Any) -> None:
    run(zcrm, block("fields diff"))
    assert {path.name for path in (zcrm.folder / "zcrm-fields").iterdir()} == {"Deals.json", "Leads.json"}


@pytest.mark.skipif(find_spec("datamodel_code_generator") is None, reason="runs in `nox -s types`")
def test_from_a_pulled_field_to_a_typed_row(zcrm: Any, simulator: Any, capsys: Any) -> None:
    simulator.load_fields("Deals", RAW, strict=True)
    simulator.load("Deals", [{"id": DEAL}])
    run(zcrm, "zcrm fields pull Deals")
    with patch.dict(sys.modules):
        run(zcrm, block("fields types"))
        run(zcrm, block("import DealsRow"))
    assert capsys.readouterr().out == "1\n"
    assert simulator.record("Deals", DEAL)["Seats"] == 25
