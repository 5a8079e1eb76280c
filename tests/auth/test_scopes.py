"""Scopes are those of the specification, and those asked for are the least that will do."""

from importlib.resources import files

import pytest
import yaml

from zcrm.auth.scopes import ACCEPTED, ORGANIZATION, accepted, scope_module, wanted
from zcrm.errors import UsageError


def test_the_specification_says_the_same():
    document = yaml.safe_load((files("zcrm_api") / "openapi.yaml").read_text(encoding="utf-8"))
    operations = [
        operation
        for path in document["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "x-zcrm-scopes" in operation
    ]
    assert {name: set(accepted(name, "Leads")) for name in ACCEPTED if name != ORGANIZATION} == {
        operation["operationId"]: {scope.replace("{module}", "leads") for scope in operation["x-zcrm-scopes"]}
        for operation in operations
    }


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("Deals", "deals"),
        ("Price_Books", "pricebooks"),
        ("Sales_Orders", "salesorders"),
        ("Appointments__s", "appointments"),
        ("Appointments_Rescheduled_History__s", "appointments_rescheduled_history"),
        ("Services__s", "services"),
        ("Shipments", "custom"),
        ("CustomModule7", "custom"),
    ],
)
def test_what_a_module_is_called_in_a_scope(module, name):
    assert scope_module(module) == name


def test_the_least_scope_comes_first():
    assert accepted("update_records", "Leads") == (
        "ZohoCRM.modules.leads.UPDATE",
        "ZohoCRM.modules.leads.WRITE",
        "ZohoCRM.modules.leads.ALL",
        "ZohoCRM.modules.ALL",
    )


@pytest.mark.parametrize(
    ("tasks", "scopes"),
    [
        ([], ()),
        (["records"], ("ZohoCRM.modules.ALL",)),
        (
            ["records:Deals, Purchase_Orders", "records:Deals"],
            ("ZohoCRM.modules.deals.UPDATE", "ZohoCRM.modules.purchaseorders.UPDATE"),
        ),
        (
            ["appointments"],
            ("ZohoCRM.modules.appointments.READ", "ZohoCRM.modules.appointments.UPDATE"),
        ),
        (["appointments-read"], ("ZohoCRM.modules.appointments.READ",)),
        (["records-read"], ("ZohoCRM.modules.READ",)),
        (["records-read:Deals"], ("ZohoCRM.modules.deals.READ",)),
        (["fields"], ("ZohoCRM.settings.fields.READ", "ZohoCRM.org.READ")),
        (["mass-update"], ("ZohoCRM.mass_update.UPDATE", "ZohoCRM.mass_update.READ")),
        (["mass-update:Leads"], ("ZohoCRM.mass_update.leads.UPDATE", "ZohoCRM.mass_update.leads.READ")),
    ],
)
def test_scopes_for_what_is_meant_to_be_done(tasks, scopes):
    assert wanted(tasks) == scopes


def test_a_task_that_there_is_not():
    with pytest.raises(UsageError, match="no task 'delete'; there are records, appointments"):
        wanted(["delete:Deals"])
