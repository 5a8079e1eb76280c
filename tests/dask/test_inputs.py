"""What is found out of the files before anything is sent, and how rows are cut into parts."""

import pickle
from itertools import accumulate
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from zcrm import SharedStateLost, UsageError
from zcrm.dask import Job
from zcrm.dask.entries import Entry, account
from zcrm.dask.inputs import Rows
from zcrm.dask.plan import Plan, _cut
from zcrm.outcomes import STATES
from zcrm.runs.spans import Span

OUT = Path("/out")


@pytest.fixture
def file(tmp_path):
    """Writes a Parquet file of these columns."""

    def write(name, columns):
        parquet.write_table(pyarrow.table(columns), tmp_path / name)
        return tmp_path / name

    return write


def job(rows, **options):
    return Job(org="shop", module="Deals", rows=rows, triggers=(), **options)


def test_all_that_is_wrong_is_said_at_once(file, tmp_path):
    file("a.parquet", {"id": [1, 2], "Stage": ["x", "y"]})
    file("b.parquet", {"id": [7, 2], "Stage": ["x", "y"]})
    file("c.parquet", {"Id": [1]})
    file("d.parquet", {"id": [1.5], "When": pyarrow.array([0], pyarrow.timestamp("s"))})
    (tmp_path / "e.parquet").write_bytes(b"id,Stage\n1,x\n")
    with pytest.raises(UsageError) as caught:
        Plan.of(
            [job(tmp_path / "*.parquet"), Job(org="b", module="Leads", rows=tmp_path / "f", triggers=None)],
            100,
            OUT,
        )
    said = str(caught.value)
    for words in (
        "shop Deals: id 2 has several rows: row 2 of",
        "a.parquet and row 2 of",
        "c.parquet: no column is named id; its columns are Id",
        "d.parquet: column id is of floating-point numbers",
        "column When is a time without a zone",
        "e.parquet: is no Parquet file",
        "b Leads:",
        "f: can't be read: No such file",
    ):
        assert words in said, said


def test_ids_are_the_same_however_they_are_spaced(file):
    path = file("a.parquet", {"id": ["7", "8", " 7\t"], "Stage": ["x", "y", "z"]})
    with pytest.raises(UsageError, match=r"id 7 has several rows: row 1 of .* and row 3 of"):
        Plan.of([job(path)], 100, OUT)


@pytest.mark.parametrize(
    "span", [Span(0, 3, "updated"), Span(-1, 0, "updated"), Span(2, 1, "updated"), Span(0, 0, "sent")]
)
def test_an_entry_of_another_part_is_refused(span):
    assert len(account(3, [Entry(1, [Span(0, 2, "updated")])]).known) == 3
    with pytest.raises(SharedStateLost, match="of a part of 3"):
        account(3, [Entry(1, [span])])


def test_no_file_is_said(tmp_path):
    with pytest.raises(UsageError, match=r"no file is there by .*none"):
        Plan.of([job(tmp_path / "none-*")], 100, OUT)


def test_two_jobs_for_one_module_are_refused(file):
    path = file("a.parquet", {"id": ["1"]})
    with pytest.raises(UsageError, match="several jobs for shop Deals"):
        Plan.of([job(path), job(path)], 100, OUT)


def test_a_part_takes_a_call_at_the_least(file):
    with pytest.raises(UsageError, match="rows_per_part is 99"):
        Plan.of([job(file("a.parquet", {"id": ["1"]}))], 99, OUT)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"org": "../x"}, "no name for an org"),
        ({"module": ""}, "no name for a module"),
        ({"triggers": "workflow"}, "triggers"),
        ({"options": {"fields": None}}, "fields can't be given"),
        ({"options": {"if_unmodified_since": lambda row: row}}, "no plain value"),
        ({"options": {"nulls": "drop"}}, "nulls"),
    ],
)
def test_a_job_that_can_not_be_is_refused(given, said):
    with pytest.raises(UsageError, match=said):
        Job(**{"org": "a", "module": "Deals", "rows": "x", "triggers": ()} | given)


def test_an_option_that_there_is_not_is_refused():
    with pytest.raises(TypeError, match="null"):
        job("x", options={"null": "skip"})


