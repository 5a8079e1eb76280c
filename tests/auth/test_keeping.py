"""What signing in and out leaves behind: on disk, at the server, and in words."""

import errno
import fcntl
import json
import logging
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from zcrm import Connection, OAuth
from zcrm.auth.stores import FileStore
from zcrm.cli.loopback import Loopback
from zcrm.cli.profiles import Profile, Profiles
from zcrm.errors import AuthError, StoreError, UsageError

CREDENTIALS = ("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN")


class Zcrm:
    """Runs `zcrm` for which the simulator is Zoho, with a config folder of its own."""

    def __init__(self, folder: Path, sim, run_here) -> None:
        self.sim = sim
        self.run_here = run_here
        self.folder = folder
        self.config = folder / "config" / "zcrm"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("ZCRM_")} | {
            "ZCRM_CONFIG_DIR": str(self.config),
            "ZCRM_CLIENT_ID": sim.client_id,
            "ZCRM_ACCOUNTS_URL": sim.accounts_url,
            "ZCRM_API_DOMAIN": sim.url,
        }

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "zcrm.cli", *words],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def __call__(self, *words: str, stdin: str = "") -> tuple[int, str, str]:
        done = self.run_here(words, self.folder, self.env, stdin)
        return done.returncode, done.stdout, done.stderr

    def login(self, *words: str) -> tuple[int, str, str]:
        """Sign in by a new grant code."""
        code = self.sim.issue_code()
        return self("auth", "login", "--grant-code", *words, stdin=f"{self.sim.client_secret}\n{code}\n")

    def status(self, *words: str, exits: int = 0) -> list[dict[str, object]]:
        code, out, err = self("auth", "status", "--json", *words)
        assert code == exits, err
        return json.loads(out)["profiles"]

    @property
    def texts(self) -> dict[str, str]:
        """What is on disk."""
        found = (path for path in self.config.rglob("*") if path.is_file())
        return {str(path.relative_to(self.config)): path.read_text() for path in found}


@pytest.fixture
def zcrm(tmp_path, sim, run_here):
    return Zcrm(tmp_path, sim, run_here)


def alive(sim):
    """The tokens that work at the simulator, but for those that it was made with."""
    accounts = sim._site.accounts
    return (set(accounts.grants) | set(accounts.tokens)) - {sim.refresh_token, sim.access_token}


def test_after_three_logins_and_one_logout_nothing_works_and_no_secret_is_left(zcrm, sim):
    secrets = set()
    for _ in range(3):
        code, _, err = zcrm.login()
        assert code == 0, err
        secrets |= alive(sim)
        assert len(alive(sim)) == 2
        assert len([name for name in zcrm.texts if name.endswith(".json")]) == 2
    folder = zcrm.config / "profiles"
    (folder / "default.new").write_text("half of a secret")
    (tokens,) = (zcrm.config / "tokens").glob("*.json")
    tokens.with_suffix(".new").write_text("half of a secret")
    code, _, err = zcrm("auth", "logout")
    assert (code, err) == (0, "Profile default: withdrawn and forgotten\n")
    assert alive(sim) == set()
    assert [name for name in zcrm.texts if not name.endswith(".lock")] == []
    left = "".join(zcrm.texts.values())
    assert [secret for secret in (*secrets, sim.client_secret) if secret in left] == []


def test_a_sign_in_by_the_client_itself_leaves_nothing_either(zcrm, sim):
    zcrm.env["ZCRM_CLIENT_SECRET"] = sim.client_secret
    for tasks in ("records:Deals", "records:Leads", "mass-update"):
        code, _, err = zcrm("auth", "login", "--soid", "ZohoCRM.900000001", "--for", tasks)
        assert code == 0, err
        assert len(alive(sim)) == 1
    assert zcrm("auth", "logout")[0] == 0
    assert alive(sim) == set()
    assert [name for name in zcrm.texts if not name.endswith(".lock")] == []


def test_a_replaced_sign_in_that_can_not_be_withdrawn_is_told_and_forgotten(zcrm, sim):
    assert zcrm.login()[0] == 0
    sim.fault("bad_gateway", route="revoke_token")
    code, _, err = zcrm.login()
    assert code == 0
    assert "could not be withdrawn" in err
    assert "Connected Apps" in err
    assert len([name for name in zcrm.texts if name.startswith("tokens/") and name.endswith(".json")]) == 1


