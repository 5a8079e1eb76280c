"""`zcrm auth`: signing in, seeing how things stand, signing out; as a process of its own, over real HTTP."""

import json
import os
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zcrm import Connection
from zcrm.cli.profiles import Profile, Profiles
from zcrm.cli.signin import choose
from zcrm.errors import AuthError, StoreError, UsageError

BROWSER = '''
"""Walks from the address it is given to where it is led, like a person who accepts."""
import json, os, re, sys
import httpx

log = open(os.environ["BROWSER_LOG"], "a", encoding="utf-8")
with httpx.Client(follow_redirects=True, timeout=10) as browser:
    page = browser.get(sys.argv[1])
    if strangers := os.environ.get("BROWSER_STRANGERS"):
        for path in strangers.split():
            print(browser.get(os.environ["BROWSER_BACK"] + path).status_code, file=log)
    print(re.findall("<li>([^<]*)", page.text), file=log)
    page = browser.post(sys.argv[1], data={"decision": os.environ.get("BROWSER_DECISION", "accept")})
    print([answer.status_code for answer in page.history], page.status_code, page.url.path, file=log)
    print(page.text.splitlines()[-1], file=log)
print(sys.argv, file=log)
print("end", file=log)
'''


class Zcrm:
    """Runs `zcrm` with a config folder and a browser of its own."""

    def __init__(self, folder: Path, run_here) -> None:
        self.folder = folder
        self.run_here = run_here
        self.config = folder / "config" / "zcrm"
        self.log = folder / "browser.log"
        script = folder / "browser.py"
        script.write_text(BROWSER)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.back = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("ZCRM_")} | {
            "ZCRM_CONFIG_DIR": str(self.config),
            "BROWSER": f"{sys.executable} {script} %s",
            "BROWSER_LOG": str(self.log),
            "BROWSER_BACK": self.back,
        }

    def __call__(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return self.run_here(words, self.folder, self.env, stdin)

    def login(self, *words: str, **options: str) -> subprocess.CompletedProcess[str]:
        return self("auth", "login", "--redirect-uri", f"{self.back}/callback", *words, **options)

    def status(self, *words: str) -> list[dict[str, object]]:
        done = self("auth", "status", "--json", *words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["profiles"]

    @property
    def browsed(self) -> list[str]:
        """What the browser saw, once it has seen all."""
        end = time.monotonic() + 10
        while not self.log.exists() or (lines := self.log.read_text().splitlines())[-1:] != ["end"]:
            assert time.monotonic() < end
            time.sleep(0.02)
        return lines[:-1]


@pytest.fixture
def zcrm(tmp_path, run_here):
    return Zcrm(tmp_path, run_here)


@pytest.fixture
def at(sim, zcrm):
    """`zcrm`, for which the simulator is Zoho."""
    zcrm.env |= {
        "ZCRM_CLIENT_ID": sim.client_id,
        "ZCRM_ACCOUNTS_URL": sim.accounts_url,
        "ZCRM_API_DOMAIN": sim.url,
    }
    return zcrm


EVERYTHING = ["ZohoCRM.modules.ALL", "ZohoCRM.mass_update.UPDATE", "ZohoCRM.mass_update.READ"]


def test_the_browser_flow_against_an_embedded_simulator(zcrm):
    done = zcrm.login("--simulator")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith("SIMULATOR: ")
    assert lines[lines.index("Signed in.") + 1 :][:1] == ["profile       default"]
    assert "scopes        " + " ".join(EVERYTHING) in lines
    scopes, way, page, _ = zcrm.browsed
    assert (scopes, way) == (str(EVERYTHING), "[302] 200 /callback")
    assert "You can close this page" in page
    assert not zcrm.config.exists()


def test_the_browser_flow(sim, at, deals):
    done = at.login("--for", "records:Deals", "--for", "appointments-read", stdin=f"{sim.client_secret}\n")
    assert done.returncode == 0, done.stderr
    scopes = ["ZohoCRM.modules.deals.UPDATE", "ZohoCRM.modules.appointments.READ"]
    assert at.browsed[0] == str(scopes)
    (facts,) = at.status()
    token = facts.pop("access_token")
    assert 0 <= token["age_seconds"] < 60
    assert 3200 < token["good_for_seconds"] <= 3300
    assert facts.pop("signed_in")
    assert facts == {
        "profile": "default",
        "data_center": "us",
        "environment": "production",
        "api_domain": sim.url,
        "client_id": sim.client_id,
        "organization": None,
        "scopes": scopes,
        "tokens_in_ten_minutes": 1,
        "wait_seconds": 0,
    }
    assert sim.ledger.calls("create_token") == 1
    signed_in = choose(writes=True, environ=at.env | {"ZCRM_CLIENT_ID": ""})
    place = ("default", "us", "production")
    assert (signed_in.profile, signed_in.data_center, signed_in.environment) == place
    with signed_in.client() as crm:
        assert crm.records.update_one("Deals", deals(1)[0], {"Stage": "Won"}).ok
    assert sim.ledger.calls("create_token") == 1


def test_a_browser_that_brings_another_state_is_turned_away(at, sim):
    at.env["BROWSER_STRANGERS"] = (
        "/favicon.ico /callback /callback?code=x /callback?code=x&state=y "
        "/callback?error=access_denied&state="
    )
    done = at.login(stdin=f"{sim.client_secret}\n")
    assert done.returncode == 0, done.stderr
    assert at.browsed[:5] == ["404", "400", "400", "400", "400"]
    assert at.status()[0]["profile"] == "default"


def test_a_person_who_does_not_consent(at, sim):
    at.env["BROWSER_DECISION"] = "reject"
    done = at.login(stdin=f"{sim.client_secret}\n")
    assert done.returncode == 4
    assert done.stderr.splitlines()[-2:] == [
        "Error: access_denied: Nobody consented",
        "Fix: Start again, and accept in the browser.",
    ]
    assert not (at.config / "profiles").exists()


@pytest.mark.parametrize(
    ("server", "data_center"),
    [("https://accounts.zoho.eu", "eu"), ("https://accounts.zohocloud.ca/", "ca"), ("", "us")],
)
def test_the_code_is_exchanged_where_the_consent_page_says(server, data_center):
    from zcrm.cli.login import _at_home

    profile = Profile(name="default", client_id="c", client_secret="s")
    assert _at_home(profile, {"accounts-server": server}).data_center == data_center


def test_the_client_secret_goes_to_no_server_but_zohos(accounts):
    from zcrm.cli.login import _at_home

    profile = Profile(name="default", client_id="c", client_secret="s")
    for server in (accounts.url, "https://accounts.zoho.eu.example", "http://accounts.zoho.eu"):
        with pytest.raises(AuthError, match="not an accounts server that zcrm knows"):
            _at_home(profile, {"accounts-server": server})


def test_a_grant_code_from_standard_input(at, sim):
    code = sim.issue_code(["ZohoCRM.modules.deals.UPDATE"])
    done = at.login("--grant-code", stdin=f"{sim.client_secret}\n{code}\n")
    assert done.returncode == 0, done.stderr
    assert at.status()[0]["scopes"] == ["ZohoCRM.modules.deals.UPDATE"]
    again = at.login("--grant-code", "--profile", "late", stdin=f"{sim.client_secret}\n{code}\n")
    assert again.returncode == 4
    assert "Error: invalid_code: The accounts server of data centre us" in again.stderr
    assert [facts["profile"] for facts in at.status()] == ["default"]


def test_a_grant_code_against_an_embedded_simulator(zcrm):
    done = zcrm.login("--simulator", "--grant-code")
    assert done.returncode == 0, done.stderr
    assert "Signed in." in done.stderr


def test_client_credentials(at, sim, deals):
    at.env["ZCRM_CLIENT_SECRET"] = sim.client_secret
    done = at.login("--soid", "ZohoCRM.900000001", "--for", "records:Deals")
    assert done.returncode == 0, done.stderr
    (facts,) = at.status()
    assert facts["organization"] == "ZohoCRM.900000001"
    assert facts["scopes"] == ["ZohoCRM.modules.deals.UPDATE"]
    wrong = at.login("--soid", "ZohoCRM.1", "--profile", "other")
    assert wrong.returncode == 4
    assert "Error: invalid_org: " in wrong.stderr
    assert [facts["profile"] for facts in at.status()] == ["default"]


@pytest.mark.parametrize(
    ("words", "stdin", "message"),
    [
        (["--profile", "../etc"], "", "'../etc' is no name for a profile"),
        (["--data-center", "mars"], "", "There is no data centre 'mars'"),
        (["--environment", "staging"], "", "There is no environment 'staging'"),
        (["--for", "delete"], "s\n", "There is no task 'delete'"),
        ([], "", "Client secret is missing"),
        (["--grant-code"], "s\n", "Grant code is missing"),
        (["--redirect-uri", "https://example.com/callback"], "s\n", "does not lead back to this machine"),
        (["--redirect-uri", "http://127.0.0.1/callback"], "s\n", "does not lead back to this machine"),
        (["--grant-code", "--soid", "ZohoCRM.1"], "", "two ways to sign in"),
    ],
)
def test_wrong_use(at, words, stdin, message):
    done = at.login(*words, stdin=stdin)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())
    assert not at.config.exists()


def test_a_port_that_is_taken(at, sim):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = at.login("--redirect-uri", f"http://127.0.0.1:{port}/callback", stdin=f"{sim.client_secret}\n")
    assert done.returncode == 2
    assert f"Port {port} can't be used" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="there are no such permissions here")
