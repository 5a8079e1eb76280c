"""What docs/fields.md shows runs as it stands."""

import json
import re
import shlex
from contextlib import chdir
from pathlib import Path
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/fields.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
RAW = json.loads((ROOT / "tests/data/fields-deals.json").read_text(encoding="utf-8"))["fields"]
DEAL = "5545974000000500737"


def test_from_a_label_to_a_row_in_ten_lines(zcrm: Any, simulator: Any, capsys: Any) -> None:
    simulator.load_fields("Deals", RAW, strict=True)
    simulator.load("Deals", ({"id": str(int(DEAL) + n)} for n in range(6)))
    assert len([line for line in BLOCKS["python"].splitlines() if line]) <= 10
    with chdir(zcrm.folder), patch.dict("os.environ", zcrm.env):
        exec(compile(BLOCKS["python"], "docs/fields.md", "exec"), {})
    assert capsys.readouterr().out == "Closing_Date date\nupdated record updated\n"
    assert simulator.record("Deals", DEAL)["Closing_Date"] == "2026-12-31"

    export = (ROOT / "tests/data/zoho-export.csv").read_text(encoding="utf-8")
    zcrm.write("export.csv", export.replace("Negotiation/Review", "Won"))
    for line in BLOCKS["sh"].splitlines():
        done = zcrm(*shlex.split(line)[1:])
        assert done.returncode == 0, done.stderr
    assert simulator.record("Deals", str(int(DEAL) + 1))["Stage"] == "Won"
