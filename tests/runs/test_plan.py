"""A forecast of calls and credits is what the simulator then counts."""

import csv
import random
from pathlib import Path
from typing import Any

import pytest

from zcrm import AccessToken, ZohoCRM
from zcrm.files.choices import Duplicates
from zcrm.runs import Request, Run
from zcrm.runs.plan import Forecast
from zcrm.runs.request import Place, Rules
from zcrm.simulator import Simulator

PRODUCTION = Place("us", "production")


def write(path: Path, chance: random.Random, ids: list[str]) -> None:
    """Rows with and without ids, with nothing else than an id, with no values, and for the same record."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "City", "Note", "_time"])
        for record in ids:
            kind = chance.random()
            if kind < 0.03:
                writer.writerow(["", "Cork", "", ""])
            elif kind < 0.06:
                writer.writerow([record, "", "", ""])
            else:
                writer.writerow([record, "Cork", "x" * chance.randint(0, 200), ""])


@pytest.mark.parametrize("seed", range(50))
def test_the_forecast_is_what_the_meters_say(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    ids = [
        str(5545974000000500001 + n)
        for n in range(chance.choice([0, 1, 99, 100, 101, 350, 1000, 1001, 1730]))
    ]
    path = tmp_path / "rows.csv"
    write(path, chance, ids)
    rules = Rules(canary=chance.choice([None, 0, 25]))
    options: dict[str, Any] = {"duplicates": chance.choice(list(Duplicates)), "rules": rules}
    if chance.random() < 0.3:
        options["since"] = "2999-01-01T00:00:00+00:00"
    request = Request(module="Accounts", file=str(path), triggers=(), runs_dir=tmp_path / "runs", **options)
    with Simulator() as simulator:
        simulator.load("Accounts", [{"id": record} for record in ids])
        auth = AccessToken(simulator.access_token)
        with ZohoCRM(auth=auth, api_domain=simulator.url) as crm, Run.new(request) as run:
            said: Forecast = run.forecast(PRODUCTION.environment)
            report = run.send(crm, place=PRODUCTION)
        assert report.exit in (0, 3)
        assert (said.calls, said.credits) == (
            simulator.ledger.calls("update_records"),
            simulator.ledger.credits,
        )
        assert (report.calls, report.credits) == (said.calls, said.credits)