def test_what_is_kept_is_private(at, sim):
    code = sim.issue_code()
    assert at.login("--grant-code", stdin=f"{sim.client_secret}\n{code}\n").returncode == 0
    modes = {
        str(path.relative_to(at.config)): stat.S_IMODE(path.stat().st_mode)
        for path in [at.config, *at.config.rglob("*")]
    }
    (tokens,) = (at.config / "tokens").glob("*.json")
    assert modes == {
        ".": 0o700,
        "profiles": 0o700,
        "profiles/default.json": 0o600,
        "tokens": 0o700,
        f"tokens/{tokens.name}": 0o600,
        f"tokens/{tokens.stem}.lock": 0o600,
    }


def test_nothing_secret_shows(at, sim):
    code = sim.issue_code()
    done = [
        at.login("--grant-code", stdin=f"{sim.client_secret}\n{code}\n"),
        at.login(stdin="planted-secret\n"),
    ]
    done += [at("auth", "status"), at("auth", "status", "--json"), at("auth", "logout")]
    profile_secrets = {sim.client_secret, code, "planted-secret", *sim._site.accounts.tokens}
    profile_secrets |= {grant.refresh_token for grant in sim._site.accounts.grants.values()}
    shown = "".join([each.stdout + each.stderr for each in done] + at.browsed)
    assert [secret for secret in profile_secrets if secret in shown] == []


