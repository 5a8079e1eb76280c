"""GET /Appointments__s: pages, page tokens and their limits."""

from datetime import timedelta

import pytest

URL = "/Appointments__s"
FIELDS = {"fields": "Appointment_Name"}


@pytest.fixture
def five(sim):
    rows = [
        {"id": str(n), "Appointment_Name": f"A{n}", "Created_Time": f"2026-01-0{6 - n}T00:00:00+05:30"}
        for n in range(1, 6)
    ]
    sim.load("Appointments__s", rows)
    return sim


def test_a_list(five, crm):
    response = crm.get(URL, params={"fields": "Appointment_Name, Status ,Nothing"})

    assert response.status_code == 200
    assert response.json() == {
        "data": [
            {"id": str(n), "Appointment_Name": f"A{n}", "Status": "Scheduled", "Nothing": None}
            for n in (5, 4, 3, 2, 1)
        ],
        "info": {
            "per_page": 200,
            "count": 5,
            "page": 1,
            "sort_by": "id",
            "sort_order": "desc",
            "more_records": False,
            "next_page_token": None,
            "previous_page_token": None,
            "page_token_expiry": None,
        },
    }


def test_an_empty_list_is_204_without_a_body(crm):
    response = crm.get(URL, params=FIELDS)

    assert (response.status_code, response.content) == (204, b"")
    assert "content-type" not in response.headers


@pytest.mark.parametrize(
    ("parameters", "ids"),
    [
        ({"sort_order": "asc"}, "12345"),
        ({"sort_by": "Created_Time"}, "12345"),
        ({"sort_by": "Created_Time", "sort_order": "asc"}, "54321"),
        ({"sort_by": "Modified_Time"}, "54321"),
        ({"per_page": "2"}, "54"),
        ({"per_page": "2", "page": "3"}, "1"),
    ],
)
def test_orders_and_pages(five, crm, parameters, ids):
    rows = crm.get(URL, params={**FIELDS, **parameters}).json()["data"]

    assert "".join(row["id"] for row in rows) == ids


def test_a_view(five, crm):
    view = five.add_view("Appointments__s", ["2", "4", "99"])

    rows = crm.get(URL, params={**FIELDS, "cvid": view}).json()["data"]

    assert [row["id"] for row in rows] == ["4", "2"]


def test_page_after_page_by_token(five, crm):
    first = crm.get(URL, params={**FIELDS, "per_page": 2}).json()
    second = crm.get(
        URL, params={**FIELDS, "per_page": 2, "page_token": first["info"]["next_page_token"]}
    ).json()
    third = crm.get(
        URL, params={**FIELDS, "per_page": 2, "page_token": second["info"]["next_page_token"]}
    ).json()
    back = crm.get(
        URL, params={**FIELDS, "per_page": 2, "page_token": third["info"]["previous_page_token"]}
    ).json()

    pages = [[row["id"] for row in page["data"]] for page in (first, second, third, back)]
    assert pages == [["5", "4"], ["3", "2"], ["1"], ["3", "2"]]
    assert [page["info"]["page"] for page in (first, second, third)] == [1, 2, 3]
    assert first["info"]["page_token_expiry"] == "2026-03-03T10:00:00+05:30"
    assert third["info"]["more_records"] is False
    assert third["info"]["next_page_token"] is None


def test_by_id(five, crm, error, user):
    found = crm.get(f"{URL}/3")
    chosen = crm.get(f"{URL}/3", params={"fields": "Status"})
    unknown = crm.get(f"{URL}/99")

    assert found.json() == {
        "data": [
            {
                "id": "3",
                "Appointment_Name": "A3",
                "Status": "Scheduled",
                "Created_Time": "2026-01-03T00:00:00+05:30",
                "Created_By": {**user, "email": "admin@example.com"},
                "Modified_Time": "2026-03-02T10:00:00+05:30",
                "Modified_By": {**user, "email": "admin@example.com"},
            }
        ]
    }
    assert chosen.json() == {"data": [{"id": "3", "Status": "Scheduled"}]}
    assert unknown.status_code == 400
    assert unknown.json() == error("INVALID_DATA", "the id given seems to be invalid", resource_path_index=1)


