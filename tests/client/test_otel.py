"""What OpenTelemetry sees of a client, by its own SDK."""

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from zcrm import AccessToken, AsyncZohoCRM, Connection, Retry, ZohoCRM
from zcrm.errors import ConnectionFailed, UsageError
from zcrm.otel import CALLS, listener
from zcrm.retry import NO_RETRY

SPEC = Path(__file__).parents[2] / "spec/openapi.yaml"
VALUE = "planted-value"


class Seen:
    """Spans and counters that the listener made."""

    def __init__(self) -> None:
        self._spans = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self._meters = MeterProvider([self._reader])
        self.listener = listener(self.tracers, self._meters)

    @property
    def spans(self) -> list[ReadableSpan]:
        return sorted(self._spans.get_finished_spans(), key=lambda span: span.start_time or 0)

    def counts(self, name: str, by: str) -> dict[Any, Any]:
        data = self._reader.get_metrics_data()
        metrics = (
            [m for r in data.resource_metrics for s in r.scope_metrics for m in s.metrics] if data else []
        )
        [points] = [metric.data.data_points for metric in metrics if metric.name == name]
        return {point.attributes[by]: point.value for point in points}

    def close(self) -> None:
        self.tracers.shutdown()
        self._meters.shutdown()


@pytest.fixture
def seen() -> Iterator[Seen]:
    seen = Seen()
    yield seen
    seen.close()


@pytest.fixture(params=["sync", "async"])
def update_all(request: pytest.FixtureRequest, sim: Any) -> Callable[..., Any]:
    """Update deals on either face."""

    def sync(rows: Any, **options: Any) -> Any:
        with ZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, **options) as crm:
            return crm.records.update_all("Deals", rows)

    async def in_task(rows: Any, **options: Any) -> Any:
        async with AsyncZohoCRM(auth=AccessToken(sim.access_token), api_domain=sim.url, **options) as crm:
            return await crm.records.update_all("Deals", rows)

    return (
        sync if request.param == "sync" else lambda *args, **options: asyncio.run(in_task(*args, **options))
    )


def rows_for(ids: list[str]) -> list[dict[str, str]]:
    return [{"id": record, "Stage": VALUE} for record in ids]


def release_once_there_are(calls: int, sim: Any) -> None:
    while sim.ledger.calls("update_records") < calls:
        time.sleep(0.01)
    sim.release()


def test_a_span_for_each_of_many_calls_at_once(seen: Seen, sim: Any, deals: Any, update_all: Any) -> None:
    rows = rows_for(deals(950))
    sim.fault("hold")
    with ThreadPoolExecutor() as beside:
        released = beside.submit(release_once_there_are, 10, sim)
        summary = update_all(rows, on_event=seen.listener)
    released.result()
    assert len(seen.spans) == summary.calls == 10
    assert {(span.name, span.kind) for span in seen.spans} == {("PUT /{module_api_name}", SpanKind.CLIENT)}
    assert sorted(span.attributes["zcrm.rows"] for span in seen.spans) == [50] + [100] * 9
    together = max(span.start_time for span in seen.spans) < min(span.end_time for span in seen.spans)
    assert together


def test_what_a_call_came_to(seen: Seen, sim: Any, deals: Any, update_all: Any) -> None:
    sim.script(["throttle", "drop_after", None], route="update_records")
    retry = Retry(base=0.001, cap=0.01)
    summary = update_all(rows_for(deals(10)), on_event=seen.listener, retry=retry, concurrency=1)
    assert summary.states["updated"] == 10
    attributes = [dict(span.attributes or {}) for span in seen.spans]
    same = {
        "http.request.method": "PUT",
        "url.template": "/{module_api_name}",
        "zcrm.operation": "update_records",
        "zcrm.rows": 10,
    }
    assert attributes == [
        same
        | {
            "zcrm.attempt": 1,
            "http.response.status_code": 429,
            "zcrm.code": "TOO_MANY_REQUESTS",
            "error.type": "429",
        },
        same | {"zcrm.attempt": 2, "error.type": "lost"},
        same | {"zcrm.attempt": 3, "http.response.status_code": 200},
    ]
    assert [span.status.status_code for span in seen.spans] == [StatusCode.ERROR] * 2 + [StatusCode.UNSET]
    assert seen.counts("zcrm.credits", "zcrm.operation") == {"update_records": summary.credits}


