"""The blocks of docs/scale.md do what they say."""

import re
import shlex
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs/scale.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
DEAL = "5545974000000500001"


@pytest.fixture
def env(tmp_path, sim):
    sim.load("Deals", [{"id": DEAL, "Stage": "Open"}])
    return {
        "HOME": str(tmp_path),
        "ZCRM_CONFIG_DIR": str(tmp_path / "config"),
        "ZCRM_API_DOMAIN": sim.url,
        "ZCRM_ACCOUNTS_URL": sim.accounts_url,
        "ZCRM_CLIENT_ID": sim.client_id,
        "ZCRM_CLIENT_SECRET": sim.client_secret,
        "ZCRM_REFRESH_TOKEN": sim.refresh_token,
    }


def test_no_block_is_left_out():
    assert [kind for kind, _ in BLOCKS] == ["sh", "python", "python"]


def test_the_command(env, tmp_path, run_here, sim):
    (tmp_path / "monday.csv").write_text(f"id,Stage\n{DEAL},Closed Won\n")
    done = run_here(shlex.split(BLOCKS[0][1])[1:], tmp_path, env)
    assert done.returncode == 0, done.stderr
    assert sim.record("Deals", DEAL)["Stage"] == "Closed Won"
    assert list((tmp_path / "config/shared").glob("*.sqlite"))


def test_on_one_host(env, monkeypatch, sim, capsys):
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    exec(compile(BLOCKS[1][1], "docs/scale.md", "exec"), {})
    assert sim.record("Deals", DEAL)["Stage"] == "Closed Won"
    assert "credits_spent=1" in capsys.readouterr().out


def test_on_several_hosts(env, monkeypatch, sim, server, known):
    known(server, org="my-org")
    for name, value in {**env, "ZCRM_SHARED_URL": server.url}.items():
        monkeypatch.setenv(name, value)
    block = BLOCKS[2][1].replace("    store=", f'    accounts_url="{sim.accounts_url}",\n    store=')
    exec(
        compile(block.replace("auth=auth,", f'auth=auth, api_domain="{sim.url}",'), "docs/scale.md", "exec"),
        {},
    )
    assert sim.record("Deals", DEAL)["Stage"] == "Closed Won"
