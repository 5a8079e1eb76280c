"""What reaches a terminal: one line for each line, nothing that steers it, whatever it can encode."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from zcrm.cli.guard import run
from zcrm.cli.listening import Ears, listening
from zcrm.cli.screen import Screen
from zcrm.files.shown import hides

UPDATE = ("records", "update", "Accounts")
HOSTILE = "a\x1b[2J\u202e\x9b[bold]"
ESCAPED = r"a\x1b[2J\u202e\x9b[bold]"
ID = "5545974000000500001"
FILE = "Zürich – 東京 “Łódź”.csv"
COMMANDS = [
    ["--help"],
    ["demo", "--help"],
    ["explain", "--help"],
    ["schema", "--help"],
    ["runs", "show", "--help"],
    ["runs", "export", "--help"],
    ["simulator", "--help"],
    ["records", "update", "--help"],
    *(["mass-update", verb, "--help"] for verb in ("ids", "view", "status", "wait")),
    ["auth", "login", "--help"],
    ["auth", "status", "--help"],
    ["auth", "logout", "--help"],
]


def safe(text: str) -> bool:
    return not any(hides(line) for line in text.split("\n"))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_is_ascii(zcrm: Any, words: list[str]) -> None:
    done = zcrm(*words)
    assert done.returncode == 0
    assert done.stdout.isascii()


@pytest.mark.parametrize("encoding", ["cp932", "cp1252", "ascii"])
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["demo"], 0),
        (["explain", "INVALID_DATA"], 0),
        (["explain", "Łódź"], 2),
        ([*UPDATE, FILE, "--triggers", "none", "--simulator", "--json"], 3),
        ([*UPDATE, FILE, "--triggers", "none", "--dry-run"], 0),
        ([*UPDATE, "Łódź.csv", "--triggers", "none"], 2),
        ([*UPDATE, "a.csv", "Łódź.csv"], 2),
        (["auth", "status", "--profile", "Łódź"], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_a_console_can_not_encode_is_escaped(
    zcrm: Any, encoding: str, words: list[str], code: int
) -> None:
    zcrm.write(FILE, f"id,City,_note\n{ID},Größe – 東京,z\n,y,z\n")
    done = zcrm(*words, encoding=encoding)
    assert done.returncode == code, done.stderr
    assert "Error: unexpected" not in done.stderr
    if "--json" in words:
        assert json.loads(done.stdout)["rows"] == 2
        assert Path(json.loads((zcrm.run_folder / "run.json").read_text())["file"]).name == FILE
    if "Łódź.csv" in words and "--triggers" in words:
        assert "Łódź.csv".encode(encoding, "backslashreplace").decode(encoding) in done.stderr


def test_a_label_a_console_can_not_encode_is_escaped(zcrm: Any) -> None:
    for encoding in ("cp932", "cp1252", "ascii"):
        zcrm.write(FILE, f"id,Größe – 東京\n{ID},x\n")
        done = zcrm(*UPDATE, FILE, "--triggers", "none", "--dry-run", encoding=encoding)
        assert done.returncode == 2
        assert "Größe – 東京".encode(encoding, "backslashreplace").decode(encoding) in done.stderr


def test_a_process_degrades_as_well(zcrm: Any) -> None:
    zcrm.env |= {"PYTHONIOENCODING": "ascii:strict"}
    done = zcrm.process("explain", "Łódź")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(r"Error: '\u0141\xf3d\u017a' is not documented")


@pytest.mark.parametrize(
    "words",
    [
        [HOSTILE],
        ["records", HOSTILE],
        ["records", "update", f"--{HOSTILE}"],
        [*UPDATE, "a.csv", f"{HOSTILE}.csv", "--triggers", "none"],
        ["records", "update", HOSTILE, "rows.csv", "--triggers", "none"],
        [*UPDATE, f"{HOSTILE}.csv", "--triggers", "none"],
        [*UPDATE, "rows.csv", "--triggers", HOSTILE],
        [*UPDATE, "rows.csv", "--triggers", "none", "--duplicates", HOSTILE],
        [*UPDATE, "rows.csv", "--triggers", "none", "--simulator", "--simulator-load", HOSTILE],
        [*UPDATE, "rows.csv", "--triggers", "none", "--simulator", "--simulator-load", f"A={HOSTILE}"],
        [*UPDATE, "rows.csv", "--triggers", "none", "--runs-dir", f"rows.csv/{HOSTILE}", "--simulator"],
        [*UPDATE, "rows.csv", "--triggers", "none", "--data-center", HOSTILE],
        [*UPDATE, "rows.csv", "--triggers", "none", "--profile", HOSTILE],
        ["explain", HOSTILE],
        ["explain", "INVALID_DATA", "--operation", HOSTILE],
        ["simulator", "--edition", HOSTILE],
        ["simulator", "--fault", HOSTILE],
        ["simulator", "--fault", f"{HOSTILE}=1"],
        ["simulator", "--port", "0", "--load", f"Accounts={HOSTILE}"],
        ["auth", "status", "--profile", HOSTILE],
        ["auth", "login", "--data-center", HOSTILE, "--client-id", "x"],
        ["auth", "login", "--for", HOSTILE, "--client-id", "x"],
        ["auth", "login", "--redirect-uri", HOSTILE, "--client-id", "x"],
    ],
    ids=lambda words: " ".join(words).replace(HOSTILE, "HOSTILE"),
)
def test_a_refusal_shows_what_was_typed_escaped(zcrm: Any, words: list[str]) -> None:
    zcrm.write("rows.csv", "id\n5545974000000500001\n")
    zcrm.env |= dict.fromkeys(("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN"), "x")
    done = zcrm(*words)
    assert done.returncode == 2, done.stderr
    assert safe(done.stdout + done.stderr)
    assert ESCAPED.replace("\\", "") in done.stderr.replace("\\", ""), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", [f"{HOSTILE}.csv", b"caf\xe9.csv", "[red]x[bold] :bomb:.csv", "-x.csv"])
def test_a_run_of_a_file_by_any_name_says_where_it_is(zcrm: Any, name: str | bytes) -> None:
    path = zcrm.folder / (name if isinstance(name, str) else name.decode("utf-8", "surrogateescape"))
    path.write_text("id,City\n5545974000000500001,Cork\n,Lille\n")
    words = ("--triggers", "none", "--simulator", "--json", "--runs-dir", f"{path.name}-runs")
    done = zcrm(*UPDATE, *words, "--", path.name)
    assert done.returncode == 3, done.stderr
    assert safe(done.stdout + done.stderr)
    facts = json.loads(done.stdout)
    assert facts["states"]["rejected"] == 1
    assert Path(zcrm.folder, facts["folder"], "rejected.csv").exists()
    kept = json.loads(Path(zcrm.folder, facts["folder"], "run.json").read_text())
    assert Path(kept["file"]) == path
    again = subprocess.run(
        ["bash", "-c", facts["next"][0]["command"].replace("zcrm", f"{sys.executable} -m zcrm.cli", 1)],
        cwd=zcrm.folder,
        env=zcrm.env,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert again.returncode == 3, again.stderr


def test_markup_is_shown_as_it_is(zcrm: Any) -> None:
    zcrm.write("rows.csv", "id,[bold red]x[/],:bomb:\n5545974000000500001,a,b\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--dry-run")
    assert "'[bold red]x[/]' (likely bold_red_x), ':bomb:' (likely bomb)" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("rows.csv", "id,City\x1b[1A\x1b[2K\n§,Cork\n", r"row 1: the column 'City\x1b[1A\x1b[2K' holds"),
        ("rows.csv", 'id,"Ci\nty"\n§,Cork\n', r"row 1: the column 'Ci\nty' holds"),
        ("rows.csv", "id,_note\u202e\n§,Cork\n", r"row 1: the column '_note\u202e' holds"),
        ("rows.csv", "id,City\t\n§,Cork\n", r"row 1: the column 'City\t' holds"),
        ("rows.csv", '\ufeff"\ufeffid",City\n§,Cork\n', r"the column '\ufeffid' holds"),
        ("rows.csv", 'id,X:json\n§,"{""a\u009b"": 1}"\n', r"row 2, column X:json: the key 'a\x9b' holds"),
        ("rows.jsonl", '{"id": "§"}\n{"id": "§", "\\u001b[2J": 1}\n', r"row 2: the key '\x1b[2J' holds"),
        ("rows.jsonl", '{"id": "§", "_\\u200e": 1}\n', r"row 1: the key '_\u200e' holds"),
        ("rows.jsonl", '{"id": "§", "a": [{"b": {"\\r": 1}}]}\n', r"row 1: the key '\r' holds"),
        ("rows.jsonl", f'{{"id": "§", "a": {"[" * 300}{"]" * 300}}}\n', "more than 100 levels deep"),
    ],
)  # fmt: skip
def test_a_name_that_hides_something_refuses_the_file(zcrm: Any, name: str, content: str, said: str) -> None:
    replaced = content.replace("§", ID) if isinstance(content, str) else content
    zcrm.write(name, replaced)
    for words in (["--dry-run"], ["--simulator"]):
        done = zcrm(*UPDATE, name, "--triggers", "none", *words)
        assert (done.returncode, done.stdout) == (2, "")
        error, fix = done.stderr.splitlines()
        assert error.startswith(f"Error: {name}, ")
        assert said in error
        assert fix.startswith("Fix: ")
        assert safe(done.stderr)
    assert not (zcrm.folder / "zcrm-runs").exists()


def test_tabs_between_the_names_are_told_from_a_tab_in_a_name(zcrm: Any) -> None:
    zcrm.write("rows.csv", "id\tCity\n5545974000000500001\tCork\n")
    done = zcrm(*UPDATE, "rows.csv", "--triggers", "none", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "delimiter tab" in done.stderr


def test_an_unexpected_error_is_two_lines(capfd: Any) -> None:
    app = typer.Typer()

    @app.command()
    def fail() -> None:
        raise LookupError(f"gone: {HOSTILE}\nFix: nothing")

    sys.argv[1:], words = [], sys.argv[1:]
    try:
        assert run(app) == 1
    finally:
        sys.argv[1:] = words
    error, fix = capfd.readouterr().err.splitlines()
    assert error.startswith(
        rf"Error: unexpected: LookupError: gone: {ESCAPED}\nFix: nothing (test_output.py, line "
    )
    assert fix.startswith("Fix: report it; ")


def test_a_log_file_has_a_line_for_each_record(zcrm: Any, tmp_path: Path) -> None:
    log = logging.getLogger("zcrm.test")
    with listening(Ears(log_file=tmp_path / "log"), Screen()):
        log.warning("said %s\nFix: nothing", HOSTILE)
        try:
            raise ValueError(HOSTILE)
        except ValueError:
            log.exception("broke")
    said, broke, *below = (tmp_path / "log").read_text().splitlines()
    assert said.endswith(rf" WARNING said {ESCAPED}\nFix: nothing")
    assert broke.endswith(" ERROR broke")
    assert below[0] == "Traceback (most recent call last):"
    assert below[-1] == f"ValueError: {ESCAPED}"
    assert not any(map(hides, [said, broke, *below]))