def test_a_server_out_of_reach_has_a_span(seen: Seen, update_all: Any) -> None:
    nowhere = Connection(proxy="http://127.0.0.1:9")
    with pytest.raises(ConnectionFailed):
        update_all(rows_for(["1"]), on_event=seen.listener, retry=NO_RETRY, connection=nowhere)
    [span] = seen.spans
    assert span.attributes is not None
    assert span.attributes["error.type"] == "unreachable"
    assert seen.counts("zcrm.rows", "zcrm.state") == {"unsent": 1}


def test_rows_are_counted_by_state_and_credits_as_the_summary_has_them(
    seen: Seen, sim: Any, deals: Any, update_all: Any
) -> None:
    rows = [
        *rows_for(deals(205)),
        {"id": "6545974000000500001", "Stage": VALUE},
        {"Stage": VALUE},
        {"id": "1"},
    ]
    summary = update_all(rows, on_event=seen.listener)
    assert summary.states == {
        "updated": 205, "rejected": 2, "conflict": 0, "unknown": 0, "skipped": 1, "unsent": 0
    }  # fmt: skip
    counted = seen.counts("zcrm.rows", "zcrm.state")
    assert counted == {state: rows for state, rows in summary.states.items() if rows}
    assert seen.counts("zcrm.credits", "zcrm.operation") == {"update_records": summary.credits}


def test_nothing_of_rows_ids_and_secrets_is_in_it(seen: Seen, sim: Any, deals: Any, update_all: Any) -> None:
    sim.fault("foreign_id", times=[1])
    update_all(rows_for(deals(10)), on_event=seen.listener, retry=Retry(base=0.001, attempts=2))
    told = "".join(span.to_json() for span in seen.spans)
    assert "update_records" in told
    for secret in (VALUE, *deals(10), sim.url.removeprefix("http://"), "Deals", sim.access_token):
        assert secret not in told


def test_spans_belong_to_the_span_that_asked_for_the_rows(
    seen: Seen, sim: Any, deals: Any, update_all: Any
) -> None:
    ids = deals(150)
    with seen.tracers.get_tracer("test").start_as_current_span("nightly") as parent:
        update_all(rows_for(ids), on_event=seen.listener)
    calls = [span for span in seen.spans if span.name != "nightly"]
    assert len(calls) == 2
    for call in calls:
        assert call.parent is not None
        assert call.parent.span_id == parent.get_span_context().span_id


def test_single_records_reads_and_jobs(seen: Seen, sim: Any, deals: Any) -> None:
    [deal] = deals(1)
    sim.load("Appointments__s", 3)
    view = sim.add_view("Deals")
    auth = AccessToken(sim.access_token)
    with ZohoCRM(auth=auth, api_domain=sim.url, on_event=seen.listener) as crm:
        crm.records.update_one("Deals", deal, {"Stage": "Won"})
        assert len(list(crm.appointments.list(fields=["Status"]))) == 3
        list(crm.mass_update.by_ids("Deals", [deal], {"Stage": "Lost"}))
        crm.mass_update.by_view("Deals", view, {"Stage": "Won"}).status()
    assert [span.name for span in seen.spans] == [
        "PUT /{module_api_name}/{record_id}",
        "GET /Appointments__s",
        "POST /{module_api_name}/actions/mass_update",
        "POST /{module_api_name}/actions/mass_update",
        "GET /{module_api_name}/actions/mass_update",
    ]
    assert seen.counts("zcrm.rows", "zcrm.operation") == {"update_record": 1, "mass_update": 1}
    assert sum(seen.counts("zcrm.credits", "zcrm.operation").values()) == sim.ledger.credits


def test_methods_and_templates_are_the_specifications() -> None:
    paths = yaml.safe_load(SPEC.read_text(encoding="utf-8"))["paths"]
    known = {
        operation["operationId"]: (method.upper(), path)
        for path, methods in paths.items()
        for method, operation in methods.items()
        if isinstance(operation, dict) and "operationId" in operation and "oauth" not in path
    }
    assert known | {"get_organization": ("GET", "/org")} == CALLS


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.metrics", None)
    with pytest.raises(UsageError) as caught:
        listener()
    assert caught.value.fix == 'pip install "zcrm[otel]"'
