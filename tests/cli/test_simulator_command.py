"""`zcrm simulator`: a server of its own process, told how to reach it."""

import json
import re
import signal
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

from zcrm.simulator.site.meters import EDITIONS


def exports(process: Any) -> dict[str, str]:
    """The variables that the command prints for the client's environment."""
    found = {}
    for line in process.stdout:
        name, value = re.fullmatch(r"export (\w+)=(\S+)\n", line).groups()
        found[name] = value
        if len(found) == 5:
            return found
    raise AssertionError(process.stderr.read())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_another_process_updates_its_records_until_it_is_stopped(zcrm: Any, number: int) -> None:
    zcrm.write("known.csv", "id,Beds:int\n5545974000000500001,2\n5545974000000500002,3\n")
    zcrm.write(
        "rows.csv", "id,Beds:int\n" + "".join(f"{5545974000000500001 + n},{n + 5}\n" for n in range(3))
    )
    process = zcrm.start("simulator", "--port", "0", "--load", "Accounts=known.csv")
    try:
        zcrm.env |= exports(process)
        done = zcrm("records", "update", "Accounts", "rows.csv", "--triggers", "none")
        assert done.returncode == 3, done.stderr
        assert zcrm.counts == {"updated": 2, "rejected": 1}
    finally:
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    url = zcrm.env["ZCRM_API_DOMAIN"]
    assert err == (
        "Accounts: 2 records\n"
        f"Zoho CRM, simulated: {url} (accounts: {url}). Ctrl-C ends it.\n"
        f"What goes on, in a browser: {url}/_status\n"
        "In another terminal:\n"
    )


def test_faults_are_arranged(zcrm: Any) -> None:
    zcrm.write("rows.csv", "id,City\n5545974000000500001,Cork\n")
    process = zcrm.start(
        *["simulator", "--port", "0", "--seed", "1", "--load", "Accounts=rows.csv"],
        *["--fault", "drop_after=1", "--fault", "slow=1,seconds=0.01,route=update_records"],
    )
    try:
        zcrm.env |= exports(process)
        done = zcrm("records", "update", "Accounts", "rows.csv", "--triggers", "none", "--no-resend-lost")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert done.returncode == 6, done.stderr
    assert zcrm.counts == {"unknown": 1}


def test_fields_are_known_and_held_to(zcrm: Any) -> None:
    described = {"api_name": "Code", "data_type": "text", "length": 2, "field_label": "The Code"}
    zcrm.write("fields.json", json.dumps({"fields": [described]}))
    zcrm.write("known.csv", "id\n5545974000000500001\n")
    zcrm.write("rows.csv", "id,Code\n5545974000000500001,long\n")
    process = zcrm.start(
        *["simulator", "--port", "0", "--load", "Accounts=known.csv"],
        *["--fields", "Accounts=fields.json", "--strict-fields"],
    )
    try:
        zcrm.env |= exports(process)
        pulled = zcrm("fields", "pull", "Accounts")
        done = zcrm("records", "update", "Accounts", "rows.csv", "--triggers", "none", "--fields", "none")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert (pulled.returncode, done.returncode) == (0, 3), pulled.stderr + done.stderr
    assert "The Code  Code" in zcrm("fields", "show", "Accounts").stdout
    assert zcrm.results["rejected"][0]["_code"] == "INVALID_DATA"


def test_the_edition_decides_what_is_allowed(zcrm: Any) -> None:
    process = zcrm.start("simulator", "--port", "0", "--edition", "free")
    try:
        state = httpx.get(exports(process)["ZCRM_API_DOMAIN"] + "/_status/state").json()
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    meters = state["meters"]
    assert (meters["credits_per_day"], meters["calls_allowed"], meters["heavy_calls_allowed"]) == (
        5_000,
        5,
        5,
    )


def test_the_help_names_all_editions(zcrm: Any) -> None:
    said = " ".join(zcrm("simulator", "--help").stdout.split())
    assert f"{', '.join([*EDITIONS][:-1])} or {[*EDITIONS][-1]}." in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--load", "Accounts"], "'Accounts' is not of the form MODULE=FILE"),
        (["--load", "Accounts=none.csv"], "none.csv: can not be read"),
        (["--fields", "Accounts"], "'Accounts' is not of the form MODULE=FILE"),
        (["--fields", "Accounts=none.json"], "none.json: No such file or directory"),
        (["--fields", f"Accounts={__file__}"], "is not JSON"),
        (
            ["--edition", "tiny"],
            "unknown edition 'tiny'; there are free, standard, professional, enterprise,",
        ),
        (["--fault", "drop_after"], "'drop_after' is not of the form NAME=RATE[,OPTION=VALUE]..."),
        (["--fault", "slow=1,seconds"], "...: 'seconds' gives no number, true or false"),
        (["--fault", "slow=1,seconds=now"], "...: 'seconds=now' gives no number, true or false"),
        (["--fault", "slow=1,times=3"], "...: 'times' can not be an option here"),
        (["--fault", "slow=1,second=3"], "the fault 'slow' has no option 'second'; it has seconds"),
        (["--fault", "slow=1,route=update"], "unknown route 'update'; there are create_token,"),
        (["--fault", "earthquake=1"], "unknown fault 'earthquake'"),
        (["--fault", "slow=2"], "rate must lie between 0 and 1"),
    ],
)
def test_a_wrong_use_says_why(zcrm: Any, words: list[str], says: str) -> None:
    done = zcrm("simulator", "--port", "0", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in " ".join(done.stderr.split())


def test_a_port_in_use_is_said(zcrm: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = zcrm("simulator", "--port", str(port))
    assert done.returncode == 2
    assert f"port {port} can not be used" in done.stderr


def test_several_orgs_have_a_profile_each(zcrm: Any) -> None:
    zcrm.write("rows.csv", "id,Beds:int\n5545974000000500001,2\n")
    process = zcrm.start("simulator", "--port", "0", "--orgs", "10", "--load", "Accounts=rows.csv")
    try:
        [line] = [process.stdout.readline()]
        folder = Path(re.fullmatch(r"export ZCRM_CONFIG_DIR=(\S+)\n", line)[1])
        zcrm.env["ZCRM_CONFIG_DIR"] = str(folder)
        listed = json.loads(zcrm("auth", "status", "--json").stdout)["profiles"]
        done = zcrm("records", "update", "Accounts", "rows.csv", "--triggers", "none", "--profile", "org-10")
        state = httpx.get(f"{listed[0]['api_domain']}/_status/state", params={"org": "10"}).json()
    finally:
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert [each["profile"] for each in listed] == [f"org-{number:02}" for number in range(1, 11)]
    assert "Accounts: 1 records in each of 10 orgs\n" in err
    assert done.returncode == 0, done.stderr
    assert state["meters"]["writes"] == 1
    assert not folder.exists()
