"""Get Appointments and Get Records: the list, page by page or by page token or by ids, and one by its id."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Answer
from zcrm.simulator.answers.requests import Request
from zcrm.simulator.operations.appointments import settle
from zcrm.simulator.org.fields import reference
from zcrm.simulator.org.org import APPOINTMENTS, Module, Record
from zcrm.simulator.org.pages import PageToken
from zcrm.simulator.rows.links import is_list_of_objects
from zcrm.simulator.site.site import Site

MAX_FIELDS: Final = 50
MAX_IDS: Final = 100
MAX_PER_PAGE: Final = 200
BY_PAGE: Final = 2_000
BY_PAGE_TOKEN: Final = 100_000
TOKEN_LIFE: Final = timedelta(hours=24)

_SORT_KEYS: dict[str, Callable[[Record], tuple[int, int, str]]] = {
    "id": lambda record: (0, len(record.id), record.id),
    "Created_Time": lambda record: (record.created.seconds, len(record.id), record.id),
    "Modified_Time": lambda record: (record.modified.seconds, len(record.id), record.id),
}
_LOOSE: Final = frozenset({"page", "page_token"})
_PEOPLE: Final = ("Owner", "Created_By", "Modified_By")


@dataclass(frozen=True, slots=True)
class _Query:
    """The parameters of a listing, checked."""

    fields: tuple[str, ...]
    per_page: int
    start: int
    sort_by: str
    sort_order: str
    view_id: str | None
    ids: tuple[str, ...] = ()


def get_appointments(site: Site, request: Request) -> Answer:
    """A page of appointments, 204 when there is none."""
    return _list(site, request, _query(site, request))


def get_records(site: Site, request: Request) -> Answer:
    """A page of records, or of those that `ids` names; 204 when there is none."""
    if "ids" not in request.query:
        return _list(site, request, _query(site, request))
    if "cvid" in request.query:
        raise errors.AMBIGUOUS.flat(ambiguity_due_to=[{"param_name": name} for name in ("cvid", "ids")])
    query = replace(_query(site, request), ids=_ids(request.query["ids"]))
    return _list(site, request, query)


def get_record(site: Site, request: Request) -> Answer:
    """One record with all its fields, or those in the parameter `fields`."""
    module = site.org.module(request.module)
    record = module.records.get(request.record_id)
    if record is None or "no_access" in record.conditions:
        if site.choices.unknown_record == 204:
            return Answer(204)
        kind = errors.INVALID_ID if site.choices.unknown_record == 400 else errors.INVALID_URL
        raise kind.flat(resource_path_index=1) if kind is errors.INVALID_ID else kind.flat()
    names = _names(request.query.get("fields", ""))
    return Answer(200, {"data": [_chosen(site, module, record, names, subforms=True)]})


def _list(site: Site, request: Request, query: _Query) -> Answer:
    module = site.org.module(request.module)
    records = _named(module, query) if query.ids else _ordered(site, module, query)
    page = records[query.start : query.start + query.per_page]
    if not page:
        return Answer(204)
    if module.name == APPOINTMENTS:
        for record in page:
            settle(site, record)
    subforms = site.choices.subforms_in_lists
    data = [_chosen(site, module, record, query.fields, subforms=subforms) for record in page]
    return Answer(200, {"data": data, "info": _info(site, request, query, len(page), len(records))})


def get_appointment(site: Site, request: Request) -> Answer:
    """One appointment with all its fields, or those in the parameter `fields`."""
    module = site.org.module(request.module)
    record = module.records.get(request.record_id)
    if record is None:
        raise errors.INVALID_ID.flat(resource_path_index=1)
    settle(site, record)
    names = _names(request.query.get("fields", ""))
    return Answer(200, {"data": [_chosen(site, module, record, names, subforms=True)]})


def _names(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    if not any(names):
        return ()
    if not all(names):
        raise errors.INVALID_DATA.flat(param_name="fields")
    return names


def _ids(text: str) -> tuple[str, ...]:
    ids = tuple(part.strip() for part in text.split(","))
    if not all(id_.isascii() and id_.isdigit() for id_ in ids):
        raise errors.PATTERN_NOT_MATCHED.flat(param_name="ids")
    if len(ids) > MAX_IDS:
        raise errors.TOO_MANY_FIELDS.flat(limit=MAX_IDS, param_name="ids")
    if len(set(ids)) < len(ids):
        raise errors.INVALID_DATA.flat(param_name="ids")
    return ids


def _named(module: Module, query: _Query) -> list[Record]:
    """The records of these ids that are there and within the user's reach, in the order of the list."""
    found = (module.records[id_] for id_ in query.ids if id_ in module.records)
    seen = [record for record in found if "no_access" not in record.conditions]
    return sorted(seen, key=_SORT_KEYS[query.sort_by], reverse=query.sort_order == "desc")


def _chosen(
    site: Site, module: Module, record: Record, names: Sequence[str], *, subforms: bool
) -> dict[str, Any]:
    """The named fields, or all: null where unset or restricted."""
    whole = record.whole()
    chosen = {"id": record.id, **{name: whole.get(name) for name in names}} if names else whole
    for name, properties in module.fields.items():
        if name in chosen:
            if properties.hidden or (properties.type == "subform" and not subforms):
                del chosen[name]
            elif properties.restricted:
                chosen[name] = None
    for name in _PEOPLE:
        chosen |= _with_email(site, name, chosen.get(name))
    return {name: value for name, value in chosen.items() if subforms or not is_list_of_objects(name, value)}


