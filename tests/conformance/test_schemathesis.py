"""Schemathesis sends the simulator whatever the specification allows, and much that it does not."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from zcrm.simulator import Simulator

SPECIFICATION = Path(__file__).parents[2] / "spec" / "openapi.yaml"
BEFORE_THE_EXAMPLES = datetime(2023, 1, 1, tzinfo=UTC)
"""Records are older than the times in the specification's examples, so that these are not refused."""

EXAMPLES = 40
REFUSALS = '{ "expected-statuses" = ["207", "400", "401", "403", "404", "412", "429"] }'
"""The statuses that refuse: with 207 some row, with 412 one whose record is newer, whatever it holds."""

ANSWERS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance"
)
"""What is asked of every answer. Left out: a wrong method must get 405 (the vendor's page says 400), and all
that fits the schema must be accepted (which records there are, no schema says)."""


@pytest.fixture
def specification(tmp_path):
    """The specification without its default answers, which would allow the simulator any status."""
    document = yaml.safe_load(SPECIFICATION.read_text(encoding="utf-8"))
    for path in document["paths"].values():
        for operation in path.values():
            if "responses" in operation:
                del operation["responses"]["default"]
    strict = tmp_path / "openapi.yaml"
    strict.write_text(yaml.safe_dump(document), encoding="utf-8")
    return strict


@pytest.fixture
def schemathesis(missing, specification, tmp_path):
    """Run Schemathesis over the operations that the arguments choose."""
    program = Path(sys.executable).with_name("schemathesis")
    if not program.exists():
        missing("Schemathesis")

    (tmp_path / "schemathesis.toml").write_text(f"[checks]\nnegative_data_rejection = {REFUSALS}\n")

    def schemathesis(url, token, checks, *choice):
        command = [
            str(program), "run", str(specification), "--url", url, *choice, "--checks", checks,
            "--header", f"Authorization: Zoho-oauthtoken {token}", "--phases", "examples,coverage,fuzzing",
            "--max-examples", str(EXAMPLES), "--seed", "1", "--generation-database", "none",
            "--continue-on-failure", "--no-color", "--warnings", "off",
        ]  # fmt: skip
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert run.returncode == 0, run.stdout + run.stderr

    return schemathesis


@pytest.fixture
def sim():
    with Simulator(now=BEFORE_THE_EXAMPLES, credits_per_day=10**9, check=True) as sim:
        ids = [str(n) for n in range(10)]
        sim.load("Deals", [{"id": "3652397000003852095"}, *({"id": id_} for id_ in ids)])
        sim.load("Appointments__s", [{"id": "5545974000002254155"}, *({"id": id_} for id_ in ids)])
        for view_id in ids:
            sim.add_view("Appointments__s" if view_id == "0" else "Deals", view_id=view_id)
        yield sim


def test_the_api(sim, schemathesis):
    checks = f"{ANSWERS},negative_data_rejection,missing_required_header,ignored_auth"
    schemathesis(f"{sim.url}/crm/v8", sim.access_token, checks, "--exclude-tag", "oauth")

    succeeded = {entry.operation for entry in sim.ledger.requests if entry.status in (200, 207)}
    assert succeeded == {
        "update_records",
        "update_record",
        "update_appointments",
        "update_appointment",
        "get_appointments",
        "get_appointment",
        "get_fields",
        "get_records",
        "get_record",
        "mass_update",
    }
    assert sim.ledger.calls("get_mass_update_status") > EXAMPLES


def test_the_accounts_server(sim, schemathesis):
    """Whose refusals come with status 200: it cannot be asked to refuse by the status."""
    schemathesis(sim.accounts_url, sim.access_token, ANSWERS, "--include-tag", "oauth")

    assert {entry.operation for entry in sim.ledger.requests} == {"create_token", "revoke_token", None}
