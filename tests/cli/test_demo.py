"""`zcrm demo`: the whole story, and its commands."""

import csv
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any


def test_it_tells_its_story_and_leaves_the_files(zcrm: Any) -> None:
    done = zcrm("demo")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    folder = Path(re.search(r"the files are in (\S+)\n", done.stderr)[1])  # type: ignore[index]
    try:
        assert "the id '5.545974E+18' is damaged" in done.stderr
        runs = [json.loads(path.read_bytes()) for path in (folder / "zcrm-runs").glob("*/run.json")]
        first, second = sorted(runs, key=lambda run: -run["rows"])
        assert first["rows"] == 360
        assert (first["states"]["updated"], first["states"]["rejected"]) == (355, 5)
        assert (first["rows_sent_twice"], first["retries"]) == (100, 2)
        assert {code["code"]: code["rows"] for code in first["codes"]} == {
            "SUCCESS": 355,
            "INVALID_DATA": 3,
            "RECORD_LOCKED": 1,
            "MANDATORY_NOT_FOUND": 1,
        }
        assert (second["rows"], second["states"]["updated"]) == (5, 5)
        with Path(first["files"]["rejected"]).open(newline="") as file:
            assert [row["_row"] for row in csv.DictReader(file)] == ["42", "122", "162", "202", "282"]

        commands = [shlex.split(line)[2:] for line in done.stderr.splitlines() if line.startswith("$ ")]
        assert [zcrm(*command).returncode for command in commands] == [2, 3, 0]
    finally:
        shutil.rmtree(folder)
