"""What `zcrm each` refuses before anything starts, and how it reads orgs and commands."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from zcrm.cli.app import app
from zcrm.cli.each_kept import FINISHED, KeptEach
from zcrm.cli.each_orgs import Org, by_patterns, from_file
from zcrm.cli.each_telling import facts_of, lines_of
from zcrm.cli.each_words import parsed
from zcrm.cli.profiles import Profile, Profiles
from zcrm.errors import UsageError
from zcrm.runs.exits import Exit, strongest
from zcrm.runs.folder import RunFolder
from zcrm.runs.verbs import VERBS

NAMES = ["Client-B", "client-a", "each", "lock"]
UPDATE = ("records", "update", "Deals", "deals.csv", "--triggers", "none")


@pytest.fixture
def profiles(zcrm: Any) -> Any:
    """`zcrm` with profiles that lead nowhere."""
    kept = Profiles(Path(zcrm.env["ZCRM_CONFIG_DIR"]))
    for name in NAMES:
        place = "http://127.0.0.1:9"
        profile = Profile(name=name, client_id="1000.A", client_secret="s", refresh_token="r")
        kept.save(Profile(**{**_fields(profile), "accounts_url": place, "api_domain": place}))
    zcrm.write("deals.csv", "id,Stage\n5545974000000500001,Won\n")
    return zcrm


def _fields(profile: Profile) -> dict[str, Any]:
    return {name: getattr(profile, name) for name in Profile.__slots__}


@pytest.mark.parametrize(
    ("patterns", "found"),
    [
        (["client-*"], ["Client-B", "client-a"]),
        (["CLIENT-A"], ["client-a"]),
        (["each", "client-?"], ["Client-B", "client-a", "each"]),
        (["*", "lock"], NAMES),
        (["client-[ab]"], ["Client-B", "client-a"]),
    ],
)
def test_patterns_are_matched_over_the_profiles_there_are(patterns: list[str], found: list[str]) -> None:
    assert [org.profile for org in by_patterns(patterns, NAMES)] == found


@pytest.mark.parametrize(
    ("names", "there_are"),
    [(NAMES, "there are Client-B, client-a, each, lock"), ([], "there is none yet")],
)
def test_a_pattern_that_matches_none_names_those_there_are(names: list[str], there_are: str) -> None:
    with pytest.raises(UsageError, match=f"No profile matches 'shop'; {there_are}"):
        by_patterns(["*", "shop"] if names else ["shop"], names)


def test_orgs_come_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "orgs.csv"
    path.write_text('\ufeffprofile, file\n\nCLIENT-B,"b, new.csv"\nclient-a, a.csv \n', encoding="utf-8")

    one, two = from_file(path, NAMES)

    assert one.words(["update", "{file}", "x={file}/{profile}"]) == [
        "update",
        "b, new.csv",
        "x=b, new.csv/Client-B",
    ]
    assert two.words(['{"a": {"b": 1}}', "{file}{}"]) == ['{"a": {"b": 1}}', "a.csv{}"]
    with pytest.raises(UsageError, match=r"{flie} stands for nothing; there is {profile}, {file}"):
        one.words(["{flie}"])


def test_any_column_can_be_named_in_the_command(tmp_path: Path) -> None:
    path = tmp_path / "orgs.csv"
    path.write_text("profile,Owner Name,file-name,Größe (m)\nlock,Ann,a.csv,2\n", encoding="utf-8")
    (org,) = from_file(path, NAMES)

    assert org.words(["{file-name}", "Owner={Owner Name}", "{Größe (m)}"]) == ["a.csv", "Owner=Ann", "2"]
    assert org.words(['{"a":1}', "{1,2}", "{a", "b}", "{}"]) == ['{"a":1}', "{1,2}", "{a", "b}", "{}"]
    for near in ("{Owner name}", "{file-nam}", "{Profile}"):
        with pytest.raises(UsageError, match="stands for nothing"):
            org.words([f"Owner={near}"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "row 1: its header is empty"),
        ("client-a\n", "row 1: its header is client-a"),
        ("profile,profile\n", "row 1: its header is profile, profile"),
        ("profile,\nclient-a,x\n", "row 1: its header is profile, "),
        ("profile\n", "has no rows below its header"),
        ("profile,file\nclient-a,a.csv\nlock\n", "row 3 has 1 cells; the header has 2"),
        ("profile\nclient-a\nshop\n", "row 3, column profile: there is no profile 'shop'"),
        ("profile\n\nclient-a\nlock\nCLIENT-A\n", "row 5, column profile: client-a stands in row 3 already"),
        ('profile\n"client-a\n', "can not be read"),
        ("profile,file\nclient-a,a\0.csv\n", "row 2 has a NUL"),
        ("profile;file\nclient-a;a.csv\n", "row 1: its header is profile;file"),
        (b"profile\n\xff\n", "can not be read"),
        (None, "can not be read: No such file"),
    ],
)
def test_a_file_of_orgs_that_will_not_do(tmp_path: Path, text: str | bytes | None, said: str) -> None:
    path = tmp_path / "orgs.csv"
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(UsageError) as error:
        from_file(path, NAMES)
    assert said in error.value.message


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--profiles", "*"], "say what to do for each"),
        (["--", *UPDATE], "say for whom"),
        (["--profiles", "*", "--orgs", "x.csv", "--", *UPDATE], "say for whom"),
        (["--profiles", "*", "--resume-if-exists", "--", *UPDATE], "goes with --run-name"),
        (["--profiles", "*", "--resume", "night"], "leave all else out"),
        (["--resume", "night", "--", *UPDATE], "leave all else out"),
        (["--resume", "night"], "begun nothing called 'night'"),
        (["--profiles", "shop-*", "--", *UPDATE], "No profile matches 'shop-*'"),
        (["--profiles", "*", "--", "records"], "'records' is no command"),
        (["--profiles", "*", "--", "records", "updat"], "'records updat' is no command"),
        (["--profiles", "*", "records", "update", "Deals"], "Missing argument 'FILE'"),
        (["--profiles", "*", "--", *UPDATE, "--nonsense"], "No such option: --nonsense"),
        (["--profiles", "*", "--", *UPDATE, "--canary", "{profile}"], "Invalid value for '--canary'"),
        (["--profiles", "*", "--", *UPDATE, "--profile", "lock"], "--profile is for zcrm each"),
        (["--profiles", "*", "--", *UPDATE, "--run-name", "x"], "--run-name is for zcrm each"),
        (["--profiles", "*", "--", *UPDATE, "--runs-dir", "x"], "--runs-dir is for zcrm each"),
        (["--profiles", "*", "--", *UPDATE, "--resume-if-exists"], "--resume-if-exists is for zcrm each"),
        (["--profiles", "*", "--", "each", "--profiles", "*"], "zcrm each makes no run"),
        (["--profiles", "*", "--", "auth", "logout"], "zcrm auth logout makes no run"),
        (
            ["--profiles", "*", "--", "mass-update", "view", "Leads", "1"],
            "zcrm mass-update view makes no run",
        ),
        (["--profiles", "*", "--", "records", "update", "Deals", "-"], "Standard input can't be read"),
        (["--profiles", "*", "--run-name", "../up", "--", *UPDATE], "can not be a run's name"),
        (["--profiles", "*", "--run-name", "n" * 92, "--", *UPDATE], "is too long: 91 characters will do"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_what_is_refused_leaves_nothing(profiles: Any, words: list[str], said: str) -> None:
    done = profiles("each", *words)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    assert not (profiles.folder / "zcrm-runs").exists()


def test_a_run_of_which_it_knows_nothing_is_not_gone_on_with(profiles: Any) -> None:
    (profiles.folder / "zcrm-runs/night.lock").mkdir(parents=True)
    done = profiles("each", "--profiles", "*", "--run-name", "night", "--", *UPDATE)
    assert (done.returncode, "There is a run night.lock already" in done.stderr) == (2, True)
    assert not (profiles.folder / "zcrm-runs/night").exists()


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_that_makes_runs_can_be_run(verb: str) -> None:
    root: Any = typer.main.get_command(app)
    module = [] if verb.startswith("appointments") else ["Leads"]
    rest = (*module, "rows.csv", "--events", "x")

    command = parsed(typer.Context(root), [*verb.split(), *rest])

    own = ("--profile", "shop", "--runs-dir", "runs", "--run-name", "night.shop", "--resume-if-exists")
    assert command.as_run("shop", "runs", "night.shop") == [*verb.split(), *own, "--json", *rest]


def test_a_rehearsal_has_no_profiles() -> None:
    root: Any = typer.main.get_command(app)
    command = parsed(typer.Context(root), [*UPDATE, "--simulator"])
    assert "--profile" not in command.as_run("shop", "runs", "night.shop")


def test_help_is_that_of_the_command(profiles: Any) -> None:
    done = profiles("each", "--profiles", "*", "--", *UPDATE[:2], "--help")
    assert (done.returncode, "zcrm records update [OPTIONS]" in done.stdout) == (0, True)


KEPT = {
    "format": "zcrm each",
    "version": 1,
    "words": list(UPDATE),
    "orgs": [{"profile": "lock"}],
    "cwd": ".",
    "jobs": 1,
    "exits": {},
}


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '{"format": "zcrm each", "version": 2}',
        '{"format": "zcrm each"}',
        json.dumps(KEPT | {"words": [5]}),
        json.dumps(KEPT | {"orgs": []}),
        json.dumps(KEPT | {"orgs": [5]}),
        json.dumps(KEPT | {"orgs": [{}]}),
        json.dumps(KEPT | {"orgs": [{"profile": "lock", "file": None}]}),
        json.dumps(KEPT | {"jobs": 0}),
        json.dumps(KEPT | {"exits": {"lock": "x"}}),
    ],
)
def test_what_was_kept_and_makes_no_sense(profiles: Any, text: str) -> None:
    profiles.write("zcrm-runs/x", "")
    profiles.write("zcrm-runs/night/each.json", text)
    done = profiles("each", "--resume", "night")
    assert (done.returncode, "each.json can not be read" in done.stderr) == (2, True), done.stderr


def test_going_on_says_which_orgs_it_was_not_begun_for(profiles: Any) -> None:
    folder = profiles.folder / "zcrm-runs/night"
    folder.mkdir(parents=True)
    orgs = [Org({"profile": "client-a", "file": "a.csv"}), Org({"profile": "lock", "file": "a.csv"})]
    KeptEach(RunFolder(folder), list(UPDATE), orgs, profiles.folder, 2, {"client-a": 0, "lock": 0}).keep()
    profiles.write("orgs.csv", "profile,file\nclient-a,b.csv\neach,a.csv\n")
    words = ("each", "--orgs", "orgs.csv", "--run-name", "night", "--resume-if-exists", "--", *UPDATE)

    done = profiles(*words)

    assert done.returncode == 0, done.stderr
    for said in ("not in it: each\n", "still in it: lock\n", "with other cells: client-a\n"):
        assert f"night goes on as it was begun; {said}" in done.stderr
    (profiles.folder / "orgs.csv").unlink()
    done = profiles(*words)
    assert (done.returncode, "night goes on as it was begun. orgs.csv can not be read" in done.stderr) == (
        0,
        True,
    )


@pytest.fixture
def kept(tmp_path: Path) -> KeptEach:
    orgs = [Org({"profile": name}) for name in NAMES]
    return KeptEach.new(tmp_path, "night", UPDATE, orgs, 2)


def test_what_is_kept_is_found_again(kept: KeptEach, tmp_path: Path) -> None:
    kept.exits["lock"] = -9
    kept.keep()
    found = KeptEach.find(tmp_path, "night")
    assert (found.words, found.orgs, found.jobs) == (list(UPDATE), kept.orgs, 2)
    assert (found.exits, found.cwd) == ({"lock": -9}, Path.cwd())
    files = [kept.log(org) for org in kept.orgs] + [kept.answer_file(org) for org in kept.orgs]
    assert len({*files, kept.folder.path / "each.json", kept.folder.path / "lock"}) == 10


@settings(deadline=None)
@given(codes=st.lists(st.sampled_from([*Exit, -9, -15, 99]), min_size=4, max_size=4), stopped=st.booleans())
def test_exit_codes_are_combined(
    tmp_path_factory: pytest.TempPathFactory, codes: list[int], stopped: bool
) -> None:
    folder = RunFolder(tmp_path_factory.getbasetemp() / "nowhere")
    orgs = [Org({"profile": name}) for name in NAMES]
    kept = KeptEach(folder, [], orgs, Path(), 1, dict(zip(NAMES, map(int, codes), strict=True)))

    facts = facts_of(kept, interrupted=stopped)

    known = [Exit(code) if code in list(Exit) else Exit.UNEXPECTED for code in codes]
    assert facts["exit_code"] == strongest([*known, *([Exit.INTERRUPTED] if stopped else [])])
    assert [org["finished"] for org in facts["orgs"]] == [code in FINISHED for code in codes]
    assert [org.profile for org in kept.left] == [
        name for name, code in zip(NAMES, codes, strict=True) if code not in (0, 3, 6)
    ]
    assert len(list(lines_of(facts))) >= 5


def test_wrong_words_leave_nothing_and_are_told_of_once(profiles: Any) -> None:
    words = ("each", "--profiles", "client-*", "--run-name", "night", "--json", "--", *UPDATE[:4])
    done = profiles(*words)
    assert done.returncode == 2
    assert done.stderr.count("say which automations") == 1
    assert "Client-B, client-a: Invalid value for --triggers" in done.stderr
    assert json.loads(done.stdout)["next"] == []
    assert not (profiles.folder / "zcrm-runs/night").exists()
