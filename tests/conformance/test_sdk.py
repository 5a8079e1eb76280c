"""The vendor's own Python SDK, unchanged, against the simulator: it gets what our client gets.

Two simulators of the same seed, clock and records stand side by side. The SDK works on one, in a Python of
its own, and our client on the other; then answers and records are compared field by field.
"""

import json
import os
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from operator import itemgetter
from pathlib import Path

import pytest

from zcrm import OAuth, ZohoCRM
from zcrm.reading import fields_of, read_by_ids
from zcrm.simulator import Simulator

PROGRAM = Path(__file__).with_name("sdk_program.py")
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=5, minutes=30)))
UNKNOWN = "4150868999999999999"

DEALS = [f"41508680000001000{n:02}" for n in range(6)]
APPOINTMENTS = [f"41508680000002000{n:02}" for n in range(5)]
VIEW, TERRITORY, BELOW = "4150868000000300001", "4150868000000300002", "4150868000000300003"
JOB = "4150868000000000027"
FIELDS = ["Appointment_Name", "Status", "Appointment_Start_Time", "Duration", "Owner"]
LATER = "2026-03-03T14:00:00+05:30"

CALLS = {
    "partial failure": "update_records",
    "all rows well": "update_records",
    "no row well": "update_records",
    "one record": "update_record",
    "refresh": "refresh",
    "ids, some unknown": "mass_update",
    "ids, overwriting": "mass_update",
    "a view": "mass_update",
    "job scheduled": "mass_update_status",
    "job running": "mass_update_status",
    "job completed": "mass_update_status",
    "a page of appointments": "get_appointments",
    "one appointment": "get_appointment",
    "appointments, partial failure": "update_records",
    "the appointment after that": "get_appointment",
    "records by ids": "get_records",
    "declared fields": "get_fields",
    "loaded fields": "get_fields",
}
ARGUMENTS = [
    {
        "module": "Deals",
        "rows": [
            {"id": DEALS[0], "Deal_Name": "Ümläut", "Amount": 2.5, "Count": 7, "Open": True},
            {"id": UNKNOWN, "Deal_Name": "x"},
            {"id": DEALS[1], "Deal_Name": "locked"},
            {"id": DEALS[2], "Languages": ["Korean", "Tamil"], "Stage": {"choice": "Closed Won"}},
            {"id": DEALS[3], "Code": "far too long"},
        ],
        "triggers": [],
    },
    {"module": "Deals", "rows": [{"id": DEALS[4], "Deal_Name": "y"}], "triggers": ["workflow"]},
    {"module": "Deals", "rows": [{"id": UNKNOWN, "Deal_Name": "x"}], "triggers": []},
    {"module": "Deals", "record_id": DEALS[5], "row": {"Deal_Name": "z"}},
    {},
    {
        "module": "Deals",
        "row": {"Languages": ["Spanish"]},
        "over_write": False,
        "ids": [DEALS[0], UNKNOWN, DEALS[1], DEALS[2]],
    },
    {"module": "Deals", "row": {"Languages": ["French"]}, "over_write": True, "ids": [DEALS[2]]},
    {
        "module": "Deals",
        "row": {"Stage": {"choice": "Closed Lost"}},
        "over_write": False,
        "cvid": VIEW,
        "territory": TERRITORY,
        "include_child": True,
    },
    *[{"module": "Deals", "job_id": JOB}] * 3,
    {"fields": FIELDS, "per_page": 3},
    {"record_id": APPOINTMENTS[0]},
    {
        "module": "Appointments__s",
        "rows": [
            {"id": APPOINTMENTS[0], "Status": {"choice": "Cancelled"}, "Cancellation_Note": "ill"},
            {"id": APPOINTMENTS[1], "Appointment_Start_Time": {"time": LATER}},
            {"id": APPOINTMENTS[2], "Appointment_Start_Time": {"time": LATER}},
        ],
        "triggers": [],
    },
    {"record_id": APPOINTMENTS[0]},
    {"module": "Deals", "ids": [DEALS[1], UNKNOWN, DEALS[3]], "fields": ["Deal_Name", "Amount", "Stage"]},
    {"module": "Deals"},
    {"module": "Leads"},
]
METADATA = Path(__file__).parents[1] / "data/fields-deals.json"


