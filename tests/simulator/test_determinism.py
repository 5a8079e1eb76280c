"""The same seed, clock and requests give the same bytes; two simulators run side by side."""

import pytest


@pytest.fixture
def story(start):
    """A run of requests of every kind against a new simulator: each answer as it came."""

    def story(seed):
        sim, crm = start(seed=seed)
        ids = sim.load("Leads", 30)
        appointments = sim.load("Appointments__s", 5)
        sim.fault("server_error", rate=0.3)
        sim.fault("foreign_id", rate=0.3)
        form = {
            "client_id": sim.client_id,
            "client_secret": sim.client_secret,
            "grant_type": "refresh_token",
            "refresh_token": sim.refresh_token,
        }
        view = sim.add_view("Leads")
        answers = [crm.put("/Leads", json={"data": [{"id": id_, "City": "x"}, {}]}) for id_ in ids]
        answers += [crm.get("/Appointments__s", params={"fields": "Status", "per_page": 2}) for _ in range(3)]
        answers += [crm.put(f"/Appointments__s/{id_}", json={"data": [{}]}) for id_ in appointments]
        answers.append(crm.post("/Leads/actions/mass_update", json={"data": [{"F": 1}], "cvid": view}))
        answers.append(crm.post(f"{sim.url}/oauth/v2/token", data=form))
        port = sim.url.rsplit(":", 1)[1]
        return [
            (answer.status_code, answer.headers.raw, answer.text.replace(port, "PORT")) for answer in answers
        ], sim.dump()

    return story


def test_the_same_seed_gives_the_same_bytes(story):
    first, again, other = story(7), story(7), story(8)

    assert first == again
    assert first != other
