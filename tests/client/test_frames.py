"""Data frames of four libraries, and cursors, as rows: the same as their dicts without nulls."""

import sqlite3
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zcrm.errors import UsageError, ZohoError
from zcrm.frames.sources import rows_in
from zcrm.rows.admission import Admission
from zcrm.rows.options import values

np = pytest.importorskip("numpy")
pa = pytest.importorskip("pyarrow")
pl = pytest.importorskip("polars")
pd = pytest.importorskip("pandas")
duckdb = pytest.importorskip("duckdb")

FIRST = 5545974000000500001
FLOATS = st.floats(allow_infinity=False)
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
KINDS: dict[str, tuple[Any, Any]] = {
    "text": (pa.string(), st.text(max_size=5)),
    "large_text": (pa.large_string(), st.text(max_size=5)),
    "int": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "small": (pa.int8(), st.integers(-128, 127)),
    "float": (pa.float64(), st.floats(allow_nan=False, allow_infinity=False)),
    "bool": (pa.bool_(), st.booleans()),
    "decimal": (pa.decimal128(9, 2), st.integers(-(10**8), 10**8).map(lambda n: Decimal(n) / 100)),
    "date": (pa.date32(), st.dates()),
    "moment": (pa.timestamp("us", "Europe/Berlin"), st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1))),
    "list": (pa.list_(pa.string()), st.lists(st.text(max_size=3), max_size=3)),
    "struct": (pa.struct([("id", pa.string())]), st.fixed_dictionaries({"id": st.text(max_size=3)})),
    "category": (pa.dictionary(pa.int32(), pa.string()), st.sampled_from(["a", "b"])),
}


@st.composite
def tables(draw: st.DrawFn) -> Any:
    """A table of random columns with gaps: chunked, sliced, filtered."""
    count = draw(st.integers(0, 12))
    names = draw(st.lists(st.sampled_from(sorted(KINDS)), unique=True, min_size=1))
    columns = {"id": pa.array([str(FIRST + n) for n in range(count)], pa.string())}
    for name in names:
        kind, values = KINDS[name]
        held = draw(st.lists(st.none() | values, min_size=count, max_size=count))
        if name == "moment":
            held = [value and value.replace(tzinfo=UTC) for value in held]
        columns[name] = pa.array(held, kind)
    table = pa.table(columns)
    if draw(st.booleans()):
        table = pa.concat_tables([table, table])
    if draw(st.booleans()):
        table = table.slice(draw(st.integers(0, 3)), draw(st.integers(0, 12)))
    if draw(st.booleans()) and len(table):
        table = table.filter(pa.array([n % 2 == 0 for n in range(len(table))]))
    return table