def test_a_copy_is_a_profile_of_its_own_and_logging_it_out_spares_the_other(zcrm, sim):
    assert zcrm.login("--profile", "production")[0] == 0
    folder = zcrm.config / "profiles"
    shutil.copy(folder / "production.json", folder / "sandbox.json")
    assert [facts["profile"] for facts in zcrm.status()] == ["production", "sandbox"]
    code, _, err = zcrm("auth", "logout", "--profile", "sandbox")
    assert code == 0
    assert err.startswith("Profile sandbox: forgotten; production signs in by the same token")
    assert [facts["profile"] for facts in zcrm.status("--check")] == ["production"]
    shutil.copy(folder / "production.json", folder / "sandbox.json")
    assert zcrm.login("--profile", "sandbox")[0] == 0
    assert [facts["profile"] for facts in zcrm.status("--check")] == ["production", "sandbox"]


def test_signed_in_says_as_whom(zcrm, sim):
    code, _, err = zcrm.login()
    assert code == 0
    lines = err.splitlines()
    assert "organisation  zcrm simulator (900000001)" in lines
    owner = sim._site.org.owner
    assert f"user          {owner.name} ({owner.email})" in lines


def test_status_has_a_line_for_each_profile_good_or_not(zcrm, sim):
    for name in ("a-good", "b-torn", "c-newer", "d-open", "e-odd"):
        assert zcrm.login("--profile", name)[0] == 0
    folder = zcrm.config / "profiles"
    (folder / "b-torn.json").write_text("{")
    newer = json.loads((folder / "c-newer.json").read_text()) | {"version": 9}
    (folder / "c-newer.json").write_text(json.dumps(newer))
    (folder / "d-open.json").chmod(0o644)
    (folder / "e-odd.json").write_bytes(b"\xff\xfe\x00" * 100)
    facts = {each["profile"]: each for each in zcrm.status()}
    assert list(facts) == ["a-good", "b-torn", "c-newer", "d-open", "e-odd"]
    assert "access_token" in facts["a-good"]
    assert "is torn" in facts["b-torn"]["error"]
    assert "newer zcrm" in facts["c-newer"]["error"]
    assert "elete" not in facts["c-newer"]["fix"]
    assert "open to other users" in facts["d-open"]["error"]
    assert "is torn" in facts["e-odd"]["error"]
    code, out, _ = zcrm("auth", "status")
    assert code == 0
    assert "profile       b-torn\nproblem       " in out
    assert zcrm("auth", "status", "--profile", "b-torn")[0] == 4
    assert [each["profile"] for each in zcrm.status("--check", exits=4)] == list(facts)


def test_credentials_of_the_environment_count_and_are_checked(zcrm, sim):
    assert zcrm("auth", "status")[0] == 4
    zcrm.env |= {"ZCRM_CLIENT_SECRET": sim.client_secret, "ZCRM_REFRESH_TOKEN": sim.refresh_token}
    (facts,) = zcrm.status()
    assert (facts["profile"], facts["client_id"], facts["access_token"]) == (
        "environment",
        sim.client_id,
        None,
    )
    (facts,) = zcrm.status("--check")
    assert facts["checked"] == "Zoho gave a token"
    assert facts["organization"] == f"zcrm simulator ({sim.organization})"
    assert facts["user"] == "Administrator (admin@example.com)"
    assert facts["access_token"]["age_seconds"] < 60
    secret = zcrm.env.pop("ZCRM_CLIENT_SECRET")
    assert zcrm.login()[0] == 0
    zcrm.env["ZCRM_CLIENT_SECRET"] = secret
    assert [each["profile"] for each in zcrm.status("--check")] == ["environment", "default"]
    before = sim.ledger.calls("create_token")
    assert len(zcrm.status()) == 2
    assert sim.ledger.calls("create_token") == before
    zcrm.env["ZCRM_CLIENT_SECRET"] = "wrong"
    environment, default = zcrm.status("--check", exits=4)
    assert environment["error"].startswith("invalid_client_secret: ")
    assert "access_token" in default


