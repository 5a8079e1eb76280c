"""The ASGI application: routes, and the life of a request."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Answer, Refused
from zcrm.simulator.answers.requests import Request
from zcrm.simulator.mishaps.faults import Faults
from zcrm.simulator.mishaps.striking import Mishaps
from zcrm.simulator.operations.appointments import update_appointment, update_appointments
from zcrm.simulator.operations.checks import admit, admit_metadata
from zcrm.simulator.operations.fields import get_fields
from zcrm.simulator.operations.job_status import get_mass_update_status
from zcrm.simulator.operations.listing import get_appointment, get_appointments, get_record, get_records
from zcrm.simulator.operations.mass_update import mass_update
from zcrm.simulator.operations.metadata import METADATA, answer_metadata
from zcrm.simulator.operations.records import update_record, update_records
from zcrm.simulator.site.meters import cost
from zcrm.simulator.site.site import Site
from zcrm.simulator.web.consent import Consent
from zcrm.simulator.web.hosts import OwnHost
from zcrm.simulator.web.writing import write

_log = logging.getLogger("zcrm.simulator")

_MAX_BODY: Final = 16 * 1024 * 1024
_HOLD_SECONDS: Final = 0.005

_PATHS: Final = {
    "/crm/{version}/users": "users",
    "/crm/{version}/org": "org",
    "/crm/{version}/{module}": "collection",
    "/crm/{version}/settings/modules": "modules",
    "/crm/{version}/settings/fields": "fields",
    "/crm/{version}/{module}/{record_id}": "record",
    "/crm/{version}/{module}/actions/mass_update": "mass_update",
    "/oauth/v2/token": "token",
    "/oauth/v2/token/revoke": "revoke",
    "/{rest:path}": "unknown",
}
_ACCOUNTS: Final = frozenset({"token", "revoke"})

_OPERATIONS: Final[dict[str, Callable[[Site, Request], Answer]]] = {
    "update_records": update_records,
    "update_record": update_record,
    "get_records": get_records,
    "get_record": get_record,
    "get_fields": get_fields,
    "get_appointments": get_appointments,
    "get_appointment": get_appointment,
    "update_appointments": update_appointments,
    "update_appointment": update_appointment,
    "mass_update": mass_update,
    "get_mass_update_status": get_mass_update_status,
    "create_token": lambda site, request: site.accounts.create_token(request),
    "revoke_token": lambda site, request: site.accounts.revoke_token(request),
}


def create_app(site: Site, faults: Faults) -> Starlette:
    """The application that serves one simulator; asked by another name than its own, it knows no address."""
    consent = Route("/oauth/v2/auth", Consent(site))
    app = Starlette(
        routes=[consent, *(Route(path, _Resource(site, faults, name)) for path, name in _PATHS.items())],
        middleware=[Middleware(OwnHost, foreign=_Resource(site, faults, "unknown"))],
    )
    app.router.redirect_slashes = False
    return app


class _Resource:
    """All methods of one path."""

    def __init__(self, site: Site, faults: Faults, name: str) -> None:
        self._site = site
        self._faults = faults
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        site, connection = self._site, scope["zcrm.connection"]
        with site.lock:
            request = self._open(scope)
        try:
            body = await _read(receive)
            if body is None:
                connection.close()
                return
            request.read(body)
            with site.lock:
                request.entry.first_id = request.first_id() or None
                mishaps = Mishaps(site, self._faults, request)
            if mishaps.delay:
                await asyncio.sleep(mishaps.delay)
            while mishaps.held:
                await asyncio.sleep(_HOLD_SECONDS)
            with site.lock:
                answer = self._carry_out(request, mishaps)
        finally:
            with site.lock:
                self._close(request)
        if mishaps.drops:
            connection.close()
            return
        if not mishaps.endless:
            request.entry.status = answer.status
        await write(answer, send, mishaps, connection)

    def _open(self, scope: Scope) -> Request:
        query = scope["query_string"].decode("latin-1")
        given = dict(parse_qsl(query, keep_blank_values=True))
        parameters = scope.get("path_params", {})
        module = given.get("module", "") if self._name == "fields" else parameters.get("module", "")
        request = Request(
            method=scope["method"],
            resource=self._name,
            version=parameters.get("version", ""),
            module=module,
            record_id=parameters.get("record_id", ""),
            query=given,
            headers=dict(scope["headers"]),
            entry=self._site.ledger.open(scope["method"], scope["path"], query),
        )
        request.entry.operation = request.operation
        request.entry.module = request.module or None
        if self._name not in _ACCOUNTS:
            request.within_concurrency = self._site.meters.enter(request.operation)
        return request

    def _close(self, request: Request) -> None:
        self._site.ledger.close()
        if self._name not in _ACCOUNTS and request.within_concurrency:
            self._site.meters.leave(request.operation)

    def _carry_out(self, request: Request, mishaps: Mishaps) -> Answer:
        self._site.ledger.carry_out(request.entry)
        mishaps.prepare()
        answer = mishaps.instead() or mishaps.spoil(self._checked(request))
        if isinstance(answer.body, dict):
            request.entry.code = answer.body.get("code")
        return answer

    def _checked(self, request: Request) -> Answer:
        """The answer; what is wrong with it by the specification is kept, if that is wanted."""
        answer, specification = self._answer(request), self._site.specification
        if specification is not None and self._name not in METADATA:
            self._site.breaches += specification.breaches(request, answer)
        return answer

    def _answer(self, request: Request) -> Answer:
        try:
            if self._name == "unknown":
                raise errors.INVALID_URL.flat()
            if self._name in _ACCOUNTS:
                return self._operate(request)
            if self._name in METADATA:
                admit_metadata(self._site, request)
                answer = answer_metadata(self._site, request)
            else:
                admit(self._site, request)
                answer = self._operate(request)
            self._charge(request)
        except Refused as refused:
            answer = refused.answer
        except Exception:  # noqa: BLE001 - whatever breaks, the server answers and lives
            _log.exception("%s %s", request.method, request.entry.path)
            answer = errors.INTERNAL_ERROR.flat().answer
        left = self._site.meters.announced
        if left is not None:
            answer = answer._replace(headers=(*answer.headers, ("X-API-CREDITS-REMAINING", str(left))))
        return answer

    def _operate(self, request: Request) -> Answer:
        if request.operation is None:
            raise errors.INVALID_METHOD.flat()
        return _OPERATIONS[request.operation](self._site, request)

    def _charge(self, request: Request) -> None:
        price = cost(request, self._site.choices)
        self._site.meters.charge(price)
        self._site.ledger.charge(request.entry, price)


async def _read(receive: Receive) -> bytes | None:
    """The body, empty when it is too large to look at; None when its end does not come."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        size += len(message["body"])
        chunks.append(message["body"])
        if size > _MAX_BODY:
            chunks.clear()
        if not message["more_body"]:
            return b"".join(chunks)