def without_nulls(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def taken(frame: Any, **options: Any) -> list[dict[str, Any]]:
    return list(rows_in(frame, **options))


thorough = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@thorough
@given(tables())
def test_pyarrow_gives_its_dicts_without_nulls(table: Any) -> None:
    expected = without_nulls(table.to_pylist())
    assert taken(table) == expected
    assert taken(table.to_reader(max_chunksize=3)) == expected
    assert taken(table, nulls="send") == table.to_pylist()


def wire(rows: Any) -> list[bytes]:
    """What is sent of rows when missing values are left out."""
    admission = Admission(values=values({"missing": "skip"}))
    outcomes = [admission.admit(number, row) for number, row in enumerate(rows)]
    assert not [outcome.message for outcome in outcomes if outcome.state == "rejected"]
    return [outcome._wire or b"null" for outcome in outcomes]


@thorough
@given(tables(), st.data())
def test_the_wire_rows_are_those_of_dicts(table: Any, data: st.DataObject) -> None:
    floats = data.draw(st.lists(st.none() | FLOATS, min_size=len(table), max_size=len(table)))
    table = table.append_column("Maybe", pa.array(floats, pa.float64()))
    expected = wire(without_nulls(table.to_pylist()))
    for frame in (table, pl.from_arrow(table), table.to_reader()):
        assert [orjson.loads(row) for row in wire(rows_in(frame))] == [orjson.loads(row) for row in expected]


@thorough
@given(tables())
def test_polars_gives_its_dicts_without_nulls(table: Any) -> None:
    frame = pl.from_arrow(table)
    assert taken(frame) == without_nulls(frame.to_dicts())
    assert taken(frame, nulls="send") == frame.to_dicts()
    assert taken(frame[1:3]) == without_nulls(frame[1:3].to_dicts())
    kept = frame.filter(pl.col("id") > str(FIRST + 1))
    assert taken(kept) == without_nulls(kept.to_dicts())


@thorough
@given(tables())
def test_pandas_gives_what_arrow_gives(table: Any) -> None:
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    assert taken(frame) == without_nulls(table.to_pylist())
    assert taken(frame[frame["id"] > str(FIRST + 1)]) == without_nulls(
        [row for row in table.to_pylist() if row["id"] > str(FIRST + 1)]
    )


@thorough
@given(tables())
def test_duckdb_gives_what_arrow_gives(table: Any) -> None:
    with duckdb.connect() as connection:
        rows = taken(connection.from_arrow(table))
    assert rows == without_nulls(table.to_pylist())


def test_pandas_integers_with_gaps_are_integers() -> None:
    frame = pd.DataFrame({"id": [str(FIRST), str(FIRST + 1)], "Beds": [3.0, None], "Price": [1.5, None]})
    assert taken(frame) == [{"id": str(FIRST), "Beds": 3, "Price": 1.5}, {"id": str(FIRST + 1)}]
    assert type(taken(frame)[0]["Beds"]) is int
    assert type(taken(pl.from_pandas(frame))[0]["Beds"]) is int


def test_an_index_of_ids_is_a_column_and_one_of_numbers_is_none() -> None:
    frame = pd.DataFrame({"id": [str(FIRST), str(FIRST + 1)], "City": ["Cork", "Lille"]})
    assert taken(frame.set_index("id")) == taken(frame)
    assert taken(frame.iloc[[1]]) == [{"id": str(FIRST + 1), "City": "Lille"}]


BAD = {
    "id": pa.array([float(FIRST)]),
    "Naive": pa.array([datetime(2026, 1, 31)]),
    "Raw": pa.array([b"x"]),
    "Took": pa.array([1], pa.duration("s")),
    "View": pa.array([b"x"], pa.binary_view()),
    "Inside": pa.array([[datetime(2026, 1, 31)]]),
    "Good": pa.array(["x"]),
}


@pytest.mark.parametrize("make", [lambda t: t, lambda t: t.to_reader(), pl.from_arrow])
def test_what_cant_be_sent_is_refused_for_all_columns_before_the_first_row(make: Any) -> None:
    with pytest.raises(UsageError) as caught:
        rows_in(make(pa.table(BAD)))
    for name in BAD:
        assert (f"column {name} " in caught.value.message) == (name != "Good")
    assert "timezone=" in caught.value.fix


def test_naive_times_can_be_given_their_zone(sim: Any, crm: Any) -> None:
    sim.load("Deals", [{"id": str(FIRST)}])
    frame = pl.DataFrame({"id": [str(FIRST)], "At": [datetime(2026, 1, 31, 12)]})
    with pytest.raises(UsageError):
        crm.records.update("Deals", frame)
    crm.records.update_all("Deals", frame, timezone="Europe/Berlin").raise_for_rejected()
    assert sim.records("Deals")[str(FIRST)]["At"] == "2026-01-31T12:00:00+01:00"


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame, pa.table])
def test_a_frames_nulls_clear_nothing_unless_they_are_sent(sim: Any, crm: Any, make: Any) -> None:
    sim.load("Deals", [{"id": str(FIRST), "City": "Cork"}, {"id": str(FIRST + 1), "City": "Lille"}])
    frame = make({"id": [str(FIRST), str(FIRST + 1)], "City": [None, "Bonn"], "Beds": [1, 2]})
    assert crm.records.update_all("Deals", frame).states["updated"] == 2
    assert [row["City"] for row in sim.records("Deals").values()] == ["Cork", "Bonn"]
    summary = crm.records.update_all("Deals", frame, nulls="send")
    assert [row["City"] for row in sim.records("Deals").values()] == [None, "Bonn"]
    assert summary.cleared == 1


def test_a_cursor_is_streamed(sim: Any, crm: Any) -> None:
    sim.load("Deals", [{"id": str(FIRST), "City": "Cork"}])
    connection = sqlite3.connect(":memory:")
    cursor = connection.execute(f"select '{FIRST}' as id, null as City, 3 as Beds")
    assert crm.records.update_all("Deals", cursor).states["updated"] == 1
    assert sim.records("Deals")[str(FIRST)] == {"id": str(FIRST), "City": "Cork", "Beds": 3}
    with pytest.raises(UsageError, match="column City is there 2 times"):
        rows_in(connection.execute("select 1 as id, 2 as City, 3 as City"))
    connection.close()


def test_a_cursor_may_give_its_rows_as_mappings() -> None:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = lambda cursor, row: {
        name.title(): value for (name, *_), value in zip(cursor.description, row, strict=True)
    }
    cursor = connection.execute("select 'Cork' as city, null as beds union all select 'Lille', 3")
    assert taken(cursor) == [{"City": "Cork"}, {"City": "Lille", "Beds": 3}]
    connection.close()