def test_people_are_read_with_their_address(sim, crm, user, success):
    other = sim.add_user("Second", "second@example.com")
    sim.load("Appointments__s", [{"id": "1"}, {"id": "2", "Owner": {"id": "77", "name": "Gone"}}])
    mine = {**user, "email": "admin@example.com"}
    theirs = {"id": other, "name": "Second"}
    wanted = {"fields": "Owner,Created_By,Modified_By", "sort_order": "asc"}

    written = crm.put(URL, json={"data": [{"id": "1", "Owner": theirs}]})
    (listed, gone) = crm.get(URL, params=wanted).json()["data"]
    (read,) = crm.get(f"{URL}/1").json()["data"]
    sent_back = crm.put(f"{URL}/1", json={"data": [read]})

    assert written.json() == sent_back.json() == {"data": [success("1")]}
    for people in (listed, read):
        assert people["Owner"] == {**theirs, "email": "second@example.com"}
        assert people["Created_By"] == people["Modified_By"] == mine
    assert gone["Owner"] == {"id": "77", "name": "Gone"}


@pytest.mark.parametrize("declared", [None, "text", "subform", "multiselectlookup", "multiuserlookup"])
def test_a_list_of_objects_is_a_subform_whatever_it_was_declared_as(sim, crm, declared):
    parts = [{"id": "1", "Name": "a"}]
    plain = {
        "Tag": [{"name": "a"}],
        "Remind_At": [{"unit": 1, "period": "days"}],
        "Languages": ["English"],
        "None_Yet": None,
    }
    sim.load("Appointments__s", [{"id": "1", "Parts": parts, **plain}])
    if declared:
        sim.add_field("Appointments__s", "Parts", type=declared)
    wanted = {"fields": ",".join(["Parts", *plain])}

    (listed,) = crm.get(URL, params=wanted).json()["data"]
    (read,) = crm.get(f"{URL}/1", params=wanted).json()["data"]

    assert listed == {"id": "1", **plain}
    assert read == {"id": "1", "Parts": parts, **plain}


def test_fields_out_of_sight(five, crm):
    five.load("Appointments__s", [{"id": "9", "Health": "x", "Secret": "y", "Parts": [{"id": "1"}]}])
    five.add_field("Appointments__s", "Health", restricted=True)
    five.add_field("Appointments__s", "Secret", hidden=True)
    five.add_field("Appointments__s", "Parts", type="subform")
    wanted = {"fields": "Health,Secret,Parts"}

    assert crm.get(URL, params=wanted).json()["data"][0] == {"id": "9", "Health": None}
    assert crm.get(f"{URL}/9", params=wanted).json() == {
        "data": [{"id": "9", "Health": None, "Parts": [{"id": "1"}]}]
    }