def test_a_zone_lets_naive_times_be(file):
    path = file("a.parquet", {"id": ["1"], "When": pyarrow.array([0], pyarrow.timestamp("s"))})
    plan = Plan.of([job(path, options={"timezone": "Europe/Berlin"})], 100, OUT)
    assert Plan.read(plan.text()) == plan
    (part,) = plan.parts()
    assert pickle.loads(pickle.dumps(part)) == part
    assert part.options == {"triggers": [], "timezone": "Europe/Berlin"}


def test_parts_go_through_all_files_of_a_job(file, tmp_path):
    for name, rows in (("a", 250), ("b", 0), ("c", 120)):
        file(f"{name}.parquet", {"id": pyarrow.array([f"{name}{n}" for n in range(rows)], pyarrow.string())})
    parts = list(Plan.of([job([tmp_path / "c.parquet", tmp_path / "[ab].parquet"])], 200, OUT).parts())
    told = [
        (part.number, Path(part.file.path).name, part.first, part.rows, part.row, part.name[-13:])
        for part in parts
    ]
    assert told == [
        (0, "a.parquet", 0, 200, 0, "00000.parquet"),
        (1, "a.parquet", 200, 50, 200, "00001.parquet"),
        (2, "c.parquet", 0, 120, 250, "00002.parquet"),
    ]


@given(st.integers(0, 200_000), st.integers(100, 60_000))
def test_parts_are_of_full_calls_and_hold_every_row_once(rows, most):
    pieces = list(_cut(rows, most))
    assert [first for first, _ in pieces] == [*accumulate((size for _, size in pieces), initial=0)][:-1]
    assert sum(size for _, size in pieces) == rows
    assert all(0 < size <= most for _, size in pieces)
    if most % 100 == 0:
        assert all(size % 100 == 0 for _, size in pieces[:-1])


@given(st.integers(1, 60), st.integers(1, 20), st.data())
def test_a_part_reads_its_own_rows(tmp_path_factory, rows, group, data):
    path = tmp_path_factory.mktemp("rows") / "a.parquet"
    names = [None if n % 3 == 0 else f"{n}" for n in range(rows)]
    parquet.write_table(pyarrow.table({"id": [*range(rows)], "Name": names}), path, row_group_size=group)
    first = data.draw(st.integers(0, rows - 1))
    count = data.draw(st.integers(1, rows - first))
    part = Rows(parquet.ParquetFile(path), first, count)
    assert list(part.ids()) == [str(n) for n in range(first, first + count)]
    wanted = [{"id": n, "Name": names[n]} for n in range(first, first + count)]
    assert list(part.records(skip_nulls=False)) == wanted
    assert [row.get("Name") for row in part.records(skip_nulls=True)] == [row["Name"] for row in wanted]
    assert all(row.get("Name", "") is not None for row in part.records(skip_nulls=True))


spans = st.builds(
    lambda first, rows, state: Span(first, min(first + rows, 29), state),
    st.integers(0, 29),
    st.integers(0, 10),
    st.sampled_from(["flying", "updated", "rejected", "unsent"]),
)
entries = st.builds(
    lambda epoch, spans, calls, whole: Entry(epoch, spans, calls=calls, whole=whole),
    st.integers(1, 3),
    st.lists(spans, max_size=3),
    st.integers(0, 2),
    st.booleans(),
)


@given(st.lists(entries, max_size=12))
def test_an_account_tells_of_every_row_what_was_known_last(log):
    stands = account(30, map(Entry.of, (entry.text() for entry in log)))
    known = {}
    for entry in log:
        for span in entry.spans:
            known.update(dict.fromkeys(range(span.first, span.last + 1), span.state))
    final = [span.state for span in stands.final()]
    assert final == [
        {"flying": "unknown"}.get(known.get(n, "unsent"), known.get(n, "unsent")) for n in range(30)
    ]
    assert set(final) <= set(STATES)
    assert stands.due == sum(known.get(n, "unsent") == "unsent" for n in range(30))
    whole = {n: [e for e in log if e.epoch == n] for n in (1, 2, 3)}
    for epoch, of_epoch in whole.items():
        last = max((k for k, e in enumerate(of_epoch) if e.whole), default=0)
        whole[epoch] = of_epoch[last:]
    assert stands.tally.calls == sum(e.calls for of_epoch in whole.values() for e in of_epoch)