def test_a_cursor_without_a_query_is_refused() -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(UsageError, match="holds no rows"):
        rows_in(connection.cursor())
    connection.close()


@pytest.mark.parametrize("kind", [pa.float16(), pa.float32(), pa.float64()])
@pytest.mark.parametrize("make", [lambda table: table, pl.from_arrow, lambda table: table.to_pandas()])
def test_floats_of_any_width_with_gaps_are_integers_where_all_are_whole(kind: Any, make: Any) -> None:
    beds = pa.array(np.array([3, 0], kind.to_pandas_dtype()), mask=np.array([False, True]))
    table = pa.table({"id": ["1", "2"], "Beds": beds})
    assert repr(taken(make(table))) == repr([{"id": "1", "Beds": 3}, {"id": "2"}])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("make", [lambda table: table, pl.from_arrow])
def test_a_column_that_holds_no_number_stays_as_it_is(make: Any, value: float) -> None:
    rows = taken(make(pa.table({"Beds": [3.0, None, value]})))
    assert repr(rows) == repr([{"Beds": 3.0}, {}, {"Beds": value}])


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ([("id", "1"), (0, 2)], "column 0 has a name that is no text"),
        ([("id", "1"), ("A", 2), ("A", 3)], "column A is there 2 times"),
        ([("id", "1"), (("A", "x"), 3)], r"column \('A', 'x'\) has a name that is no text"),
    ],
)
def test_a_frame_names_its_columns_by_text_and_once(columns: list[tuple[Any, Any]], said: str) -> None:
    frame = pd.DataFrame([[value for _, value in columns]])
    frame.columns = pd.Index([name for name, _ in columns], tupleize_cols=False)
    with pytest.raises(UsageError, match=said):
        rows_in(frame)


def test_values_of_a_library_s_own_are_refused_and_not_sent_as_what_holds_them() -> None:
    frame = pd.DataFrame(
        {"id": "1", "Month": pd.period_range("2026-01", periods=1, freq="M"), "Span": pd.interval_range(0, 1)}
    )
    with pytest.raises(UsageError, match=r"column Month .*pandas\.period.* column Span .*pandas\.interval"):
        rows_in(frame)


def test_a_frame_that_derives_from_a_library_s_is_read_as_one() -> None:
    class Mine(pd.DataFrame):  # type: ignore[misc]
        pass

    [row] = taken(Mine({"id": ["1"], "Beds": [3.0]}).reindex([0, 1]).set_index("id").head(1))
    assert repr(row) == "{'Beds': 3.0, 'id': '1'}"
    assert repr(taken(Mine({"Beds": [3.0, None]}))) == "[{'Beds': 3}, {}]"


@pytest.mark.parametrize(
    ("rows", "fix"),
    [
        (pd.Series(["1"], name="id"), "frame"),
        (pd.Index(["1"]), "frame"),
        (pd.DataFrame({"id": ["1"]}).groupby("id"), "frame"),
        (pl.Series("id", ["1"]), "frame"),
        (pl.DataFrame({"id": ["1"]}).group_by("id"), "frame"),
        (pa.array(["1"]), "frame"),
        (pa.chunked_array([["1"]]), "frame"),
        ({"id": "1"}, "[row]"),
        ("rows.csv", "csv.DictReader"),
        (b"rows", "csv.DictReader"),
        (pl.LazyFrame({"id": ["1"]}), "frame.collect()"),
        (7, "[one]"),
        (None, "[one]"),
    ],
)
def test_what_holds_no_rows_is_refused_with_the_line_to_write(crm: Any, rows: Any, fix: str) -> None:
    with pytest.raises(UsageError) as caught:
        crm.records.update("Deals", rows)
    assert fix in caught.value.fix


def test_one_text_is_no_list_of_ids(crm: Any) -> None:
    with pytest.raises(UsageError) as caught:
        crm.mass_update.by_ids("Leads", str(FIRST), {"City": "Cork"})
    assert caught.value.fix


def test_no_library_is_imported_to_find_out() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from zcrm.frames.sources import rows_in; rows_in([{}]);"
        "assert not {'pyarrow', 'polars', 'pandas', 'numpy', 'duckdb'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_dates_and_moments_go_as_ever(sim: Any, crm: Any) -> None:
    sim.load("Deals", [{"id": str(FIRST)}])
    frame = pa.table({"id": [str(FIRST)], "At": [NOON], "Day": [date(2026, 1, 31)]})
    crm.records.update_all("Deals", frame).raise_for_rejected()
    held = sim.records("Deals")[str(FIRST)]
    assert (held["At"], held["Day"]) == ("2026-01-31T12:00:00+00:00", "2026-01-31")