@pytest.mark.parametrize("company", ["", 7, {"a": 1}, ["x"]])
def test_an_organisation_that_makes_no_sense_is_not_told(zcrm, sim, monkeypatch, company):
    assert zcrm.login()[0] == 0
    odd = type("Odd", (type(company),), {"replace": lambda *_: "x"})
    monkeypatch.setattr(sim._site.org, "company", odd(company))
    (facts,) = zcrm.status("--check")
    assert (facts["checked"], facts["organization"]) == ("Zoho gave a token", None)
    assert facts["user"] == "Administrator (admin@example.com)"


def test_a_check_asks_even_where_a_token_is_good(zcrm, sim):
    assert zcrm.login()[0] == 0
    for refresh_token in alive(sim):
        sim._site.accounts.grants.pop(refresh_token, None)
    assert zcrm.status()[0]["access_token"]["good_for_seconds"] > 3000
    (facts,) = zcrm.status("--check", exits=4)
    assert facts["error"].startswith("invalid_code: ")
    assert zcrm("auth", "status", "--check", "--profile", "default")[0] == 4


def test_a_profile_named_in_the_environment(zcrm, sim):
    assert zcrm.login("--profile", "shop")[0] == 0
    assert zcrm.login("--profile", "office")[0] == 0
    zcrm.env["ZCRM_PROFILE"] = "shop"
    code, _, err = zcrm("auth", "logout")
    assert (code, err) == (0, "Profile shop: withdrawn and forgotten\n")
    assert [facts["profile"] for facts in zcrm.status()] == ["office"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folders_that_can_not_be_written_are_found_before_the_code_is_used(zcrm, sim):
    zcrm.config.mkdir(parents=True, mode=0o700)
    zcrm.config.chmod(0o500)
    code, _, err = zcrm.login()
    assert code == 4
    assert "can't be written: Permission denied" in err
    assert sim.ledger.calls("create_token") == 0


@pytest.mark.parametrize("folder", ["profiles", "tokens"])
def test_folders_that_are_none_are_found_before_the_code_is_used(zcrm, sim, folder):
    zcrm.config.mkdir(parents=True, mode=0o700)
    (zcrm.config / folder).write_text("")
    code, _, err = zcrm.login()
    assert code == 4
    assert "can't be written: " in err
    assert sim.ledger.calls("create_token") == 0
    assert sorted(path.name for path in zcrm.config.iterdir()) == [folder]


def test_a_probe_leaves_nothing_behind(tmp_path):
    Profiles(tmp_path / "a" / "b").probe()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a").mkdir(mode=0o700)
    Profiles(tmp_path / "a" / "b").probe()
    assert list(tmp_path.rglob("*")) == [tmp_path / "a"]


def profile(name="shop", **changes):
    return Profile(name=name, client_id="1000.C", client_secret="planted", refresh_token="r", **changes)


def test_saving_that_fails_leaves_no_secret_behind(tmp_path, monkeypatch):
    profiles = Profiles(tmp_path)
    profiles.save(profile())

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreError, match="No space left"):
        profiles.save(profile(scopes=("other",)))
    monkeypatch.undo()
    assert [path.name for path in (tmp_path / "profiles").iterdir()] == ["shop.json"]
    assert profiles.load("shop") == profile()


