"""A campaign of hostile files, answers and profiles: nothing steers a terminal, nothing is lost.

`nox -s hostile` runs 500 examples; ZCRM_HOSTILE_EXAMPLES says how many, else it is a sample.
"""

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from zcrm.files.choices import Format
from zcrm.files.shown import hides
from zcrm.files.tables import ADDED, open_table
from zcrm.outcomes import STATES
from zcrm.runs.exits import Exit

campaign = settings(
    max_examples=int(os.environ.get("ZCRM_HOSTILE_EXAMPLES", "30")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

NASTY = [
    *"\0\a\b\t\n\r\x1b\x7f\x85\x9b\u200e\u202e\u2028\u2066\ufeff\u00ad=+-@＝'\"`,;|\\[]{}$:._éß東🙂 ",
    "\x1b[2J\x1b[1A",
    "\x1b]0;title\a",
    "\x1b]8;;http://127.0.0.1/\x1b\\",
    "[bold red]",
    "[/]",
    ":bomb:",
    "\r\n",
    "=cmd|' /C calc'!A0",
    "%s{0}",
]
NAMED = ["SUCCESS", "INVALID_DATA", "INVALID_MODULE", "MANDATORY_NOT_FOUND", "OAUTH_SCOPE_MISMATCH"]


def texts(without: str = "", most: int = 5) -> st.SearchStrategy[str]:
    """Texts of a few pieces, most of them nasty."""
    pieces = [piece for piece in (*NASTY, *"abcXYZ019") if not set(piece) & set(without)]
    return st.lists(st.sampled_from(pieces), max_size=most).map("".join)


def _values(keys: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none() | st.booleans() | st.integers(-9, 9) | texts(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(keys, inner, max_size=2),
        max_leaves=4,
    )


VALUES = _values(texts())
ITEMS = st.fixed_dictionaries(
    {
        "code": st.sampled_from(NAMED) | texts() | VALUES,
        "status": st.sampled_from(["error", "success"]) | texts(),
        "message": texts(most=9) | VALUES,
        "details": st.dictionaries(st.sampled_from(["id", "api_name", "json_path"]) | texts(), VALUES)
        | VALUES,
    }
)


@dataclass
class Answers:
    """What a server says: to who asks for a token, and to a call, as a whole or row by row."""

    status: int
    token: dict[str, Any]
    whole: Any = None
    rows: list[dict[str, Any]] = field(default_factory=list)
    header: str = ""

    def to(self, call: bytes) -> bytes:
        if not self.rows:
            return self.whole if isinstance(self.whole, bytes) else json.dumps(self.whole).encode()
        items = [
            self._to_row(self.rows[number % len(self.rows)], row)
            for number, row in enumerate(json.loads(call)["data"])
        ]
        return json.dumps({"data": items}).encode()

    @staticmethod
    def _to_row(item: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
        """The item; about this very row, when it says that all is well."""
        if item["status"] == "success" and isinstance(item["details"], dict):
            return item | {"code": "SUCCESS", "details": item["details"] | {"id": str(row["id"])}}
        return item


TOKEN = {"access_token": "1000.a", "expires_in": 3600, "token_type": "Bearer"}
HEADERS = texts(most=3).map(lambda text: "".join(char for char in text if " " <= char <= "~").strip())
ANSWERS = st.builds(
    Answers,
    status=st.sampled_from([200, 202, 207, 400]),
    token=st.just(TOKEN),
    rows=st.lists(ITEMS, min_size=1, max_size=3),
    header=HEADERS,
) | st.builds(
    Answers,
    status=st.sampled_from([200, 302, 400, 403, 404, 405, 413]),
    token=st.just(TOKEN)
    | st.fixed_dictionaries({"error": texts()}, optional={"error_description": texts()})
    | st.fixed_dictionaries({"access_token": texts(), "scope": texts(), "api_domain": texts()}),
    whole=ITEMS | VALUES | st.binary(max_size=9),
    header=HEADERS,
)


@dataclass(frozen=True)
class File:
    """A file of rows: what it is called, what it holds, and whether a name in it hides something."""

    name: str
    content: bytes
    hides: bool


def _csv(name: str, names: list[str], rows: list[list[str]], byte_order_mark: bool) -> File:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["id", *names], *rows])
    content = text.getvalue().encode("utf-8-sig" if byte_order_mark else "utf-8")
    return File(f"{name}.csv", content, any(map(hides, names)))


def _jsonl(name: str, rows: list[dict[str, Any]]) -> File:
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    own = [{key: value for key, value in row.items() if key not in ADDED} for row in rows]
    return File(f"{name}.jsonl", content.encode(), any(map(_hides_within, own)))


def _hides_within(value: Any) -> bool:
    if isinstance(value, dict):
        return any(hides(key) or _hides_within(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(_hides_within, value))


IDS = st.integers(1, 10**6).map(lambda number: str(5545974000000500000 + number))
FILE_NAMES = texts(without="\0/", most=3).map(lambda text: f"x{text}")
FIELDS = st.sampled_from(
    ["City", "Tags:list", "Owner.id", "X:json", "_code", "_note", "_[bold]", "_=1", "_@é東", "[bold]", "@é東"]
)
KEYS = st.sampled_from(["City", "Owner", "_code", "_note", "_[bold]", "_=1+1", "_@é東", ":bomb:", "@é東", ""])


def _files(fields: st.SearchStrategy[str], keys: st.SearchStrategy[str]) -> st.SearchStrategy[File]:
    values = _values(keys)
    return st.lists(fields, max_size=3, unique=True).flatmap(
        lambda names: st.builds(_csv, FILE_NAMES, st.just(names), _rows_below(names), st.booleans())
    ) | st.builds(
        _jsonl,
        FILE_NAMES,
        st.lists(
            st.builds(
                lambda record_id, rest: {"id": record_id} | rest,
                IDS,
                st.dictionaries(keys, values, max_size=2),
            ),
            max_size=3,
        ),
    )


def _rows_below(names: list[str]) -> st.SearchStrategy[list[list[str]]]:
    cells = [texts(without="\0") for _ in names]
    return st.lists(st.tuples(IDS | st.just(""), *cells).map(list), max_size=3)


FILES = _files(FIELDS, KEYS) | _files(FIELDS | texts(without="\0"), KEYS | texts())


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, list[Answers]]]:
    """The address of a server, and a list whose last member it answers with."""
    plan: list[Answers] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            call = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            says = plan[-1]
            signs_in = self.path.startswith("/oauth")
            body = json.dumps(says.token).encode() if signs_in else says.to(call)
            self.send_response(200 if signs_in else says.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-API-CREDITS-REMAINING", says.header)
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_POST

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = Thread(target=listening.serve_forever, args=[0.01])
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", plan
        listening.shutdown()
        thread.join()


@pytest.fixture
def elsewhere(zcrm_in: Any) -> Callable[[], Any]:
    """Gives the command line a new folder for each example."""

    @contextmanager
    def make() -> Iterator[Any]:
        with tempfile.TemporaryDirectory() as folder:
            yield zcrm_in(Path(folder))

    return make


def is_safe(done: Any) -> bool:
    """Whether a command ended in an expected way, in words that steer nothing."""
    Exit(done.returncode)
    lines = [*done.stdout.split("\n"), *done.stderr.split("\n")]
    return not any(line.startswith("Error: unexpected") or hides(line) for line in lines)


def signed_in(zcrm: Any, address: str) -> Any:
    zcrm.env |= dict.fromkeys(("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN"), "1000.x")
    zcrm.env |= dict.fromkeys(("ZCRM_API_DOMAIN", "ZCRM_ACCOUNTS_URL"), address)
    return zcrm


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
@pytest.mark.parametrize("key", ["x", "api_name", "message", "code"])
@pytest.mark.parametrize("levels", [90, 300, 900, 990, 1010, 1030, 100_000])
def test_answers_however_deep(zcrm: Any, server: Any, levels: int, key: str, suffix: str) -> None:
    address, plan = server
    item: dict[str, Any] = {"code": "INVALID_DATA", "status": "error", "message": "m", "details": {}}
    (item if key in item else item["details"])[key] = "deep"
    whole = json.dumps({"data": [item]}).replace('"deep"', "[" * levels + "]" * levels)
    plan.append(Answers(200, TOKEN, whole=whole.encode()))
    path = zcrm.folder / f"rows.{suffix}"
    path.write_text(
        "id,City\n5545974000000500001,Cork\n"
        if suffix == "csv"
        else '{"id": "5545974000000500001", "City": "Cork"}\n'
    )
    command = ("records", "update", "Accounts", path.name, "--triggers", "none", "--no-resend-lost")
    done = signed_in(zcrm, address)(*command, "--json")
    assert is_safe(done), done
    assert json.loads(done.stdout)["rows"] == looks_at_results(zcrm.run_folder, path) == 1


@campaign
@given(FILES, ANSWERS, st.sampled_from(["utf-8", "cp932", "cp1252", "ascii"]))
def test_whatever_a_file_holds_and_a_server_says(
    elsewhere: Any, server: Any, file: File, answers: Answers, encoding: str
) -> None:
    address, plan = server
    plan.append(answers)
    with elsewhere() as zcrm:
        signed_in(zcrm, address)
        path = zcrm.folder / file.name
        path.write_bytes(file.content)
        command = ("records", "update", "Accounts", file.name, "--triggers", "none")
        command += ("--duplicates", "keep-order")
        looked = zcrm(*command, "--dry-run", encoding=encoding)
        done = zcrm(*command, "--no-resend-lost", "--json", encoding=encoding)
        assert is_safe(looked), looked
        assert is_safe(done), done
        assert path.read_bytes() == file.content
        event(Exit(done.returncode).name)
        if file.hides:
            assert looked.returncode == done.returncode == Exit.USAGE
        if (zcrm.folder / "zcrm-runs").exists():
            assert json.loads(done.stdout)["rows"] == looks_at_results(zcrm.run_folder, path)
            for words in (("export",), ("show", "--html", "--values")):
                told = zcrm("runs", *words, encoding=encoding)
                assert (told.returncode, is_safe(told)) == (Exit.OK, True), told
            assert_is_text(zcrm.run_folder)
        else:
            answer = json.loads(done.stdout)
            assert (looked.returncode, answer["run"], answer["exit_code"]) == (Exit.USAGE, None, Exit.USAGE)


def assert_is_text(folder: Path) -> None:
    """Nothing in the table is a formula, and nothing in the page steers what shows it."""
    with (folder / "outcomes.csv").open(encoding="utf-8", newline="") as file:
        cells = [text for row in csv.reader(file) for text in row]
    assert not [text for text in cells if text.lstrip()[:1] in ("=", "+", "-", "@") or hides(text)]
    page = (folder / "run.html").read_text(encoding="utf-8").split("\n")
    assert not [line for line in page if hides(line)]


def looks_at_results(folder: Path, path: Path) -> int:
    """The rows in the six files; each is as the input has it, with cells added that are safe to open."""
    added: list[Any] = []
    found: list[Any] = []
    for state in STATES:
        result = folder / f"{state}{path.suffix}"
        with open_table(str(result)) as table:
            assert sum(1 for _ in table) == sum(1 for _ in table.lines())
            found += [line.held for line in table.lines()]
        if table.format is Format.CSV:
            with result.open(encoding="utf-8-sig", newline="") as file:
                added += [row[-len(ADDED) :] for row in csv.reader(file, strict=True)][1:]
        else:
            lines = result.read_bytes().splitlines()
            added += [[value for key, value in json.loads(line).items() if key in ADDED] for line in lines]
            assert not any(hides(line.decode().rpartition('"_row":')[2]) for line in lines)
    with open_table(str(path)) as table:
        assert sorted(map(repr, found)) == sorted(repr(line.held) for line in table.lines())
    texts = [cell for cells in added for cell in cells if isinstance(cell, str)]
    assert not any(map(hides, texts))
    if table.format is Format.CSV:
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "＝")) for cell in texts)
    assert {path.name for path in folder.iterdir()} == {
        "run.json",
        "journal.sqlite",
        "lock",
        *(f"{state}{path.suffix}" for state in STATES),
    }
    return len(added)


