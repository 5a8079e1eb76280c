"""Several orgs with their rows in Parquet files, and threads in the place of workers."""

from __future__ import annotations

import os
import pickle
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

if TYPE_CHECKING:
    from zcrm.simulator import Simulator

pytest.importorskip("pyarrow")
FIRST_ID = 5545974000000500001
NO_PROFILE = {"distributed.worker.profile.enabled": False}
"""With it a worker may hang, on a Python that has https://github.com/python/cpython/issues/106883."""


@dataclass
class World:
    """Orgs of one simulator, each with a profile and a file of rows for its deals."""

    sim: Simulator
    folder: Path
    rows: int
    names: list[str] = field(default_factory=list)

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def file(self, name: str) -> Path:
        return self.folder / "in" / name / "deals.parquet"

    def jobs(self, **options: Any) -> list[Any]:
        from zcrm.dask import Job

        return [
            Job(org=name, module="Deals", rows=self.file(name).with_name("*.parquet"), triggers=(), **options)
            for name in self.names
        ]

    def outcomes(self) -> list[dict[str, Any]]:
        """All outcomes that are there, with org and module."""
        from pyarrow import parquet

        found = []
        for path in sorted(self.out.rglob("*.parquet")):
            org, module = (part.partition("=")[2] for part in path.parts[-3:-1])
            rows = parquet.ParquetFile(path).read().to_pylist()
            found += ({"org": org, "module": module, **row} for row in rows)
        return found

    def check(self, report: Any) -> Counter[str]:
        """Each row has one outcome, the report adds up, and who was written twice is `unknown`."""
        outcomes = self.outcomes()
        places = [(row["org"], row["row"], row["id"]) for row in outcomes]
        assert sorted(places) == [(org, n, id_of(n)) for org in self.names for n in range(self.rows)]
        states = Counter(row["state"] for row in outcomes)
        assert {state: rows for state, rows in report.summary.states.items() if rows} == states
        for name, org in zip(self.names, self.sim.orgs, strict=True):
            of_org = {row["id"]: row["state"] for row in outcomes if row["org"] == name}
            twice = Counter(of_org[record] for _, record in org.ledger.applied_twice)
            assert twice.keys() <= {"unknown"}, f"{name}: {twice}, {report.summary.resent} sent again"
            applied = {record for _, record in org.ledger.applied}
            told = {record for record, state in of_org.items() if state == "updated"}
            assert told <= applied <= {r for r, state in of_org.items() if state in ("updated", "unknown")}
        return states


def id_of(row: int) -> str:
    return str(FIRST_ID + row)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """Makes a world of so many orgs with so many rows each."""
    import pyarrow
    from pyarrow import parquet

    from zcrm.cli.simulated_profiles import ways_in
    from zcrm.simulator import Simulator

    with ExitStack() as stack:

        def make(orgs: int = 2, rows: int = 250, **options: Any) -> World:
            sim = stack.enter_context(Simulator(orgs=orgs, **options))
            environ = stack.enter_context(ways_in(sim))
            stack.enter_context(patch.dict(os.environ, environ))
            made = World(sim, tmp_path, rows)
            ids = [id_of(n) for n in range(rows)]
            table = pyarrow.table({"id": ids, "Stage": ["Closed Won"] * rows})
            digits = len(str(orgs))
            for number, org in enumerate(sim.orgs, start=1):
                name = f"org-{number:0{digits}}"
                made.names.append(name)
                org.load("Deals", [{"id": record, "Stage": "Open"} for record in ids])
                made.file(name).parent.mkdir(parents=True)
                parquet.write_table(table, made.file(name))
            return made

        yield make


class Threads:
    """Has what a Dask client has, as far as needed; what it is given travels as it would to a worker."""

    def __init__(self, workers: int = 2) -> None:
        self.pool = ThreadPoolExecutor(workers)
        self.keys: list[str] = []

    def nthreads(self) -> dict[str, int]:
        return {}

    def submit(self, fn: Any, *args: Any, key: str, pure: bool, retries: int) -> Future[Any]:
        assert (pure, retries) == (False, 0)
        self.keys.append(key)
        return self.pool.submit(_run, pickle.dumps((fn, args)))


def _run(text: bytes) -> Any:
    fn, args = pickle.loads(text)
    return pickle.loads(pickle.dumps(fn(*args)))


@pytest.fixture
def threads() -> Iterator[Threads]:
    client = Threads()
    with client.pool:
        yield client
