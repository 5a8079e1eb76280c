"""Profiles, as programs use them."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from zcrm import AsyncZohoCRM, ZohoCRM
from zcrm.auth.profiles import Profiles
from zcrm.cli.profiles import Profile
from zcrm.cli.profiles import Profiles as Kept
from zcrm.errors import AuthError, StoreError, UsageError

VARIABLES = ("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN", "ZCRM_PROFILE", "ZCRM_CONFIG_DIR")


@pytest.fixture
def kept(sim, tmp_path, monkeypatch):
    """Keeps profiles of the simulator."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZCRM_CONFIG_DIR", str(tmp_path / "config"))
    profiles = Kept()

    def keep(*names, **changes):
        for name in names:
            facts = {
                "client_id": sim.client_id,
                "client_secret": sim.client_secret,
                "refresh_token": sim.refresh_token,
                "accounts_url": sim.accounts_url,
            }
            profiles.save(Profile(name=name, **facts | changes))
        return profiles

    return keep


def sync(name=None, **options):
    with ZohoCRM.from_profile(name, **options) as crm:
        return crm.records.update_one("Deals", "1", {"Stage": "Won"}).ok


def aio(name=None, **options):
    async def main():
        async with AsyncZohoCRM.from_profile(name, **options) as crm:
            return (await crm.records.update_one("Deals", "1", {"Stage": "Won"})).ok

    return asyncio.run(main())


@pytest.mark.parametrize("update", [sync, aio])
def test_a_program_signs_in_by_the_only_profile_and_shares_its_tokens(sim, kept, token_calls, update):
    sim.load("Deals", [{"id": "1"}])
    kept("shop")
    assert update()
    assert update("shop", concurrency=3)
    assert token_calls() == 1


def test_a_program_names_the_profile_it_means(sim, kept, monkeypatch):
    sim.load("Deals", [{"id": "1"}])
    kept("shop")
    kept("default", "office", client_secret="other")
    with pytest.raises(UsageError, match=r"several profiles \(default, office, shop\)"):
        sync()
    assert sync("shop")
    monkeypatch.setenv("ZCRM_PROFILE", "shop")
    assert sync()
    with pytest.raises(AuthError) as caught:
        sync("office")
    assert caught.value.code == "invalid_client_secret"
    monkeypatch.setenv("ZCRM_PROFILE", "nobody")
    with pytest.raises(UsageError, match="no profile 'nobody'; there are default, office, shop"):
        sync()


def test_nobody_is_signed_in(kept):
    kept()
    with pytest.raises(AuthError, match="Nobody is signed in") as caught:
        sync()
    assert "zcrm auth login" in caught.value.fix
    with pytest.raises(UsageError, match="no profile 'shop'; there is none yet"):
        sync("shop")


def test_from_env_names_the_profiles_there_are(kept, monkeypatch):
    with pytest.raises(
        UsageError, match="Missing in the environment: ZCRM_CLIENT_ID, ZCRM_CLIENT_SECRET"
    ) as caught:
        ZohoCRM.from_env()
    assert "profile" not in str(caught.value)
    kept("shop", "office")
    monkeypatch.setenv("ZCRM_CLIENT_ID", "1000.C")
    with pytest.raises(UsageError, match="Missing in the environment: ZCRM_CLIENT_SECRET") as caught:
        AsyncZohoCRM.from_env()
    assert "office, shop" in str(caught.value)
    with pytest.raises(UsageError, match="office, shop"):
        ZohoCRM.from_env({"ZCRM_CONFIG_DIR": os.environ["ZCRM_CONFIG_DIR"]})


@pytest.mark.parametrize("make", [ZohoCRM.from_env, AsyncZohoCRM.from_env, ZohoCRM.from_profile])
def test_options_that_are_not_known_are_told_with_the_nearest(kept, make, monkeypatch):
    kept("shop")
    for name in VARIABLES[:3]:
        monkeypatch.setenv(name, "x")
    with pytest.raises(TypeError, match=r"'concurency'.*'concurrency'"):
        make(concurency=3)
    with pytest.raises(TypeError, match="'nonsense'"):
        make(nonsense=3)


def test_the_files_own_name_decides(kept):
    profiles = kept("default")
    folder = profiles.folder / "profiles"
    (folder / "sandbox.json").write_text((folder / "default.json").read_text())
    (folder / "sandbox.json").chmod(0o600)
    assert profiles.load("sandbox").name == "sandbox"
    profiles.delete(profiles.load("sandbox").name)
    assert profiles.names() == ["default"]


def test_names_that_differ_in_case_alone_are_one(kept):
    profiles = kept("Shop")
    assert profiles.load("shop").name == profiles.load("SHOP").name == "Shop"
    kept("shop", client_id="1000.Other")
    assert profiles.names() == ["Shop"]
    assert profiles.load("Shop").client_id == "1000.Other"
    profiles.delete("sHOP")
    assert profiles.names() == []


@pytest.mark.parametrize(
    "name",
    [
        "con",
        "CON",
        "prn",
        "aux",
        "nul",
        "NUL",
        "com1",
        "COM9",
        "lpt1",
        "",
        ".",
        "a b",
        "a.b",
        "-a",
        "ä",
        "a" * 65,
    ],
)
def test_names_that_no_profile_can_have_on_some_system(kept, name):
    profiles = kept()
    with pytest.raises(UsageError, match="no name for a profile"):
        profiles.path(name)
    with pytest.raises(UsageError):
        kept(name)


@pytest.mark.parametrize("name", ["console", "com", "com10", "default", "0", "a_b-c", "A" * 64, "auxiliary"])
def test_names_that_a_profile_may_have(kept, name):
    assert kept(name).names() == [name]


def test_what_is_no_profile_is_passed_over(kept):
    folder = kept("shop").folder / "profiles"
    for name in ("notes.txt", "a b.json", ".json", "con.json", "shop.json.bak", "shop.new"):
        (folder / name).write_text("x")
    (folder / "folder.json").mkdir()
    (folder / "gone.json").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.json")
    assert Profiles().names() == ["shop"]
    with pytest.raises(StoreError, match="is no file"):
        Profiles().load("folder")
    with pytest.raises(StoreError, match="is no file"):
        Profiles().load("pipe")


def test_a_profile_of_a_newer_version_is_never_to_be_deleted(kept):
    profiles = kept("shop")
    path = profiles.folder / "profiles" / "shop.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"version": 9, "scopes": "of another kind"}))
    with pytest.raises(StoreError, match="was written by a newer zcrm") as caught:
        profiles.load("shop")
    assert "elete" not in str(caught.value)


def test_the_home_folder_may_be_written_as_a_tilde(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert Profiles(environ={"ZCRM_CONFIG_DIR": "~/zcrm"}).folder == tmp_path / "zcrm"
    assert str(Profiles(environ={"ZCRM_CONFIG_DIR": "~nobody-of-that-name/x"}).folder).startswith("~nobody")
    assert Profiles(environ={"XDG_CONFIG_HOME": "~/x"}).folder.is_relative_to(tmp_path)


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("linux", {}, "~/.config/zcrm"),
        ("linux", {"XDG_CONFIG_HOME": "/x"}, "/x/zcrm"),
        ("darwin", {}, "~/Library/Application Support/zcrm"),
        ("win32", {"APPDATA": "/x/Roaming"}, "/x/Roaming/zcrm"),
    ],
)
def test_where_each_platform_keeps_such_things(monkeypatch, platform, environ, folder):
    monkeypatch.setattr("sys.platform", platform)
    assert str(Profiles(environ=environ).folder) == str(Path(folder).expanduser())
