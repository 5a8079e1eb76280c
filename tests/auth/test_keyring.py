"""A sign-in in the system's keyring: nothing of it in files, and nothing left of it afterwards."""

import json
import os
import subprocess
import sys

import pytest

from zcrm import ZohoCRM
from zcrm.auth.profiles import Profiles
from zcrm.errors import StoreError

BACKEND = '''
"""A keyring in a file, for all processes of one test."""
import json, os, pathlib
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError

path = pathlib.Path(os.environ["KEYRING_FILE"])

class Keyring(KeyringBackend):
    priority = 1

    def _all(self):
        if "KEYRING_LOCKED" in os.environ:
            raise KeyringLocked("locked by its owner")
        return json.loads(path.read_text()) if path.exists() else {}

    def get_password(self, service, username):
        return self._all().get(f"{service}/{username}")

    def set_password(self, service, username, password):
        path.write_text(json.dumps(self._all() | {f"{service}/{username}": password}))

    def delete_password(self, service, username):
        kept = self._all()
        if kept.pop(f"{service}/{username}", None) is None:
            raise PasswordDeleteError("there is none")
        path.write_text(json.dumps(kept))
'''


@pytest.fixture
def ring(tmp_path, monkeypatch):
    """What the keyring holds."""
    folder = tmp_path / "backend"
    folder.mkdir()
    (folder / "ring_of_a_test.py").write_text(BACKEND)
    for name in [name for name in os.environ if name.startswith("ZCRM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *sys.path]))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "ring_of_a_test.Keyring")
    monkeypatch.setenv("KEYRING_FILE", str(tmp_path / "ring.json"))
    monkeypatch.setenv("ZCRM_CONFIG_DIR", str(tmp_path / "config"))
    path = tmp_path / "ring.json"
    return lambda: json.loads(path.read_text()) if path.exists() else {}


@pytest.fixture
def zcrm(sim, monkeypatch):
    """Runs `zcrm` for which the simulator is Zoho."""
    monkeypatch.setenv("ZCRM_CLIENT_ID", sim.client_id)
    monkeypatch.setenv("ZCRM_ACCOUNTS_URL", sim.accounts_url)
    monkeypatch.setenv("ZCRM_API_DOMAIN", sim.url)

    def run(*words, exits=0, code=False):
        stdin = f"{sim.client_secret}\n{sim.issue_code()}\n" if code else ""
        command = [sys.executable, "-m", "zcrm.cli", "auth", *words]
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60)
        assert done.returncode == exits, done.stderr
        return done.stdout + done.stderr

    return run


def on_disk(tmp_path):
    return "".join(path.read_text() for path in (tmp_path / "config").rglob("*") if path.is_file())


def test_from_login_to_logout(ring, zcrm, sim, tmp_path):
    (record_id,) = sim.load("Deals", 1)
    zcrm("login", "--grant-code", "--keyring", code=True)
    accounts = sim._site.accounts
    secrets = {sim.client_secret, *accounts.grants, *accounts.tokens}
    assert [secret for secret in secrets if secret in on_disk(tmp_path)] == []
    assert len(ring()) == 2
    assert sim.client_secret in str(ring())
    assert json.loads(zcrm("status", "--check", "--json"))["profiles"][0]["checked"]
    script = f"""
from zcrm import ZohoCRM
with ZohoCRM.from_profile() as crm:
    assert crm.records.update_one("Deals", {record_id!r}, {{"Stage": "Won"}}).ok
"""
    subprocess.run([sys.executable, "-c", script], check=True)
    zcrm("logout")
    assert ring() == {}
    assert not list((tmp_path / "config").rglob("*.json"))


def test_between_files_and_keyring(ring, zcrm, sim, tmp_path):
    for words in (["--keyring"], [], ["--keyring"]):
        zcrm("login", "--grant-code", *words, code=True)
        assert bool(ring()) is bool(words)
        assert (sim.client_secret in on_disk(tmp_path)) is not bool(words)
        assert len(sim._site.accounts.grants) == 2
    zcrm("logout")
    assert ring() == {}


def test_a_locked_keyring_is_found_before_the_code_is_used(ring, zcrm, sim, monkeypatch):
    monkeypatch.setenv("KEYRING_LOCKED", "1")
    said = zcrm("login", "--grant-code", "--keyring", exits=4, code=True)
    assert "The keyring can't be used: locked by its owner" in said
    assert sim.ledger.calls("create_token") == 0


def test_a_profile_whose_keyring_is_gone(ring, zcrm, monkeypatch, tmp_path):
    zcrm("login", "--grant-code", "--keyring", code=True)
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(StoreError, match="takes an extra") as caught:
        ZohoCRM.from_profile()
    assert "zcrm[keyring]" in caught.value.fix
    monkeypatch.undo()
    monkeypatch.setenv("KEYRING_FILE", str(tmp_path / "other.json"))
    with pytest.raises(StoreError):
        Profiles(tmp_path / "config").load("default")