def test_saving_waits_for_its_turn(tmp_path):
    profiles = Profiles(tmp_path)
    profiles.save(profile())
    holder = os.open(tmp_path / "profiles", os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    thread = threading.Thread(target=profiles.save, args=[profile(scopes=("other",))])
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    assert profiles.load("shop") == profile()
    os.close(holder)
    thread.join(10)
    assert profiles.load("shop") == profile(scopes=("other",))


SAVE = """
from zcrm.cli.profiles import Profile, Profiles
from pathlib import Path

profiles = Profiles(Path(given["folder"]))
for number in range(50):
    token = given["name"] * 5000
    profiles.save(Profile(name="shop", client_id="1000.C", client_secret="s", refresh_token=token))
"""


def test_two_that_save_at_a_time_tear_nothing(tmp_path, start_python):
    savers = [start_python(SAVE, folder=str(tmp_path), name=name) for name in "ab"]
    for saver in savers:
        _, err = saver.communicate(timeout=60)
        assert saver.returncode == 0, err
    assert Profiles(tmp_path).load("shop").refresh_token in ("a" * 5000, "b" * 5000)
    assert [path.name for path in (tmp_path / "profiles").iterdir()] == ["shop.json"]


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_where_files_can_not_be_locked_nothing_is_written_and_that_is_said_once(
    oauth, tmp_path, monkeypatch, caplog, number, token_calls
):
    def flock(descriptor, how):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", flock)
    auth = oauth(store=FileStore(tmp_path / "tokens"))
    with caplog.at_level(logging.WARNING):
        token = auth.fresh(None, Connection())
        assert auth.fresh(None, Connection()) == token
        assert auth.fresh(token, Connection()) != token
    assert token_calls() == 2
    assert list((tmp_path / "tokens").glob("*.json")) == []
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path / 'tokens'} can't be written ({os.strerror(number)}): tokens are kept in memory, "
        "and not shared with other processes"
    ]
    with pytest.raises(StoreError, match=os.strerror(number)):
        Profiles(tmp_path).probe()
    with pytest.raises(StoreError, match=os.strerror(number)):
        Profiles(tmp_path).save(profile())


@pytest.mark.parametrize(
    "change",
    [
        {"made_at": 1e300},
        {"calls": [1e300]},
        {"calls": ["x"]},
        {"calls": None},
        {"life": None},
        {"access_token": "two words"},
        {"access_token": "line\nbreak"},
        {"access_token": "ä"},
        {"scope": 7},
        {"paused_until": "late"},
        {"refresh_token": ["r"]},
    ],
)
def test_odd_tokens_are_an_error_that_says_so(oauth, tmp_path, change):
    oauth(store=FileStore(tmp_path)).fresh(None, Connection())
    (path,) = tmp_path.glob("*.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    auth = oauth(store=FileStore(tmp_path))
    for ask in (auth.status, lambda: auth.fresh(None, Connection())):
        with pytest.raises(StoreError, match="is damaged"):
            ask()


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.mark.parametrize(
    "address",
    [
        "http://[::1",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:x/callback",
        "http://127.0.0.1/callback",
        "http://user@127.0.0.1:8754/callback",
        "http://127.0.0.1:8754/callback?x=1",
        "http://127.0.0.1:8754/callback#x",
        "https://127.0.0.1:8754/callback",
        "http://example.com:8754/callback",
        "127.0.0.1:8754",
        "",
        "\x1b[2J",
    ],
)
def test_redirect_addresses_that_lead_nowhere_are_a_wrong_use(address):
    with pytest.raises(UsageError, match="does not lead back to this machine"):
        Loopback(address)


@pytest.mark.parametrize("variable", ["ZCRM_API_DOMAIN", "ZCRM_ACCOUNTS_URL"])
@pytest.mark.parametrize("address", ["https://user:hunter2@zoho.example", "ftp://zoho.example"])
def test_addresses_that_can_not_be_are_refused_before_anything_is_asked(zcrm, sim, variable, address):
    zcrm.env[variable] = address
    code, _, err = zcrm.login()
    assert code == 2
    assert "hunter2" not in err
    assert not zcrm.config.exists()
    assert sim.ledger.calls("create_token") == 0


def test_a_wrong_redirect_address_ends_in_2(zcrm, sim):
    words = ("auth", "login", "--redirect-uri", "http://[::1")
    code, _, err = zcrm(*words, stdin=f"{sim.client_secret}\n")
    assert code == 2
    assert "Traceback" not in err
    assert not zcrm.config.exists()


def test_visitors_hold_nobody_up(port):
    with Loopback(f"http://127.0.0.1:{port}/callback") as loopback:
        dawdlers = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
        for dawdler in dawdlers[1:]:
            dawdler.sendall(b"GET /callback?")

        def come():
            time.sleep(0.2)
            assert httpx.get(f"http://127.0.0.1:{port}/callback?state=wrong&code=x").status_code == 400
            assert httpx.get(f"http://127.0.0.1:{port}/callback?state=right&code=y").status_code == 200

        thread = threading.Thread(target=come)
        thread.start()
        assert loopback.wait("right", 20)["code"] == "y"
        thread.join(10)
        for dawdler in dawdlers:
            dawdler.close()


def test_one_deadline_holds_for_the_whole_wait(port):
    ending = threading.Event()

    def dawdle():
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)) as dawdler:
            while not ending.wait(0.05):
                dawdler.sendall(b"G")

    with Loopback(f"http://127.0.0.1:{port}/callback") as loopback:
        threads = [threading.Thread(target=dawdle) for _ in range(3)]
        for thread in threads:
            thread.start()
        begun = time.monotonic()
        with pytest.raises(AuthError, match="did not come back within"):
            loopback.wait("right", 0.5)
        assert time.monotonic() - begun < 5
    ending.set()
    for thread in threads:
        thread.join(10)


