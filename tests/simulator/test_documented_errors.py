"""Every documented error is provoked over HTTP, by the state of the org and not by a magic value.

An entry of the error table without a way to provoke it fails, unless it is listed below with the reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from unittest.mock import patch

import httpx
import pytest

from zcrm.simulator import Choices, Simulator
from zcrm_api.error_table import ENTRIES

ID, OTHER = "5545974000000500001", "5545974000000500002"
SOON = "2026-03-02T14:00:00+05:30"
PAST = "2026-03-02T08:00:00+05:30"
FIELDS = {"fields": "Status"}
MASS = "/Leads/actions/mass_update"
APPOINTMENTS = "/Appointments__s"

NOT_PROVOKED = {
    "EXPECTED_FIELD_MISSING": "no source says which fields are meant",
    "DEPENDENT_SERVICE_ERROR": "a failure inside the vendor's services, no state of the org",
    "picklist not found in record layout": "picklists by layout are not simulated",
    "Non Subordinate User Found": "users have no superiors here, and mass update refuses owner fields",
    "invalid_grant": "seen by others, without a documented cause",
    "unauthorized_client": "seen by others, without a documented cause",
}


@dataclass
class Org:
    """A simulator with two leads and an appointment, and ways to call it."""

    sim: Simulator
    crm: httpx.Client
    choices: Callable[..., "Org"]

    def put(self, row=None, *, module="Leads", **body):
        return self.crm.put(f"/{module}", json={"data": [{"id": ID} if row is None else row], **body})

    def lead(self, **row):
        return self.put({"id": ID, **row})

    def appointment(self, stored=None, **row):
        if stored is not None:
            self.sim.load("Appointments__s", [{"id": ID, "Appointment_Start_Time": SOON, **stored}])
        return self.put({"id": ID, **row}, module="Appointments__s")

    def list(self, **parameters):
        return self.crm.get(APPOINTMENTS, params={**FIELDS, **parameters})

    def read(self, **parameters):
        return self.crm.get("/Leads", params={**FIELDS, **parameters})

    def fields(self, **parameters):
        return self.crm.get("/settings/fields", params={"module": "Leads", **parameters})

    def mass(self, data=None, **target):
        return self.crm.post(MASS, json={"data": [{"City": "x"} if data is None else data], **target})

    def job(self, **parameters):
        return self.crm.get(MASS, params=parameters)

    def marked(self, condition, module="Leads"):
        self.sim.mark(module, ID, condition)
        return self

    def denied(self, right):
        self.sim.deny(right)
        return self

    def field(self, **properties):
        self.sim.add_field("Leads", "F", **properties)
        return self

    def faulty(self, name, **options):
        self.sim.fault(name, **options)
        return self

    def narrow(self):
        self.crm.headers["Authorization"] = "Zoho-oauthtoken " + self.sim.issue_token(["ZohoCRM.org.READ"])
        return self

    def expired(self):
        self.sim.expire_tokens()
        return self

    def renewed(self):
        self.crm.headers["Authorization"] = "Zoho-oauthtoken " + self.sim.issue_token()
        return self

    def token(self, **changes):
        form = {
            "client_id": self.sim.client_id,
            "client_secret": self.sim.client_secret,
            "grant_type": "refresh_token",
            "refresh_token": self.sim.refresh_token,
        }
        return self.crm.post(f"{self.sim.accounts_url}/oauth/v2/token", data={**form, **changes})

    def credentials(self, **changes):
        good = {
            "grant_type": "client_credentials",
            "scope": "ZohoCRM.modules.ALL",
            "soid": "ZohoCRM.900000001",
        }
        return self.token(**{**good, **changes})

    def page_token(self, read=None):
        self.sim.load("Appointments__s", 3)
        return (read or Org.list)(self, per_page=1).json()["info"]["next_page_token"]

    def another_user(self):
        user = self.sim.add_user("Another", "another@example.com")
        self.crm.headers["Authorization"] = "Zoho-oauthtoken " + self.sim.issue_token(user=user)
        return self


@pytest.fixture
def org(start):
    def org(**choices):
        sim, crm = start(choices=Choices(**choices), strict_fields=False)
        sim.load("Leads", [{"id": ID}, {"id": OTHER}])
        sim.load("Appointments__s", [{"id": ID, "Appointment_Start_Time": SOON}])
        return Org(sim, crm, org)

    return org()


def duplicate_link(org):
    link = [{"Interested": {"id": "77"}}]
    org.lead(Listings=link)
    return org.lead(Listings=link)


def duplicate(org, module):
    org.sim.load(module, [{"id": OTHER, "F": "x"}])
    org.sim.add_field(module, "F", unique=True)
    return org.put({"id": ID, "F": "x"}, module=module)


def link_to_locked(org):
    org.sim.lock("Leads", OTHER)
    return org.lead(Listings=[{"Interested": {"id": OTHER}}])


def stale(org, module):
    since = {"If-Unmodified-Since": "2026-03-01T00:00:00+05:30"}
    return org.crm.put(f"/{module}", json={"data": [{"id": ID}]}, headers=since)


def participants(org):
    org.sim.load("Events", [{"id": ID}])
    return org.put({"id": ID, "Participants": [{"participant": str(n)} for n in range(51)]}, module="Events")


def zero_call(org):
    org.sim.load("Calls", [{"id": ID, "Call_Type": "Inbound"}])
    return org.put({"id": ID, "Call_Duration": "00:00"}, module="Calls")


def preferring(org, **preferences):
    for name, value in preferences.items():
        setattr(org.sim.preferences, name, value)
    return org


def over(**more):
    return {"Appointment_Start_Time": PAST, **more}


def other_services_hours(org):
    service = org.sim.add_service(hours=(time(1), time(2)))
    return org.appointment(
        {"Service_Name": {"id": service}}, Appointment_Start_Time="2026-03-03T14:00:00+05:30"
    )


def other_services_members(org):
    service = org.sim.add_service(members=["1"])
    return org.appointment(
        {"Service_Name": {"id": service}}, Appointment_Start_Time="2026-03-03T14:00:00+05:30"
    )


def page_token_after(org, by, read=Org.list):
    token = org.page_token(read)
    org.sim.advance(by)
    return read(org.renewed(), per_page=1, page_token=token)


def somebodys_page_token(org):
    token = org.page_token()
    return org.another_user().list(per_page=1, page_token=token)


def beyond_page_tokens(org):
    org.sim.load("Appointments__s", 100_001)
    token = org.list(page=10).json()["info"]["next_page_token"]
    while True:
        response = org.list(page_token=token)
        if response.status_code != 200:
            return response
        token = response.json()["info"]["next_page_token"]


def beyond_a_lower_end_of_page_tokens(org):
    """Records are listed as appointments are, so the whole way is not gone again."""
    org.sim.load("Leads", 2_001)
    token = org.read(page=10).json()["info"]["next_page_token"]
    with patch("zcrm.simulator.operations.listing.BY_PAGE_TOKEN", 2_000):
        return org.read(page_token=token)


def view(org, count=None, **options):
    ids = None if count is None else org.sim.load("Leads", count)
    return org.mass(cvid=org.sim.add_view("Leads", ids, **options))


def scheduled_twice(org):
    cvid = org.sim.add_view("Leads")
    org.mass(cvid=cvid)
    return org.mass(cvid=cvid)


def pipeline(org):
    org.sim.add_pipeline("Leads", "P", ["Won"])
    org.sim.load("Leads", [{"id": ID, "Pipeline": "P"}])
    return org.mass({"Stage": "Open"}, ids=[ID])


def eleven_tokens(org):
    for _ in range(10):
        org.token()
    return org.token()


def eleven_codes(org):
    return [
        org.token(grant_type="authorization_code", code=code)
        for code in [org.sim.issue_code() for _ in range(11)]
    ][-1]


def other_redirect(org):
    return org.token(grant_type="authorization_code", code=org.sim.issue_code(), redirect_uri="http://x")


# operation and code -> ways to provoke the entries with that code
WAYS = {
    ("update_appointments", "DEPENDENT_FIELD_MISSING"): [
        lambda org: org.appointment(Reschedule_Reason="By Team"),
        lambda org: org.appointment(Cancellation_Note="n"),
    ],
    ("update_appointments", "DEPENDENT_FIELD_UNCHANGED"): [
        lambda org: org.appointment(Appointment_Start_Time=SOON),
        lambda org: org.appointment(Appointment_Start_Time=SOON, Reschedule_Note="n"),
    ],
    ("update_appointments", "DEPENDENT_MISMATCH"): [
        lambda org: org.appointment(Status="Overdue", Cancellation_Note="n"),
        lambda org: org.appointment(Status="Completed"),
        lambda org: org.appointment(Appointment_Start_Time=PAST),
        lambda org: org.appointment(Job_Sheet_Name="x"),
        other_services_members,
    ],
    ("update_appointments", "INVALID_DATA"): [
        lambda org: org.put({"id": "77"}, module="Appointments__s"),
        lambda org: org.appointment(Status="Done"),
        lambda org: org.appointment(Duration="long"),
        lambda org: org.appointment(Address="x" * 256),
    ],
    ("update_appointments", "INVALID_MODULE"): [lambda org: org.put(module="Appointments")],
    ("update_appointments", "INVALID_REQUEST_METHOD"): [lambda org: org.crm.post(APPOINTMENTS)],
    ("update_appointments", "MANDATORY_NOT_FOUND"): [
        lambda org: org.put({}, module="Appointments__s"),
        lambda org: org.appointment(Remind_At=[{"period": "days"}]),
    ],
    ("update_appointments", "INVALID_TOKEN"): [lambda org: org.expired().appointment()],
    ("update_appointments", "OAUTH_SCOPE_MISMATCH"): [lambda org: org.narrow().appointment()],
    ("update_appointments", "NO_PERMISSION"): [
        lambda org: org.denied("edit").appointment(),
        lambda org: org.denied("cancel").appointment(Status="Cancelled"),
    ],
    ("update_appointment", "NO_PERMISSION"): [
        lambda org: org.marked("no_access", "Appointments__s").crm.put(
            f"{APPOINTMENTS}/{ID}", json={"data": [{}]}
        ),
        lambda org: org.denied("edit").crm.put(f"{APPOINTMENTS}/{ID}", json={"data": [{}]}),
    ],
    ("update_record", "NO_PERMISSION"): [
        lambda org: org.marked("no_access").crm.put(f"/Leads/{ID}", json={"data": [{}]})
    ],
    ("update_appointments", "NOT_ALLOWED"): [
        lambda org: org.appointment({"Status": "Completed"}, Appointment_Start_Time=SOON),
        lambda org: org.appointment({"Status": "Cancelled"}, Status="Scheduled"),
        lambda org: org.appointment({"Status": "Completed"}, Status="Scheduled"),
        lambda org: preferring(org, ask_to_complete=False).appointment(over(), Status="Completed"),
        other_services_hours,
        lambda org: preferring(org, business_hours=(time(1), time(2))).appointment(
            Appointment_Start_Time="2026-03-03T14:00:00+05:30"
        ),
        lambda org: preferring(org, job_sheet_mandated=True).appointment(over(), Status="Completed"),
    ],
    ("update_appointments", "INVALID_URL_PATTERN"): [lambda org: org.crm.put(f"{APPOINTMENTS}/x")],
    ("update_appointments", "INTERNAL_ERROR"): [lambda org: org.faulty("server_error").appointment()],
    ("update_appointments", "ALREADY_MODIFIED"): [lambda org: stale(org, "Appointments__s")],
    ("update_appointments", "AUTHORIZATION_FAILED"): [lambda org: org.denied("api").appointment()],
    ("update_appointments", "DUPLICATE_DATA"): [lambda org: duplicate(org, "Appointments__s")],
    ("update_appointments", "RECORD_LOCKED"): [
        lambda org: org.marked("locked", "Appointments__s").appointment()
    ],
    ("update_records", "INVALID_MODULE"): [
        lambda org: org.put(module="Lead"),
        lambda org: org.put(module="Documents"),
    ],
    ("update_records", "INVALID_DATA"): [
        lambda org: org.put({"id": "77"}),
        lambda org: org.field(type="integer").lead(F="x"),
        lambda org: org.field(length=1).lead(F="xx"),
        lambda org: org.field(type="picklist", values=("A",)).lead(F="B"),
        lambda org: org.field(hidden=True).lead(F="x"),
    ],
    ("update_records", "DUPLICATE_LINKING_DATA"): [duplicate_link],
    ("update_records", "MANDATORY_NOT_FOUND"): [
        lambda org: org.put({}),
        lambda org: (
            org.sim.add_layout_rule("Leads", ["F"])
            and org.put(apply_feature_execution=[{"name": "layout_rules"}])
        ),
    ],
    ("update_records", "INVALID_URL_PATTERN"): [lambda org: org.crm.put("/Leads/x")],
    ("update_records", "OAUTH_SCOPE_MISMATCH"): [lambda org: org.narrow().lead()],
    ("update_records", "NO_PERMISSION"): [
        lambda org: org.denied("edit").lead(),
        lambda org: org.marked("no_access").lead(),
    ],
    ("update_records", "ALREADY_MODIFIED"): [lambda org: stale(org, "Leads")],
    ("update_records", "INTERNAL_ERROR"): [lambda org: org.faulty("server_error").lead()],
    ("update_records", "INVALID_REQUEST_METHOD"): [lambda org: org.crm.post("/Leads")],
    ("update_records", "AUTHORIZATION_FAILED"): [lambda org: org.denied("api").lead()],
    ("update_records", "DUPLICATE_DATA"): [lambda org: duplicate(org, "Leads")],
    ("update_records", "LIMIT_EXCEEDED"): [
        participants,
        lambda org: org.choices(too_many="LIMIT_EXCEEDED").crm.put("/Leads", json={"data": [{}] * 101}),
    ],
    ("update_records", "RECORD_LOCKED"): [
        lambda org: org.marked("merging").lead(),
        lambda org: org.marked("locked").lead(),
        link_to_locked,
    ],
    ("update_records", "NOT_APPROVED"): [lambda org: org.marked("image_rejected").lead()],
    ("update_records", "DEPENDENT_MISMATCH"): [zero_call],
    ("update_records", "UNABLE_TO_PARSE_DATA_TYPE"): [lambda org: org.crm.put("/Leads", content=b"{")],
    ("update_records", "MULTIPLE_OR_MULTI_ERRORS"): [
        lambda org: (
            org.field(mandatory=True, type="integer").sim.add_field("Leads", "G", length=1)
            or org.lead(F="x", G="xx")
        )
    ],
    ("update_records", "DEPENDENT_FIELD_MISSING"): [lambda org: org.field(depends_on="G").lead(F="x")],
    ("update_records", "NOT_REVIEWED"): [lambda org: org.marked("in_review").lead()],
    ("update_records", "NOT_ALLOWED"): [lambda org: org.field(read_only=True).lead(F="x")],
    ("update_records", "INVALID_TOKEN"): [lambda org: org.expired().lead()],
    ("update_records", "INVALID_OAUTHTOKEN"): [
        lambda org: org.choices(expired_code="INVALID_OAUTHTOKEN").expired().lead()
    ],
    ("update_records", "AUTHENTICATION_FAILURE"): [
        lambda org: org.crm.put("/Leads", headers={"Authorization": "none"})
    ],
    ("update_records", "API_NOT_SUPPORTED"): [lambda org: org.crm.put(f"{org.sim.url}/crm/v1/Leads")],
    ("update_records", "TOO_MANY_REQUESTS"): [
        lambda org: org.faulty("throttle").lead(),
        lambda org: org.faulty("throttle", retry_after=1, in_details=True).lead(),
    ],
    ("get_appointments", "AMBIGUITY_DURING_PROCESSING"): [lambda org: org.list(cvid="1", sort_by="id")],
    ("get_appointments", "DISCRETE_PAGINATION_LIMIT_EXCEEDED"): [lambda org: org.list(page=11)],
    ("get_appointments", "EXPIRED_VALUE"): [lambda org: page_token_after(org, timedelta(hours=24))],
    ("get_appointments", "INVALID_DATA"): [
        somebodys_page_token,
        lambda org: org.list(sort_by="Owner"),
    ],
    ("get_appointment", "INVALID_DATA"): [lambda org: org.crm.get(f"{APPOINTMENTS}/77")],
    ("get_appointments", "INVALID_MODULE"): [lambda org: org.crm.get("/Appointments", params=FIELDS)],
    ("get_appointments", "INVALID_REQUEST_METHOD"): [lambda org: org.crm.delete(APPOINTMENTS)],
    ("get_appointments", "LIMIT_EXCEEDED"): [lambda org: org.list(fields=",".join(["F"] * 51))],
    ("get_appointments", "TOKEN_BOUND_DATA_MISMATCH"): [lambda org: org.list(page_token=org.page_token())],
    ("get_appointments", "PAGINATION_LIMIT_EXCEEDED"): [beyond_page_tokens],
    ("get_appointments", "REQUIRED_PARAM_MISSING"): [lambda org: org.crm.get(APPOINTMENTS)],
    ("get_appointments", "INVALID_TOKEN"): [lambda org: org.expired().list()],
    ("get_appointments", "OAUTH_SCOPE_MISMATCH"): [lambda org: org.narrow().list()],
    ("get_appointments", "NO_PERMISSION"): [lambda org: org.denied("read").list()],
    ("get_appointments", "INVALID_URL_PATTERN"): [lambda org: org.crm.get(f"{APPOINTMENTS}/x")],
    ("get_appointments", "INTERNAL_ERROR"): [lambda org: org.faulty("server_error").list()],
    ("get_appointments", "UNABLE_TO_PARSE_DATA_TYPE"): [lambda org: org.list(cvid="mine")],
    ("get_appointments", "PATTERN_NOT_MATCHED"): [lambda org: org.list(page="x")],
    ("mass_update", "INVALID_DATA"): [
        lambda org: org.mass({}, ids=[ID]),
        lambda org: org.mass({"A": 1, "B": 2}, ids=[ID]),
        lambda org: org.mass({"Email": "x"}, ids=[ID]),
        lambda org: org.field(layout_rule=True).mass({"F": "x"}, ids=[ID]),
        lambda org: org.field(validation_rule=True).mass({"F": "x"}, ids=[ID]),
        lambda org: org.field(hidden=True).mass({"F": "x"}, ids=[ID]),
        lambda org: org.mass(cvid=org.sim.add_view("Leads"), territory={"id": "77"}),
        lambda org: org.mass(ids=["77"]),
        lambda org: org.mass(cvid="77"),
        lambda org: org.field(length=1).mass({"F": "xx"}, ids=[ID]),
        lambda org: org.field(type="integer").mass({"F": "x"}, ids=[ID]),
    ],
    ("update_records", "RECORD_IN_BLUEPRINT"): [
        lambda org: org.field(blueprint=True).marked("in_blueprint").lead(F="x")
    ],
    ("mass_update", "CANNOT_PROCESS"): [lambda org: org.marked("stop_processing").mass(ids=[ID])],
    ("mass_update", "RECORD_IN_BLUEPRINT"): [
        lambda org: org.field(blueprint=True).marked("in_blueprint").mass({"F": "x"}, ids=[ID])
    ],
    ("mass_update", "MANDATORY_NOT_FOUND"): [lambda org: org.mass()],
    ("mass_update", "CANNOT_PERFORM_ACTION"): [lambda org: org.marked("no_access").mass(ids=[ID])],
    ("mass_update", "ALREADY_SCHEDULED"): [
        scheduled_twice,
        lambda org: scheduled_twice(org.choices(already_scheduled_status=400)),
    ],
    ("mass_update", "LIMIT_EXCEEDED"): [
        lambda org: view(org, 50_001),
        lambda org: org.choices(too_many="LIMIT_EXCEEDED").mass(ids=[ID] * 501),
    ],
    ("mass_update", "NOT_APPROVED"): [
        lambda org: org.marked("not_approved").mass(ids=[ID]),
        lambda org: org.marked("image_rejected").mass(ids=[ID]),
    ],
    ("mass_update", "NO_RECORDS_FOUND"): [lambda org: view(org, 0)],
    ("mass_update", "NO_PERMISSION"): [
        lambda org: org.denied("mass_update").mass(ids=[ID]),
        lambda org: org.field(editable=False).mass({"F": "x"}, ids=[ID]),
        lambda org: view(org, accessible=False),
    ],
    ("mass_update", "INVALID_MODULE"): [lambda org: org.crm.post("/Lead/actions/mass_update")],
    ("mass_update", "INVALID_URL_PATTERN"): [lambda org: org.crm.post("/Leads/actions/mass_updates")],
    ("mass_update", "OAUTH_SCOPE_MISMATCH"): [lambda org: org.narrow().mass(ids=[ID])],
    ("mass_update", "INTERNAL_ERROR"): [lambda org: org.faulty("server_error").mass(ids=[ID])],
    ("mass_update", "INVALID_REQUEST_METHOD"): [lambda org: org.crm.put(MASS)],
    ("mass_update", "AUTHORIZATION_FAILED"): [lambda org: org.denied("api").mass(ids=[ID])],
    ("mass_update", "RECORD_LOCKED"): [
        lambda org: org.marked("merging").mass(ids=[ID]),
        lambda org: org.marked("locked").mass(ids=[ID]),
    ],
    ("mass_update", "UNABLE_TO_PARSE_DATA_TYPE"): [lambda org: org.crm.post(MASS, content=b"{")],
    ("mass_update", "MAPPING_MISMATCH"): [pipeline],
    ("mass_update", "CONVERTED_RECORD"): [lambda org: org.marked("converted").mass(ids=[ID])],
    ("mass_update", "NOT_SUPPORTED"): [lambda org: org.crm.post("/Services__s/actions/mass_update")],
    ("get_mass_update_status", "MANDATORY_NOT_FOUND"): [lambda org: org.job()],
    ("get_mass_update_status", "INVALID_DATA"): [lambda org: org.job(job_id="77")],
    ("get_mass_update_status", "NOT_FOUND"): [lambda org: org.choices(unknown_job="404").job(job_id="77")],
    ("get_mass_update_status", "UNABLE_TO_PARSE_DATA_TYPE"): [lambda org: org.job(job_id="mine")],
    ("get_mass_update_status", "INVALID_MODULE"): [lambda org: org.crm.get("/Lead/actions/mass_update")],
    ("get_mass_update_status", "INVALID_REQUEST_METHOD"): [lambda org: org.crm.delete(MASS)],
    ("get_mass_update_status", "AUTHORIZATION_FAILED"): [lambda org: org.denied("api").job(job_id="1")],
    ("get_mass_update_status", "OAUTH_SCOPE_MISMATCH"): [lambda org: org.narrow().job(job_id="1")],
    ("get_mass_update_status", "NO_PERMISSION"): [lambda org: org.denied("read").job(job_id="1")],
    ("get_mass_update_status", "INVALID_URL_PATTERN"): [lambda org: org.crm.get("/Leads/actions/jobs")],
    ("get_mass_update_status", "INTERNAL_ERROR"): [lambda org: org.faulty("server_error").job(job_id="1")],
    ("get_fields", "REQUIRED_PARAM_MISSING"): [lambda org: org.crm.get("/settings/fields")],
    ("get_fields", "INVALID_MODULE"): [lambda org: org.fields(module="Lead")],
    ("get_fields", "INVALID_DATA"): [lambda org: org.fields(type="some")],
    ("get_fields", "INVALID_REQUEST_METHOD"): [lambda org: org.crm.put("/settings/fields")],
    ("get_fields", "AUTHORIZATION_FAILED"): [lambda org: org.denied("api").fields()],
    ("get_fields", "OAUTH_SCOPE_MISMATCH"): [lambda org: org.narrow().fields()],
    ("get_fields", "NO_PERMISSION"): [lambda org: org.denied("read").fields()],
    ("get_fields", "INVALID_URL_PATTERN"): [lambda org: org.crm.get(f"{org.sim.url}/crm/x/settings/fields")],
    ("get_fields", "INTERNAL_ERROR"): [lambda org: org.faulty("server_error").fields()],
    ("get_records", "REQUIRED_PARAM_MISSING"): [lambda org: org.crm.get("/Leads")],
    ("get_records", "INVALID_MODULE"): [lambda org: org.crm.get("/Lead", params=FIELDS)],
    ("get_records", "INVALID_DATA"): [
        lambda org: org.read(cvid="77"),
        lambda org: org.read(sort_by="Owner"),
    ],
    ("get_record", "INVALID_DATA"): [lambda org: org.choices(unknown_record=400).crm.get("/Leads/77")],
    ("get_records", "PATTERN_NOT_MATCHED"): [lambda org: org.read(ids="mine")],
    ("get_records", "LIMIT_EXCEEDED"): [lambda org: org.read(ids=",".join(map(str, range(101))))],
    ("get_records", "AMBIGUITY_DURING_PROCESSING"): [lambda org: org.read(cvid="1", ids=ID)],
    ("get_records", "DISCRETE_PAGINATION_LIMIT_EXCEEDED"): [lambda org: org.read(page=11)],
    ("get_records", "EXPIRED_VALUE"): [
        lambda org: page_token_after(org, timedelta(hours=24), Org.read),
    ],
    ("get_records", "TOKEN_BOUND_DATA_MISMATCH"): [lambda org: org.read(page_token="x")],
    ("get_records", "PAGINATION_LIMIT_EXCEEDED"): [beyond_a_lower_end_of_page_tokens],
    ("get_records", "AUTHORIZATION_FAILED"): [lambda org: org.denied("api").read()],
    ("get_records", "INVALID_REQUEST_METHOD"): [lambda org: org.crm.delete("/Leads")],
    ("get_records", "OAUTH_SCOPE_MISMATCH"): [lambda org: org.narrow().read()],
    ("get_records", "NO_PERMISSION"): [lambda org: org.denied("read").read()],
    ("get_records", "NOT_SUPPORTED"): [lambda org: org.another_user().crm.get("/Notes", params=FIELDS)],
    ("get_records", "INVALID_URL_PATTERN"): [lambda org: org.crm.get("/Leads/x")],
    ("get_records", "INTERNAL_ERROR"): [lambda org: org.faulty("server_error").read()],
    ("create_token", "invalid_code"): [lambda org: org.token(refresh_token="x")],
    ("create_token", "invalid_client"): [lambda org: org.token(client_id="x")],
    ("create_token", "invalid_client_secret"): [lambda org: org.token(client_secret="x")],
    ("create_token", "invalid_redirect_uri"): [other_redirect],
    ("create_token", "missing_org_info"): [lambda org: org.credentials(soid="")],
    ("create_token", "invalid_soid"): [lambda org: org.credentials(soid="x")],
    ("create_token", "invalid_org"): [lambda org: org.credentials(soid="ZohoCRM.1")],
    ("create_token", "invalid_scope"): [lambda org: org.credentials(scope="")],
    ("create_token", "general_error"): [lambda org: org.token(grant_type="x")],
    ("create_token", "access_denied"): [eleven_codes],
    ("create_token", "Access Denied"): [
        eleven_tokens,
        lambda org: eleven_tokens(org.choices(token_throttle_status=200)),
    ],
}


def envelopes(response, token):
    """The errors in an answer, each with the level it stands at."""
    body = response.json()
    if token:
        found = {"code": body["error"], "message": body.get("error_description", ""), "details": {}}
        return [("request", found)]
    if "data" in body:
        return [("record", item) for item in body["data"]]
    return [("request", body)]


def answers(entry, response):
    """Whether a response is the documented one."""
    return response.status_code == entry.status and any(
        entry.level in ("both", level)
        and found["code"] == entry.code
        and entry.message.casefold() in ("", found["message"].casefold())
        and set(entry.detail_keys) <= set(found["details"])
        for level, found in envelopes(response, entry.page == "token")
    )


def likes(entry):
    """The entries before this one that the table tells apart from it by their meaning alone."""
    traits = ("operations", "status", "code", "message", "detail_keys")
    before = ENTRIES[: ENTRIES.index(entry)]
    return [other for other in before if all(getattr(other, t) == getattr(entry, t) for t in traits)]


def name(entry):
    words = entry.message or "-".join(entry.detail_keys) or entry.meaning
    return f"{entry.page}-{entry.status}-{entry.code}-{words}"


@pytest.mark.parametrize("entry", ENTRIES, ids=name)
def test_the_simulator_can_answer(org, entry):
    """Entries that look alike need a way each."""
    reason = NOT_PROVOKED.get(entry.code) or NOT_PROVOKED.get(entry.message)
    if reason:
        pytest.skip(reason)
    ways = [way for operation in entry.operations for way in WAYS.get((operation, entry.code), ())]
    needed = 1 + len(likes(entry))
    seen = []
    for way in ways:
        response = way(org.choices())
        needed -= answers(entry, response)
        if not needed:
            return
        seen.append((response.status_code, response.json()))
    pytest.fail(f"{needed} more of these should be the documented answer: {seen}")


def test_what_is_not_provoked_is_in_the_table():
    words = {word for entry in ENTRIES for word in (entry.code, entry.message)}

    assert set(NOT_PROVOKED) <= words