def _with_email(site: Site, name: str, value: Any) -> dict[str, Any]:
    """What a field that holds one of the org's users reads as; nothing for any other value."""
    user = site.org.users.get(reference(value))
    return {} if user is None else {name: {"email": user.email, **value}}


def _query(site: Site, request: Request) -> _Query:
    given = request.query
    token_text = given.get("page_token")
    if ("cvid" in given and "sort_by" in given) or ("page" in given and token_text is not None):
        pair = ("cvid", "sort_by") if "cvid" in given and "sort_by" in given else ("page", "page_token")
        raise errors.AMBIGUOUS.flat(ambiguity_due_to=[{"param_name": name} for name in pair])
    names = _names(given.get("fields", ""))
    if not names and not token_text:
        raise errors.PARAMETER_MISSING.flat(param_name="fields")
    if len(names) > MAX_FIELDS:
        raise errors.TOO_MANY_FIELDS.flat(limit=MAX_FIELDS, param_name="fields")
    per_page = _positive(given, "per_page", MAX_PER_PAGE)
    if per_page > MAX_PER_PAGE:
        raise errors.INVALID_DATA.flat(param_name="per_page")
    page = _positive(given, "page", 1)
    if page * per_page > BY_PAGE:
        raise errors.BEYOND_PAGES.flat(limit=BY_PAGE)
    return _Query(
        fields=names,
        per_page=per_page,
        start=(page - 1) * per_page if token_text is None else _start(site, request, token_text),
        sort_by=_one_of(given, "sort_by", tuple(_SORT_KEYS)),
        sort_order=_one_of(given, "sort_order", ("desc", "asc")),
        view_id=_view_id(site, request),
    )


def _positive(given: dict[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) < 1:
        raise errors.PATTERN_NOT_MATCHED.flat(param_name=name)
    return int(text)


def _one_of(given: dict[str, str], name: str, values: tuple[str, ...]) -> str:
    value = given.get(name, values[0])
    if value not in values:
        raise errors.INVALID_DATA.flat(param_name=name, supported_values=list(values))
    return value


def _view_id(site: Site, request: Request) -> str | None:
    view_id = request.query.get("cvid")
    if view_id is not None:
        if not (view_id.isascii() and view_id.isdigit()):
            raise errors.UNREADABLE.flat()
        view = site.org.views.get(view_id)
        if view is None or view.module != request.module:
            raise errors.INVALID_DATA.flat(param_name="cvid")
        if not view.accessible:
            raise errors.NO_PERMISSION.flat(permissions=["Crm_Implied_View_Custom_View"])
    return view_id


def _start(site: Site, request: Request, text: str) -> int:
    token = site.pages.tokens.get(text)
    if token is None:
        raise errors.PAGE_TOKEN_MISMATCH.flat(param_name="page_token")
    if token.user_id != request.user.id:
        raise errors.INVALID_DATA.flat(param_name="page_token")
    if token.parameters != _bound(request):
        raise errors.PAGE_TOKEN_MISMATCH.flat(param_name="page_token")
    if site.clock.now() >= token.expires:
        raise errors.PAGE_TOKEN_EXPIRED.flat(api_name="page_token", json_path="$.query.page_token")
    if token.start >= BY_PAGE_TOKEN:
        raise errors.BEYOND_PAGE_TOKENS.flat(param_name="page_token")
    return token.start


def _bound(request: Request) -> tuple[tuple[str, str], ...]:
    """The parameters a page token holds fast."""
    return tuple(sorted(item for item in request.query.items() if item[0] not in _LOOSE))


def _ordered(site: Site, module: Module, query: _Query) -> list[Record]:
    def make() -> list[Record]:
        view = None if query.view_id is None else site.org.views[query.view_id]
        found: Iterable[Record] = module.records.values() if view is None else site.org.listed(view)
        return sorted(found, key=_SORT_KEYS[query.sort_by], reverse=query.sort_order == "desc")

    key = (module.name, module.revision, query.view_id, query.sort_by, query.sort_order)
    return site.pages.ordered(key, make)


def _info(site: Site, request: Request, query: _Query, count: int, total: int) -> dict[str, Any]:
    end = query.start + count
    more = end < total
    gives = more and (site.choices.page_tokens == "always" or end >= BY_PAGE)
    expires = site.clock.now() + TOKEN_LIFE

    def token(start: int) -> str:
        return site.pages.give(PageToken(request.user.id, _bound(request), start, expires), site.seed)

    previous = query.start > 0 and "page_token" in request.query
    return {
        "per_page": query.per_page,
        "count": count,
        "page": query.start // query.per_page + 1,
        "sort_by": query.sort_by,
        "sort_order": query.sort_order,
        "more_records": more,
        "next_page_token": token(end) if gives else None,
        "previous_page_token": token(max(0, query.start - query.per_page)) if previous else None,
        "page_token_expiry": site.clock.at(expires).text if gives or previous else None,
    }