def prepare(sim):
    """The state both simulators begin with."""
    sim.add_field("Deals", "Code", length=4)
    sim.add_field("Deals", "Stage", type="picklist", values=("Open", "Closed Won", "Closed Lost"))
    sim.load_fields("Leads", METADATA)
    for module in ("Milestones", "Deals_X_Products", "Deals_X_Users"):
        sim.load(module, [])
    deal = {"Deal_Name": "a", "Amount": 1.5, "Count": 1, "Open": False, "Languages": ["English"]}
    sim.load("Deals", [{"id": id_, **deal} for id_ in DEALS])
    sim.lock("Deals", DEALS[1])
    sim.add_view("Deals", view_id=VIEW)
    sim.add_territory(DEALS[:2], territory_id=TERRITORY)
    sim.add_territory(DEALS[3:5], parent=TERRITORY, territory_id=BELOW)
    owner = {"id": "4150868000000000001", "name": "Administrator"}
    times = {"Appointment_Start_Time": "2026-03-02T14:00:00+05:30", "Duration": 30}
    sim.load(
        "Appointments__s",
        [
            {"id": id_, "Appointment_Name": f"Visit {n}", "Status": "Scheduled", "Owner": owner, **times}
            for n, id_ in enumerate(APPOINTMENTS)
        ],
    )
    sim.edit("Appointments__s", APPOINTMENTS[2], {"Status": "Completed"})


@pytest.fixture(scope="module")
def sdk_python(missing):
    """The Python that has the SDK."""
    path = os.environ.get("ZCRM_SDK_PYTHON")
    if path is None:
        missing("a Python with the vendor's SDK (ZCRM_SDK_PYTHON)")
    return path


@pytest.fixture(scope="module")
def sims():
    """A simulator for the SDK and one for our client."""
    with Simulator(seed=1, now=NOW, check=True) as theirs, Simulator(seed=1, now=NOW, check=True) as ours:
        prepare(theirs)
        prepare(ours)
        yield theirs, ours


@pytest.fixture(scope="module")
def run_sdk(sdk_python, tmp_path_factory):
    """Run the SDK against a simulator and give its results, one for each call."""

    def run_sdk(sim, calls, **options):
        task = {
            "url": sim.url,
            "accounts_url": sim.accounts_url,
            "client_id": sim.client_id,
            "client_secret": sim.client_secret,
            "refresh_token": sim.refresh_token,
            "folder": str(tmp_path_factory.mktemp("sdk")),
            "calls": calls,
            **options,
        }
        run = subprocess.run(
            [sdk_python, str(PROGRAM)], input=json.dumps(task), capture_output=True, text=True, timeout=120
        )
        assert (run.returncode, run.stderr) == (0, ""), run.stderr
        return json.loads(run.stdout)

    return run_sdk


@pytest.fixture(scope="module")
def results(run_sdk, sims):
    """What the SDK and our client made of each call, by its name."""
    theirs, ours = sims
    sdk = run_sdk(theirs, list(zip(CALLS.values(), ARGUMENTS, strict=True)))
    oauth = OAuth(
        client_id=ours.client_id,
        client_secret=ours.client_secret,
        refresh_token=ours.refresh_token,
        accounts_url=ours.accounts_url,
    )
    with ZohoCRM(auth=oauth, api_domain=ours.url) as crm:
        client = Client(crm, ours)
        own = [
            getattr(client, name)(**arguments)
            for name, arguments in zip(CALLS.values(), ARGUMENTS, strict=True)
        ]
    return {name: pair for name, *pair in zip(CALLS, sdk, own, strict=True)}


class Client:
    """The calls of the SDK's program, made with our client."""

    def __init__(self, crm, sim):
        self._crm = crm
        self._sim = sim

    def update_records(self, module, rows, triggers):
        return items(self._crm.records.update(module, map(plain_row, rows), triggers=triggers))

    def update_record(self, module, record_id, row):
        return items([self._crm.records.update_one(module, record_id, plain_row(row), triggers=())])

    def mass_update(self, module, row, over_write, **target):
        values, mass_update = plain_row(row), self._crm.mass_update
        if "ids" in target:
            return items(mass_update.by_ids(module, target["ids"], values, overwrite=over_write))
        job = mass_update.by_view(
            module,
            target["cvid"],
            values,
            overwrite=over_write,
            territory_id=target["territory"],
            include_child=target["include_child"],
        )
        item = {
            "code": "SUCCESS",
            "details": {"job_id": job.id},
            "message": "mass update scheduled successfully",
            "status": "success",
        }
        return {"status": 200, "items": [item]}

    def mass_update_status(self, module, job_id):
        status = self._crm.mass_update.job(module, job_id).status()
        job = {
            "Status": status.state,
            "Failed_Count": status.failed,
            "Updated_Count": status.updated,
            "Not_Updated_Count": status.not_updated,
            "Total_Count": status.total,
        }
        return {"status": 200, "jobs": [job]}

    def get_appointments(self, fields, per_page):
        listing = self._crm.appointments.list(fields=fields, per_page=per_page)
        return {"status": 200, "records": [plain(next(listing)) for _ in range(per_page)]}

    def get_appointment(self, record_id):
        return {"status": 200, "records": [plain(self._crm.appointments.get(record_id))]}

    def get_records(self, module, ids, fields):
        records = read_by_ids(self._crm._runtime, module, ids, fields)
        return {"status": 200, "records": sorted(plain(list(records)), key=itemgetter("id"), reverse=True)}

    def get_fields(self, module):
        runtime = self._crm._runtime
        return {
            "status": 200,
            "fields": list(map(known_keys, runtime.driver.run(fields_of(runtime, module)))),
        }

    def refresh(self):
        self._sim.expire_tokens()
        return {}


