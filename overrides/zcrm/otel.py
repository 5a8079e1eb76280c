"""What a client does, for OpenTelemetry: a span for each call, and counters (extra `otel`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .engine.flows.effects import Event
from .errors import UsageError

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

__all__ = ["CALLS", "listener"]

CALLS = {
    "update_records": ("PUT", "/{module_api_name}"),
    "update_record": ("PUT", "/{module_api_name}/{record_id}"),
    "get_appointments": ("GET", "/Appointments__s"),
    "get_appointment": ("GET", "/Appointments__s/{appointment_id}"),
    "update_appointments": ("PUT", "/Appointments__s"),
    "update_appointment": ("PUT", "/Appointments__s/{appointment_id}"),
    "mass_update": ("POST", "/{module_api_name}/actions/mass_update"),
    "get_mass_update_status": ("GET", "/{module_api_name}/actions/mass_update"),
    "get_fields": ("GET", "/settings/fields"),
    "get_records": ("GET", "/{module_api_name}"),
    "get_record": ("GET", "/{module_api_name}/{record_id}"),
    "get_organization": ("GET", "/org"),
}
"""Method and URL template of each operation, as the specification has them; of the organisation, too."""

_NAME = "zcrm"
_CALLED = ("answered", "unreachable", "lost")
_LONGEST_CODE = 60


def listener(
    tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
) -> Callable[[Event], None]:
    """What is handed to `ZohoCRM(on_event=…)`, or to `AsyncZohoCRM`; one may serve several clients.

    A span for each call that left, or could not, named by method and URL template: `http.request.method`,
    `url.template`, `http.response.status_code`, `error.type` (a status, `unreachable` or `lost`), and
    `zcrm.operation`, `zcrm.rows`, `zcrm.attempt`, `zcrm.code`. Its parent is the span within which the rows
    were first asked for. Counters `zcrm.rows` by `zcrm.operation` and `zcrm.state`, `zcrm.credits` (assumed)
    by `zcrm.operation`. No ids, no values of rows and no secrets are in any of it.

    tracer_provider, meter_provider: the global ones by default. Raises UsageError without the extra.
    """
    try:
        from opentelemetry.metrics import get_meter
        from opentelemetry.trace import SpanKind, Status, StatusCode, get_tracer
    except ModuleNotFoundError as error:
        raise UsageError("zcrm.otel needs an extra", fix='pip install "zcrm[otel]"') from error

    tracer = get_tracer(_NAME, tracer_provider=tracer_provider)
    meter = get_meter(_NAME, meter_provider=meter_provider)
    rows = meter.create_counter("zcrm.rows", "{row}", "Rows by what became of them.")
    credits_ = meter.create_counter("zcrm.credits", "{credit}", "API credits that calls cost (assumed).")

    def record(event: Event) -> None:
        started = int((event.started or 0.0) * 1e9)
        method, template = CALLS[event.operation]
        span = tracer.start_span(
            f"{method} {template}", kind=SpanKind.CLIENT, attributes=_attributes(event), start_time=started
        )
        if error := _error(event):
            span.set_attribute("error.type", error)
            span.set_status(Status(StatusCode.ERROR))
        span.end(started + int(event.seconds * 1e9))

    def hear(event: Event) -> None:
        about = {"zcrm.operation": event.operation}
        if event.name in _CALLED and event.started is not None:
            record(event)
            if event.price:
                credits_.add(event.price, about)
        elif event.name == "settled":
            for state, count in event.states.items():
                rows.add(count, {**about, "zcrm.state": state})

    return hear


def _attributes(event: Event) -> dict[str, str | int]:
    method, template = CALLS[event.operation]
    attributes: dict[str, str | int] = {
        "http.request.method": method,
        "url.template": template,
        "zcrm.operation": event.operation,
        "zcrm.rows": event.rows,
        "zcrm.attempt": event.attempt,
    }
    if event.status is not None:
        attributes["http.response.status_code"] = event.status
    if event.code is not None:
        attributes["zcrm.code"] = event.code[:_LONGEST_CODE]
    return attributes


def _error(event: Event) -> str | None:
    if event.name != "answered":
        return event.name
    return str(event.status) if event.status is not None and event.status >= 400 else None
