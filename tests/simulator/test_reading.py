"""Reading records: by ids, of a view, page by page, and one."""

import pytest

from zcrm.simulator import Choices

IDS = [f"55459740000005000{n:02}" for n in range(5)]


@pytest.fixture
def deals(sim):
    sim.load("Deals", [{"id": id_, "Amount": n, "Rows": [{"id": "9"}]} for n, id_ in enumerate(IDS)])
    return sim


def read(crm, **parameters):
    return crm.get("/Deals", params={"fields": "Amount", **parameters})


def ids_of(response):
    return [record["id"] for record in response.json()["data"]]


def test_by_ids_in_the_order_of_the_list(deals, crm):
    response = read(crm, ids=f"{IDS[1]},77,{IDS[3]}")

    assert response.json()["data"] == [{"id": IDS[3], "Amount": 3}, {"id": IDS[1], "Amount": 1}]
    assert (response.json()["info"]["count"], response.json()["info"]["more_records"]) == (2, False)
    assert (deals.ledger.credits, deals.ledger.calls("get_records")) == (1, 1)


def test_ids_of_nothing_and_of_what_the_user_may_not_see(deals, crm):
    deals.mark("Deals", IDS[0], "no_access")

    assert read(crm, ids=f"77,{IDS[0]}").status_code == 204


def test_a_hundred_ids_and_no_more(deals, crm):
    more = deals.load("Deals", 96)

    assert len(ids_of(read(crm, ids=",".join(more + IDS[:4])))) == 100
    refused = read(crm, ids=",".join(more + IDS))
    assert (refused.status_code, refused.json()["details"]) == (400, {"limit": 100, "param_name": "ids"})


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"ids": "x"}, "PATTERN_NOT_MATCHED"),
        ({"ids": ""}, "PATTERN_NOT_MATCHED"),
        ({"ids": f"{IDS[0]},{IDS[0]}"}, "INVALID_DATA"),
        ({"ids": IDS[0], "cvid": "1"}, "AMBIGUITY_DURING_PROCESSING"),
        ({"ids": IDS[0], "fields": ""}, "REQUIRED_PARAM_MISSING"),
    ],
)
def test_ids_that_can_not_be_read(deals, crm, parameters, code):
    assert read(crm, **parameters).json()["code"] == code


def test_a_view_page_by_page(deals, crm):
    view = deals.add_view("Deals", IDS[1:4])

    first = read(crm, cvid=view, per_page=2)
    second = read(crm, cvid=view, per_page=2, page=2)

    assert ids_of(first) + ids_of(second) == [IDS[3], IDS[2], IDS[1]]
    assert [page.json()["info"]["more_records"] for page in (first, second)] == [True, False]


def test_one_record_has_its_subforms(deals, crm):
    (whole,) = crm.get(f"/Deals/{IDS[2]}").json()["data"]
    (part,) = crm.get(f"/Deals/{IDS[2]}?fields=Amount").json()["data"]

    assert whole["Rows"] == [{"id": "9"}]
    assert whole["Modified_By"]["name"] == "Administrator"
    assert part == {"id": IDS[2], "Amount": 2}
    assert deals.ledger.calls("get_record") == 2


@pytest.mark.parametrize("status", [204, 400, 404])
def test_one_record_that_there_is_not(start, status):
    _, crm = start(choices=Choices(unknown_record=status))

    assert crm.get("/Deals/77").status_code == status


@pytest.mark.parametrize(
    ("scope", "enough"),
    [
        ("ZohoCRM.modules.READ", True),
        ("ZohoCRM.modules.deals.READ", True),
        ("ZohoCRM.modules.ALL", True),
        ("ZohoCRM.modules.deals.UPDATE", False),
        ("ZohoCRM.settings.ALL", False),
    ],
)
def test_scopes_for_records(deals, client, scope, enough):
    crm = client(deals.issue_token([scope]))

    assert read(crm).status_code == (200 if enough else 401)
    assert crm.get(f"/Deals/{IDS[0]}").status_code == (200 if enough else 401)
