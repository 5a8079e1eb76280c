"""Reading: a module's fields, the organisation, and records by their ids or of a custom view.

The rules come from Zoho's Fields Metadata and Get Records pages (v7). What is read is as Zoho gives it: by
API names, times as text, lookups as objects. Each call costs one credit (assumed).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from zcrm_api.api.records import get_records
from zcrm_api.api.settings import get_fields
from zcrm_api.limits import (
    RECORD_FIELDS,
    RECORD_IDS,
    RECORDS_BY_PAGE,
    RECORDS_BY_PAGE_TOKEN,
    RECORDS_PER_PAGE,
)
from zcrm_api.types import UNSET

from .auth.scopes import ORGANIZATION, REFUSED, missing
from .engine.drivers import AsyncDriver, Driver
from .engine.flows.asking import Asking, ask
from .engine.flows.effects import Flow, Give, Stopped
from .engine.flows.paging import Paging, info_of, pages
from .engine.flows.reading import Said, read_listed
from .engine.runtime import AnyRuntime, Runtime
from .engine.streams import AsyncStream, Stream
from .errors import UsageError, ZohoError
from .outcomes import Tally
from .rows import checks
from .table import APPOINTMENTS, operation_of, rules
from .wire.http import call, get

Record = dict[str, Any]
InUse = Literal["used", "unused", "all"]

_RECORDS = "get_records"


def fields_of(runtime: AnyRuntime, module: str, in_use: InUse = "all") -> Flow[list[dict[str, Any]]]:
    """The field objects of a module.

    Raises what signing in raises, ScopeMissing, ConnectionFailed, AnswerLost, ZohoError with INVALID_MODULE
    for a module that the org does not have.
    """
    api_call = call(
        get_fields.sync_detailed, get_fields.asyncio_detailed, client=runtime.api, module=module, type_=in_use
    )
    asking = Asking("get_fields", api_call, runtime.policy, read=read_listed("fields"))
    answer = yield from ask(asking, Tally())
    if isinstance(answer, Said):
        raise answer.error(rules(), asking.operation)
    return list(answer.body["fields"]) if answer.body else []


def organization(runtime: AnyRuntime) -> Flow[dict[str, Any]]:
    """What the org says of itself: `zgid`, `time_zone`, `type` and more. Errors as of `fields_of`."""
    asking = Asking(ORGANIZATION, get(runtime.api, "/org"), runtime.policy, read=read_listed("org"))
    answer = yield from ask(asking, Tally())
    if isinstance(answer, Said):
        if answer.code == REFUSED:
            raise missing(ORGANIZATION, "", answer.status)
        raise answer.error(rules(), asking.operation)
    listed = answer.body["org"] if answer.body else []
    return dict(listed[0]) if listed else {}


def records_by_ids(
    runtime: AnyRuntime, module: str, ids: Sequence[str], fields: Sequence[str], tally: Tally
) -> Flow[None]:
    """Give the records of these ids in their order, a call's at a time; those there are not are left out."""
    for start in range(0, len(ids), RECORD_IDS):
        wanted = ids[start : start + RECORD_IDS]
        asking = _page(runtime, module, fields, ids=",".join(wanted), per_page=RECORDS_PER_PAGE)
        try:
            answer = yield from ask(asking, tally)
        except Stopped:
            return
        if isinstance(answer, Said):
            raise answer.error(rules(), asking.operation)
        body = answer.body or {}
        records = {str(record.get("id")): record for record in body.get("data", ())}
        found = [records[record_id] for record_id in wanted if record_id in records]
        yield Give(found)
        if len(found) < len(wanted) and info_of(body).get("more_records") is True:
            raise ZohoError("Zoho has more of the records that were asked for by id, and gave none of them")


def records_of_view(
    runtime: AnyRuntime, module: str, view_id: str | None, fields: Sequence[str], tally: Tally
) -> Flow[None]:
    """Give the records of a custom view, or of the whole module, a page at a time."""

    def page(where: Mapping[str, Any]) -> Asking:
        view = UNSET if view_id is None else view_id
        return _page(runtime, module, fields, cvid=view, per_page=RECORDS_PER_PAGE, **where)

    return pages(Paging(page, RECORDS_PER_PAGE, RECORDS_BY_PAGE, RECORDS_BY_PAGE_TOKEN), tally)


def read_by_ids(
    runtime: Runtime[Driver], module: str, ids: Iterable[str | int], fields: Sequence[str]
) -> Stream[Record]:
    """The records of these ids, in their order and each once, with their `id` and fields; 100 to a call.

    module: API name, of any module but appointments. fields: API names, at most 50. A record that there is
    not, or that the user may not see, is left out. Subforms and other lists of objects are in no list.
    Raises UsageError for ids and fields that can be none; while it is iterated, ScopeMissing and ZohoError.
    """
    chosen, names = _ids(module, ids), _names(fields)
    return Stream(lambda summary, _: records_by_ids(runtime, module, chosen, names, summary.tally), runtime)


def aread_by_ids(
    runtime: Runtime[AsyncDriver], module: str, ids: Iterable[str | int], fields: Sequence[str]
) -> AsyncStream[Record]:
    """`read_by_ids` for tasks."""
    chosen, names = _ids(module, ids), _names(fields)
    return AsyncStream(
        lambda summary, _: records_by_ids(runtime, module, chosen, names, summary.tally), runtime
    )


def read_view(
    runtime: Runtime[Driver], module: str, view_id: str | int | None, fields: Sequence[str]
) -> Stream[Record]:
    """The records of a custom view, in the view's order; of the whole module, newest first, without one.

    Arguments and errors as of `read_by_ids`. Zoho gives 100,000 records at most: a ZohoError with
    PAGINATION_LIMIT_EXCEEDED comes after the last of them when there are more. A record that comes to the
    view or leaves it meanwhile can make others be listed twice or not at all.
    """
    view, names = _view(view_id), _names(fields)
    return Stream(lambda summary, _: records_of_view(runtime, module, view, names, summary.tally), runtime)


def aread_view(
    runtime: Runtime[AsyncDriver], module: str, view_id: str | int | None, fields: Sequence[str]
) -> AsyncStream[Record]:
    """`read_view` for tasks."""
    view, names = _view(view_id), _names(fields)
    return AsyncStream(
        lambda summary, _: records_of_view(runtime, module, view, names, summary.tally), runtime
    )


def _page(runtime: AnyRuntime, module: str, fields: Sequence[str], **where: Any) -> Asking:
    api_call = call(
        get_records.sync_detailed,
        get_records.asyncio_detailed,
        module,
        client=runtime.api,
        fields=",".join(fields),
        **where,
    )
    return Asking(operation_of(module, _RECORDS), api_call, runtime.policy)


def _ids(module: str, ids: Iterable[str | int]) -> list[str]:
    if module == APPOINTMENTS:
        raise UsageError(
            "Appointments are not read by several ids", fix="Read each: crm.appointments.get(id)"
        )
    found = dict.fromkeys(checks.id_of("ids", each) for each in checks.iterable("ids", ids))
    for each in found:
        if not (each.isascii() and each.isdigit()):
            raise UsageError(f"ids: {each!r} is no id; ids are made of digits")
    return list(found)


def _names(fields: Sequence[str]) -> list[str]:
    names = checks.names("fields", fields)
    if not 0 < len(names) <= RECORD_FIELDS:
        raise UsageError(f"fields takes a list of 1 to {RECORD_FIELDS} API names")
    return names


def _view(view_id: str | int | None) -> str | None:
    return None if view_id is None else checks.id_of("view_id", view_id)