def test_logout_withdraws_and_forgets(at, sim):
    code = sim.issue_code()
    assert at.login("--grant-code", stdin=f"{sim.client_secret}\n{code}\n").returncode == 0
    profiles = Profiles(at.config)
    auth = profiles.load("default").oauth(profiles.tokens)
    done = at("auth", "logout")
    assert (done.returncode, done.stderr) == (0, "Profile default: withdrawn and forgotten\n")
    assert sim.ledger.calls("revoke_token") == 1
    assert profiles.names() == []
    assert list((at.config / "tokens").glob("*.json")) == []
    with pytest.raises(AuthError):
        auth.fresh(None, Connection())
    for words in (["status"], ["logout"]):
        done = at("auth", *words)
        assert done.returncode == 4
        assert done.stderr.startswith("Error: Nobody is signed in\nFix: Run zcrm auth login")


def test_logout_of_a_server_in_trouble_forgets_nothing_unless_told_so(at, sim):
    code = sim.issue_code()
    assert at.login("--grant-code", stdin=f"{sim.client_secret}\n{code}\n").returncode == 0
    sim.fault("bad_gateway", route="revoke_token")
    done = at("auth", "logout")
    assert done.returncode == 5
    assert "Nothing was withdrawn" in done.stderr
    assert [facts["profile"] for facts in at.status()] == ["default"]
    done = at("auth", "logout", "--local")
    assert (done.returncode, done.stderr) == (0, "Profile default: forgotten\n")
    assert Profiles(at.config).names() == []


@pytest.fixture
def profiles(tmp_path):
    return Profiles(tmp_path / "zcrm")


@pytest.fixture
def environ(profiles):
    return {"ZCRM_CONFIG_DIR": str(profiles.folder)}


def profile(name, **changes):
    return Profile(
        **{"name": name, "client_id": "1000.C", "client_secret": "s", "refresh_token": "r", **changes}
    )


def test_who_acts(profiles, environ):
    with pytest.raises(AuthError, match="Nobody is signed in"):
        choose(writes=False, environ=environ)
    profiles.save(profile("shop", data_center="eu", environment="sandbox", api_domain="https://crm.example"))
    only = choose(writes=True, environ=environ)
    assert (only.profile, only.data_center, only.environment, only.api_domain) == (
        "shop",
        "eu",
        "sandbox",
        "https://crm.example",
    )
    assert choose("shop", "eu", "sandbox", writes=True, environ=environ).profile == "shop"
    with pytest.raises(UsageError, match="is for data centre eu, not us"):
        choose("shop", "us", writes=True, environ=environ)
    with pytest.raises(UsageError, match="is for environment sandbox, not production"):
        choose(None, None, "production", writes=False, environ=environ)
    with pytest.raises(UsageError, match="There is no profile 'other'; there are shop"):
        choose("other", writes=False, environ=environ)


def test_with_several_profiles_a_write_names_its_own(profiles, environ):
    for name in ("shop", "office"):
        profiles.save(profile(name))
    for writes in (True, False):
        with pytest.raises(UsageError, match=r"several profiles \(office, shop\): say which, with --profile"):
            choose(writes=writes, environ=environ)
    profiles.save(profile("default"))
    assert choose(writes=False, environ=environ).profile == "default"
    with pytest.raises(UsageError, match=r"\(default, office, shop\)"):
        choose(writes=True, environ=environ)
    assert choose("office", writes=True, environ=environ).profile == "office"