def items(outcomes):
    """Outcomes as the envelopes they came from."""
    outcomes = list(outcomes)
    (status,) = {outcome.http_status for outcome in outcomes}
    return {
        "status": status,
        "items": [
            {
                "code": outcome.code,
                "details": as_the_sdk_has_them(outcome.details),
                "message": outcome.message,
                "status": "success" if outcome.state == "updated" else "error",
            }
            for outcome in outcomes
        ],
    }


def as_the_sdk_has_them(details):
    """Details without the key the SDK has no place for, and with the number it takes for text."""
    known = {name: value for name, value in plain(details).items() if name != "action"}
    return {name: str(value) if name == "maximum_length" else value for name, value in known.items()}


def known_keys(field):
    """A field object with those keys that the SDK has names for too."""
    kept = (
        "api_name", "field_label", "display_label", "data_type", "json_type", "length", "system_mandatory",
        "read_only", "mass_update",
    )  # fmt: skip
    return {
        **{name: field.get(name) for name in kept},
        "api_update": field["operation_type"]["api_update"],
        "options": [option["display_value"] for option in field["pick_list_values"]],
    }


def plain_row(row):
    """A row without the marks for the SDK's types."""
    return {
        name: next(iter(value.values())) if isinstance(value, dict) else value for name, value in row.items()
    }


def plain(value):
    """A value with its times in UTC, as the SDK's program writes them."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, str) and value[10:11] == "T":
        return datetime.fromisoformat(value).astimezone(UTC).isoformat()
    return value


@pytest.mark.parametrize("call", CALLS)
def test_results_equal_ours(results, call):
    sdk, ours = results[call]

    assert sdk == ours


def test_the_calls_had_something_to_show(results):
    codes = {
        name: (sdk["status"], [item["code"] for item in sdk["items"]])
        for name, (sdk, _) in results.items()
        if "items" in sdk
    }
    assert codes == {
        "partial failure": (
            207,
            ["SUCCESS", "INVALID_DATA", "RECORD_LOCKED", "SUCCESS", "INVALID_DATA"],
        ),
        "all rows well": (200, ["SUCCESS"]),
        "no row well": (400, ["INVALID_DATA"]),
        "one record": (200, ["SUCCESS"]),
        "ids, some unknown": (207, ["SUCCESS", "INVALID_DATA", "RECORD_LOCKED", "SUCCESS"]),
        "ids, overwriting": (200, ["SUCCESS"]),
        "a view": (200, ["SUCCESS"]),
        "appointments, partial failure": (207, ["SUCCESS", "SUCCESS", "NOT_ALLOWED"]),
    }
    states = [results[name][0]["jobs"][0]["Status"] for name in results if name.startswith("job ")]
    assert states == ["SCHEDULED", "RUNNING", "COMPLETED"]


def test_the_records_are_equal_afterwards(results, sims):
    theirs, ours = sims

    assert plain(theirs.dump()) == plain(ours.dump())
    assert theirs.ledger.applied == ours.ledger.applied
    assert theirs.ledger.automations == ours.ledger.automations


def test_what_the_sdk_asks_besides(results, sims):
    theirs, ours = sims
    metadata = [
        (entry.method, entry.path, entry.query, entry.status)
        for entry in theirs.ledger.requests
        if entry.operation is None or entry.operation == "get_fields"
    ]

    assert metadata[:4] == [
        ("GET", "/crm/v8/users", "type=CurrentUser", 200),
        ("GET", "/crm/v8/org", "", 200),
        ("GET", "/crm/v8/settings/fields", "module=Deals", 200),
        ("GET", "/crm/v8/settings/fields", "module=Appointments__s", 200),
    ]
    assert theirs.ledger.calls("create_token") == ours.ledger.calls("create_token") == 2


def test_the_sdk_reads_all_modules(run_sdk):
    """Told to keep its knowledge of fields fresh, the SDK reads every module first."""
    with Simulator(now=NOW, check=True) as sim:
        prepare(sim)
        row = {"id": DEALS[0], "Deal_Name": "x"}
        call = ["update_records", {"module": "Deals", "rows": [row], "triggers": []}]
        (answer,) = run_sdk(sim, [call], auto_refresh_fields=True)

        asked = [entry.query for entry in sim.ledger.requests if entry.path == "/crm/v8/settings/fields"]
        modules = [entry.status for entry in sim.ledger.requests if entry.path == "/crm/v8/settings/modules"]
        refused = [(entry.path, entry.query) for entry in sim.ledger.requests if entry.status != 200]
    assert (answer["status"], answer["items"][0]["code"]) == (200, "SUCCESS")
    assert modules == [200]
    assert {"module=Deals", "module=Price_Books", "module=Appointments__s"} <= set(asked)
    assert refused == []