@pytest.mark.parametrize(
    ("parameters", "code", "message", "details"),
    [
        ({}, "REQUIRED_PARAM_MISSING", "required param is missing", {"param_name": "fields"}),
        ({"fields": " , "}, "REQUIRED_PARAM_MISSING", "required param is missing", {"param_name": "fields"}),
        (
            {"fields": ",".join(f"F{n}" for n in range(51))},
            "LIMIT_EXCEEDED",
            "limit exceeded",
            {"limit": 50, "param_name": "fields"},
        ),
        (
            {**FIELDS, "cvid": "1", "sort_by": "id"},
            "AMBIGUITY_DURING_PROCESSING",
            "You cannot use both cvid and sort_by, and page and page_token",
            {"ambiguity_due_to": [{"param_name": "cvid"}, {"param_name": "sort_by"}]},
        ),
        (
            {**FIELDS, "page": "1", "page_token": "x"},
            "AMBIGUITY_DURING_PROCESSING",
            "You cannot use both cvid and sort_by, and page and page_token",
            {"ambiguity_due_to": [{"param_name": "page"}, {"param_name": "page_token"}]},
        ),
        (
            {**FIELDS, "page": "11"},
            "DISCRETE_PAGINATION_LIMIT_EXCEEDED",
            "You can only get the first 2000 records without using page_token param",
            {"limit": 2000},
        ),
        (
            {**FIELDS, "page_token": "nonsense"},
            "TOKEN_BOUND_DATA_MISMATCH",
            "The page_token given seems to be invalid or input param is added or altered or deleted",
            {"param_name": "page_token"},
        ),
        ({"fields": "Status,,Owner"}, "INVALID_DATA", "invalid data", {"param_name": "fields"}),
        (
            {**FIELDS, "page_token": ""},
            "TOKEN_BOUND_DATA_MISMATCH",
            "The page_token given seems to be invalid or input param is added or altered or deleted",
            {"param_name": "page_token"},
        ),
        ({**FIELDS, "cvid": "77"}, "INVALID_DATA", "invalid data", {"param_name": "cvid"}),
        (
            {**FIELDS, "cvid": "mine"},
            "UNABLE_TO_PARSE_DATA_TYPE",
            "either the request body or parameters is in wrong format",
            {},
        ),
        (
            {**FIELDS, "sort_by": "Owner"},
            "INVALID_DATA",
            "invalid data",
            {"param_name": "sort_by", "supported_values": ["id", "Created_Time", "Modified_Time"]},
        ),
        (
            {**FIELDS, "sort_order": "up"},
            "INVALID_DATA",
            "invalid data",
            {"param_name": "sort_order", "supported_values": ["desc", "asc"]},
        ),
        ({**FIELDS, "per_page": "201"}, "INVALID_DATA", "invalid data", {"param_name": "per_page"}),
        (
            {**FIELDS, "page": "0"},
            "PATTERN_NOT_MATCHED",
            "Please check whether the input values are correct",
            {"param_name": "page"},
        ),
        (
            {**FIELDS, "per_page": "many"},
            "PATTERN_NOT_MATCHED",
            "Please check whether the input values are correct",
            {"param_name": "per_page"},
        ),
    ],
)
def test_parameters_that_do_not_fit(five, crm, error, parameters, code, message, details):
    response = crm.get(URL, params=parameters)

    assert (response.status_code, response.json()) == (400, error(code, message, **details))


def test_a_view_out_of_reach(five, crm, error):
    view = five.add_view("Appointments__s", ["1"], accessible=False)

    response = crm.get(URL, params={**FIELDS, "cvid": view})

    assert response.status_code == 403
    assert response.json() == error(
        "NO_PERMISSION", "permission denied", permissions=["Crm_Implied_View_Custom_View"]
    )


def test_a_page_token_is_bound_to_parameters_user_and_time(five, client, crm, error):
    token = crm.get(URL, params={**FIELDS, "per_page": 2}).json()["info"]["next_page_token"]
    good = {**FIELDS, "per_page": 2, "page_token": token}
    somebody = client(five.issue_token(user=five.add_user("Another", "another@example.com")))
    mismatch = error(
        "TOKEN_BOUND_DATA_MISMATCH",
        "The page_token given seems to be invalid or input param is added or altered or deleted",
        param_name="page_token",
    )

    for other in ({"fields": "Status"}, {"per_page": 3}, {"sort_order": "asc"}):
        assert crm.get(URL, params={**good, **other}).json() == mismatch
    assert crm.get(URL, params={"page_token": token}).json() == mismatch
    assert somebody.get(URL, params=good).json() == error(
        "INVALID_DATA", "invalid data", param_name="page_token"
    )
    assert crm.get(URL, params=good).status_code == 200

    five.advance(timedelta(hours=24))
    expired = client(five.issue_token()).get(URL, params=good)
    assert expired.status_code == 400
    assert expired.json() == error(
        "EXPIRED_VALUE", "Page token expired", api_name="page_token", json_path="$.query.page_token"
    )


def test_two_thousand_by_page_and_one_hundred_thousand_by_token(sim, crm, error):
    sim.load("Appointments__s", ({"id": str(n)} for n in range(1, 100_102)))
    last_page = crm.get(URL, params={**FIELDS, "page": 10}).json()
    token = last_page["info"]["next_page_token"]
    seen = [row["id"] for row in last_page["data"]]
    calls = 0
    while True:
        response = crm.get(URL, params={**FIELDS, "page_token": token})
        calls += 1
        if response.status_code != 200:
            break
        page = response.json()
        seen += [row["id"] for row in page["data"]]
        token = page["info"]["next_page_token"]

    assert seen == [str(n) for n in range(98_301, 101, -1)]
    assert calls == 491
    assert response.status_code == 400
    assert response.json() == error(
        "PAGINATION_LIMIT_EXCEEDED",
        "You can only get upto 100000 records using page_token param",
        param_name="page_token",
    )