def test_a_visitor_who_dawdles_is_turned_out(port, monkeypatch):
    monkeypatch.setattr("zcrm.cli.loopback._SLOWEST_VISITOR", 0.2)
    with Loopback(f"http://127.0.0.1:{port}/callback") as loopback:

        def wait():
            with pytest.raises(AuthError):
                loopback.wait("right", 3)

        thread = threading.Thread(target=wait)
        thread.start()
        with socket.create_connection(("127.0.0.1", port)) as dawdler:
            dawdler.sendall(b"GET /")
            dawdler.settimeout(10)
            with suppress(ConnectionError):
                assert dawdler.recv(100) == b""
        thread.join(10)


def test_the_port_is_ours_alone_where_the_system_would_share_it(port, monkeypatch):
    """As on Windows, where two may listen at one port unless the first forbids it."""
    asked = []
    own = socket.socket.setsockopt
    monkeypatch.setattr("socket.SO_EXCLUSIVEADDRUSE", 4_294_967_291, raising=False)

    def setsockopt(self, level, option, value):
        asked.append(option)
        if option != 4_294_967_291:
            own(self, level, option, value)

    monkeypatch.setattr("socket.socket.setsockopt", setsockopt)
    with Loopback(f"http://127.0.0.1:{port}/callback"):
        pass
    assert 4_294_967_291 in asked


def consent(address):
    """Accept like a person in a browser on another machine; gives the address that it ends up at."""
    with httpx.Client() as browser:
        answer = browser.post(address, data={"decision": "accept"})
        return answer.headers["location"]


def test_an_address_that_was_pasted(zcrm, sim, port):
    words = ("auth", "login", "--no-browser", "--redirect-uri", f"http://127.0.0.1:{port}/callback")
    with zcrm.start(*words) as process:
        process.stdin.write(f"{sim.client_secret}\n")
        process.stdin.flush()
        while not (line := process.stderr.readline()).startswith(sim.accounts_url):
            assert line
        address = line.strip()
        landed = consent(address)
        state = parse_qs(urlsplit(landed).query)["state"][0]
        for line in ("nonsense", "http://[", landed.replace(state, "other"), f"  {landed} "):
            process.stdin.write(f"{line}\n")
        process.stdin.flush()
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert "Signed in." in err
    assert zcrm.status()[0]["profile"] == "default"


def test_where_nothing_is_pasted_the_browser_may_still_come(zcrm, sim, port):
    words = ("auth", "login", "--no-browser", "--redirect-uri", f"http://127.0.0.1:{port}/callback")
    with zcrm.start(*words) as process:
        process.stdin.write(f"{sim.client_secret}\n")
        process.stdin.close()
        process.stdin = None
        while not (line := process.stderr.readline()).startswith(sim.accounts_url):
            assert line
        assert httpx.get(consent(line.strip())).status_code == 200
        _, err = process.communicate(timeout=30)
    assert process.returncode == 0, err


def test_a_store_takes_a_tilde(monkeypatch, tmp_path, settings):
    monkeypatch.setenv("HOME", str(tmp_path))
    OAuth(**settings, store=FileStore("~/tokens")).fresh(None, Connection())
    assert len(list((tmp_path / "tokens").glob("*.json"))) == 1