def test_credentials_of_the_environment_go_before_profiles_but_not_before_a_named_one(profiles, environ):
    for name in ("shop", "office"):
        profiles.save(profile(name))
    environ |= {
        "ZCRM_CLIENT_ID": "1000.E",
        "ZCRM_CLIENT_SECRET": "s",
        "ZCRM_REFRESH_TOKEN": "r",
        "ZCRM_DATA_CENTER": "in",
    }
    found = choose(writes=True, environ=environ)
    assert (found.profile, found.data_center, found.environment) == ("environment", "in", "production")
    assert choose(None, "eu", "sandbox", writes=True, environ=environ).data_center == "eu"
    assert choose("shop", writes=True, environ=environ).profile == "shop"
    del environ["ZCRM_REFRESH_TOKEN"]
    with pytest.raises(UsageError, match="Missing in the environment: ZCRM_REFRESH_TOKEN"):
        choose(writes=True, environ=environ)


def test_a_profile_comes_back_as_it_was_saved(profiles):
    saved = profile(
        "shop", scopes=("a", "b"), soid="ZohoCRM.1", accounts_url="http://127.0.0.1:1", signed_in="x"
    )
    profiles.save(saved)
    assert profiles.load("shop") == saved
    assert "secret" not in repr(saved).replace("client_secret", "")
    assert profiles.load("other") is None
    profiles.delete("shop")
    profiles.delete("shop")
    assert profiles.names() == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda text: text[:-9], "is torn"),
        (lambda text: "{}", "was written by something else"),
        (lambda text: json.dumps(json.loads(text) | {"client_secret": 7}), "is damaged"),
        (lambda text: json.dumps(json.loads(text) | {"client_id": None}), "is damaged"),
        (lambda text: json.dumps(json.loads(text) | {"client_id": ""}), "is damaged"),
        (lambda text: json.dumps(json.loads(text) | {"scopes": None}), "is damaged"),
        (lambda text: json.dumps(json.loads(text) | {"scopes": {"a": 1}}), "is damaged"),
        (lambda text: json.dumps(json.loads(text) | {"scopes": "ab"}), "is damaged"),
        (lambda text: json.dumps(json.loads(text) | {"data_center": "mars"}), "is damaged"),
        (lambda text: json.dumps(json.loads(text) | {"environment": None}), "is damaged"),
        (lambda text: json.dumps(json.loads(text) | {"accounts_url": "ftp://x"}), "is damaged"),
        (lambda text: json.dumps(json.loads(text) | {"api_domain": "https://u:p@h"}), "is damaged"),
        (lambda text: json.dumps(json.loads(text) | {"signed_in": ["x"]}), "is damaged"),
        (lambda text: json.dumps({"format": "zcrm profile", "version": 1}), "is damaged"),
        (lambda text: "[" * 100_000, "is torn"),
        (lambda text: "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"), "is torn"),
    ],
)
def test_a_profile_that_makes_no_sense(profiles, environ, spoil, words):
    profiles.save(profile("shop"))
    path = profiles.folder / "profiles" / "shop.json"
    path.write_text(spoil(path.read_text()))
    with pytest.raises(StoreError, match=words) as caught:
        choose(writes=True, environ=environ)
    assert caught.value.fix == "Delete it and sign in again: zcrm auth login --profile shop"


def test_a_config_folder_that_can_not_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="can't be written: File exists"):
        Profiles(tmp_path / "file").save(profile("shop"))


def test_the_platforms_folder_by_default(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("ZCRM_CONFIG_DIR", raising=False)
    assert Profiles(environ={}).folder.name == "zcrm"


def test_a_write_on_the_command_line_goes_by_the_profile_it_names(sim, at, deals):
    (record_id,) = deals(1)
    (at.folder / "rows.csv").write_text(f"id,Stage\n{record_id},Won\n")
    update = ("records", "update", "Deals", "rows.csv", "--triggers", "none")
    for name in ("shop", "office"):
        done = at.login("--profile", name, stdin=f"{sim.client_secret}\n")
        assert done.returncode == 0, done.stderr
    del at.env["ZCRM_CLIENT_ID"]

    unnamed = at(*update)
    named = at(*update, "--profile", "shop")

    assert unnamed.returncode == 2
    assert "several profiles (office, shop)" in unnamed.stderr
    assert named.returncode == 0, named.stderr
    assert named.stderr.startswith("profile shop | data centre us | environment production | API ")
    assert sim.records("Deals")[record_id]["Stage"] == "Won"