def test_outcomes_are_a_table(sim: Any, crm: Any, acrm: Any) -> None:
    import asyncio

    sim.load("Deals", [{"id": str(FIRST)}])
    rows = [{"id": str(FIRST), "City": "Cork"}, {"id": str(FIRST + 1), "City": "Lille"}]
    table = crm.records.update("Deals", rows).to_arrow()
    assert hasattr(table, "__arrow_c_stream__")
    frame = pl.DataFrame(table)
    assert frame.columns == [
        *("row", "id", "state", "code", "field", "message", "details", "fix", "attempts", "http_status"),
        *("retryable", "file_row"),
    ]
    assert frame["state"].to_list() == ["updated", "rejected"]
    assert frame.rows()[1][:5] == (1, str(FIRST + 1), "rejected", "INVALID_DATA", "id")

    async def main() -> Any:
        async with acrm() as client:
            return await client.records.update("Deals", rows).to_arrow()

    assert asyncio.run(main()).read_all().column("state").to_pylist() == ["updated", "rejected"]
    empty = crm.records.update("Deals", []).to_arrow().read_all()
    assert len(empty) == 0


def test_outcomes_are_a_parquet_file(sim: Any, crm: Any, acrm: Any, tmp_path: Path) -> None:
    import asyncio

    from pyarrow import parquet

    sim.load("Deals", [{"id": str(FIRST + n)} for n in range(5000)])
    rows = [{"id": str(FIRST + n), "City": "Cork"} for n in range(5001)]
    summary = crm.records.update("Deals", rows).write_parquet(tmp_path / "one.parquet")
    assert (summary.states["updated"], summary.states["rejected"]) == (5000, 1)

    async def main() -> Any:
        async with acrm() as client:
            return await client.records.update("Deals", rows).write_parquet(str(tmp_path / "two.parquet"))

    assert asyncio.run(main()).states == summary.states
    one, two = (parquet.read_table(tmp_path / f"{name}.parquet") for name in ("one", "two"))
    schema = crm.records.update("Deals", []).to_arrow().read_all().schema
    assert one.schema.equals(schema)
    assert two.schema.equals(schema)
    assert one.column("row").to_pylist() == two.column("row").to_pylist() == list(range(5001))
    states = ["updated"] * 5000 + ["rejected"]
    assert one.column("state").to_pylist() == two.column("state").to_pylist() == states
    [last] = one.slice(5000).to_pylist()
    assert (last["id"], last["code"], last["field"]) == (str(FIRST + 5000), "INVALID_DATA", "id")
    assert (last["http_status"], last["retryable"], last["file_row"]) == (400, False, None)
    assert {path.name for path in tmp_path.iterdir()} == {"one.parquet", "two.parquet"}


def test_nothing_is_sent_where_no_file_can_be_made(sim: Any, crm: Any, tmp_path: Path) -> None:
    rows = [{"id": str(FIRST), "City": "Cork"}]
    with pytest.raises(FileNotFoundError):
        crm.records.update("Deals", rows).write_parquet(tmp_path / "none" / "one.parquet")
    assert not sim.ledger.requests


def test_a_file_that_can_not_be_finished_is_not_there(sim: Any, crm: Any, tmp_path: Path) -> None:
    """What the rows raise ends it; the file that was there stays, and the sums are known."""
    path = tmp_path / "one.parquet"
    path.write_bytes(b"before")
    sim.load("Deals", [{"id": str(FIRST)}])

    def rows() -> Any:
        yield {"id": str(FIRST), "City": "Cork"}
        raise LookupError

    updates = crm.records.update("Deals", rows())
    with pytest.raises(LookupError):
        updates.write_parquet(path)
    assert updates.summary.states["updated"] == 1
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("one.parquet", b"before")]


def test_a_table_of_outcomes_has_those_before_an_error_and_any_text(sim: Any, crm: Any) -> None:
    rows = [{"id": "\ud800", "City": "Cork"}, *({"id": str(FIRST + n), "City": "Cork"} for n in range(120))]
    reader = crm.records.update("No_Such", rows).to_arrow()
    told = reader.read_next_batch().to_pylist()
    assert [row["state"] for row in told] == ["rejected", *["unsent"] * 120]
    assert told[0]["id"] == "\\ud800"
    with pytest.raises(ZohoError, match="INVALID_MODULE"):
        reader.read_next_batch()