PROFILE = st.fixed_dictionaries(
    {
        "format": st.just("zcrm profile") | VALUES,
        "version": st.just(1) | VALUES,
        "name": st.just("one") | texts(),
        "client_id": texts(),
        "client_secret": texts() | VALUES,
        "refresh_token": texts() | st.none(),
        "scopes": st.lists(texts(), max_size=2) | VALUES,
        "soid": st.none() | texts(),
        "data_center": st.just("us") | texts(),
        "environment": st.just("production") | texts(),
        "accounts_url": st.none() | texts(),
        "api_domain": st.none() | texts(),
        "signed_in": texts() | VALUES,
    }
).map(lambda fields: json.dumps(fields).encode())


@campaign
@given(PROFILE | st.binary(max_size=20) | VALUES.map(lambda value: json.dumps(value).encode()), FILE_NAMES)
def test_whatever_a_profile_holds(elsewhere: Any, content: bytes, name: str) -> None:
    with elsewhere() as zcrm:
        folder = zcrm.folder / "config/profiles"
        folder.mkdir(parents=True)
        for path in (folder / "one.json", folder / f"{name}.json"):
            path.write_bytes(content)
        for words in (["status"], ["status", "--json"], ["status", "--profile", "one"]):
            done = zcrm("auth", *words)
            assert is_safe(done), done
        assert all(path.read_bytes() == content for path in folder.glob("*.json"))
        done = zcrm("auth", "logout", "--local", "--profile", name)
        assert is_safe(done), done
        assert (folder / "one.json").read_bytes() == content
