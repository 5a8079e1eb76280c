"""docs/how-to/dask.md does what it says."""

import os
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from ..docs.reading import DOCS, Reader, blocks_of
from .conftest import id_of

pytest.importorskip("distributed")


def test_the_page_does_what_it_says(world, search_path, run_here):
    there = world(2, 3)
    table = pyarrow.table({"id": [*map(id_of, range(2)), "6" + id_of(0)[1:]], "Stage": ["Closed Won"] * 3})
    parquet.write_table(table, there.file("org-2"))
    env = {
        "PATH": search_path,
        "HOME": str(there.folder),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "ZCRM_CONFIG_DIR": os.environ["ZCRM_CONFIG_DIR"],
    }
    Reader(Path(there.folder), env, run_here).follows(blocks_of(DOCS / "how-to/dask.md"))
    assert [org.record("Deals", id_of(0))["Stage"] for org in there.sim.orgs] == ["Closed Won"] * 2
