"""What the status page shows: a copy of the state at one moment. Taking it changes nothing."""

import json
from collections import Counter
from heapq import nlargest
from typing import Any, Final

from zcrm.simulator.answers.ledger import Entry, Ledger
from zcrm.simulator.mishaps.faults import Fault, Faults
from zcrm.simulator.org.clock import Clock
from zcrm.simulator.org.jobs import Job
from zcrm.simulator.org.org import Module, Org, Record
from zcrm.simulator.site.meters import HEAVY_CALLS, Meters
from zcrm.simulator.site.oauth import USES_PER_WINDOW, WINDOW, Accounts
from zcrm.simulator.site.site import Site

REQUESTS: Final = 50
JOBS: Final = 20
TOKENS: Final = 20
RECORDS: Final = 10
FIELDS: Final = 12
TEXT: Final = 80


def snapshot(
    site: Site, faults: Faults, module: str | None = None, record_id: str | None = None
) -> dict[str, Any]:
    """The state of a simulator, ready for JSON.

    Of requests, jobs and tokens the latest. With `module`, also some of its records: the ones modified last,
    or the one with `record_id`. Tokens come without their texts, requests without their query, which may
    hold one.
    """
    with site.lock:
        writes = _writes(site.ledger)
        return {
            "now": site.clock.moment().text,
            "clock": "stands still" if site.clock.stands else "runs",
            "seed": site.seed,
            "meters": _meters(site.ledger, site.meters),
            "automations": dict(sorted(site.ledger.automations.items())),
            "requests": [_request(entry) for entry in site.ledger.requests[: -REQUESTS - 1 : -1]],
            "jobs": [_job(job) for job in list(site.jobs.by_id.values())[: -JOBS - 1 : -1]],
            "faults": [_fault(fault) for fault in faults],
            "modules": _modules(site.org, writes),
            "records": _records(site, module, record_id),
            "tokens": _tokens(site.accounts, site.clock),
        }


def _writes(ledger: Ledger) -> Counter[str]:
    """How many writes each module took."""
    writes: Counter[str] = Counter()
    for (module, _), times in ledger.applied.items():
        writes[module] += times
    return writes


def _meters(ledger: Ledger, meters: Meters) -> dict[str, int]:
    return {
        "requests": ledger.calls(),
        "writes": ledger.applied.total(),
        "records_written": len(ledger.applied),
        "records_written_twice": len(ledger.applied_twice),
        "credits_used": meters.used,
        "credits_left": meters.remaining,
        "credits_per_day": meters.credits_per_day,
        "in_flight": ledger.in_flight,
        "peak_in_flight": ledger.peak_in_flight,
        "calls_allowed": meters.edition.calls,
        "heavy_calls_allowed": min(HEAVY_CALLS, meters.edition.calls),
    }


def _request(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "method": entry.method,
        "path": _cut(entry.path),
        "operation": entry.operation,
        "module": entry.module and _cut(entry.module),
        "first_id": entry.first_id and _cut(entry.first_id),
        "rows": entry.rows,
        "applied": entry.applied,
        "status": entry.status,
        "code": entry.code,
        "credits": entry.credits,
        "fault": entry.fault,
    }


def _job(job: Job) -> dict[str, Any]:
    """A job as its last poll left it."""
    return {
        "id": job.id,
        "module": job.module,
        "view": job.view_id,
        "state": job.state,
        "updated": job.updated,
        "failed": job.failed,
        "total": len(job.ids),
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {
        "name": fault.name,
        "route": fault.route or "all CRM operations",
        "when": _when(fault),
        "options": {name: _text(value) for name, value in (fault.options or {}).items()},
        "struck": fault.struck,
    }


def _when(fault: Fault) -> str:
    words = []
    if fault.rate is not None:
        words.append(f"{100 * fault.rate:g} % of calls")
    if fault.times is not None:
        words.append(_numbers("call", fault.times))
    if fault.attempts is not None:
        words.append(_numbers("attempt", fault.attempts))
    words = words or ["every call"]
    if fault.limit is not None:
        words.append(f"at most {fault.limit} times")
    return ", ".join(words)


def _numbers(word: str, numbers: frozenset[int]) -> str:
    plural = "" if len(numbers) == 1 else "s"
    return _cut(f"{word}{plural} {', '.join(map(str, sorted(numbers)))}")


def _modules(org: Org, writes: Counter[str]) -> list[dict[str, Any]]:
    return [
        {"name": name, "records": len(module.records), "writes": writes[name]}
        for name, module in sorted(org.modules.items())
        if module.records or writes[name]
    ]


def _records(site: Site, name: str | None, record_id: str | None) -> list[dict[str, Any]]:
    module = site.org.modules.get(name or "")
    if module is None:
        return []
    return [_record(site.ledger, module, record) for record in _chosen(module, record_id)]


def _chosen(module: Module, record_id: str | None) -> list[Record]:
    if record_id:
        return [module.records[record_id]] if record_id in module.records else []
    return nlargest(RECORDS, module.records.values(), key=lambda record: record.modified.seconds)


def _record(ledger: Ledger, module: Module, record: Record) -> dict[str, Any]:
    fields = [(name, value) for name, value in record.fields.items() if value is not None]
    return {
        "id": record.id,
        "modified": record.modified.text,
        "modified_by": _text(record.modified_by.get("name")),
        "writes": ledger.applied[module.name, record.id],
        "conditions": sorted(record.conditions),
        "fields": {_cut(name): _text(value) for name, value in fields[:FIELDS]},
        "more_fields": max(0, len(fields) - FIELDS),
    }


def _tokens(accounts: Accounts, clock: Clock) -> dict[str, Any]:
    now = clock.now()
    alive = [token for token in accounts.tokens.values() if now < token.expires]
    return {
        "alive": len(alive),
        "expired": len(accounts.tokens) - len(alive),
        "access": [
            {"user": token.user.name, "scope": _cut(token.scope), "expires": clock.at(token.expires).text}
            for token in alive[: -TOKENS - 1 : -1]
        ],
        "refresh": [
            {
                "user": grant.user.name,
                "scope": _cut(grant.scope),
                "made": sum(when > now - WINDOW for when in grant.made),
                "limit": USES_PER_WINDOW,
            }
            for grant in list(accounts.grants.values())[: -TOKENS - 1 : -1]
        ],
    }


def _text(value: Any) -> str:
    return _cut(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))


def _cut(text: str) -> str:
    return text if len(text) <= TEXT else f"{text[: TEXT - 1]}…"
