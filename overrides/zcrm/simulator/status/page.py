"""The status page: what a simulator holds and what it was asked, live in a browser.

`/_status` is the page, `/_status/state` the JSON behind it. Both are the simulator's own, outside the
specification, and pass by everything that counts, charges or goes wrong.
"""

from collections.abc import Awaitable, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

import orjson
from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from zcrm.simulator.status.snapshot import snapshot
from zcrm.simulator.web.hosts import is_own
from zcrm.simulator.web.tenants import Tenant

PAGE: Final = "/_status"
STATE: Final = "/_status/state"

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class StatusPage:
    """An application in front of another one, which gets every request that is not for the page.

    The page is given to browsers that ask for it by this machine's own name only. Its `org` is the number of
    a tenant, from 1; else it shows the first.
    """

    def __init__(self, tenants: Sequence[Tenant], app: ASGIApp) -> None:
        self._tenants = tenants
        self._app = app

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        wanted = scope["path"] in (PAGE, STATE) and scope["method"] == "GET" and is_own(scope)
        app: ASGIApp = self._answer(scope) if wanted else self._app
        return app(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        if scope["path"] == PAGE:
            return Response(_page(), headers=_HEADERS, media_type="text/html")
        query = QueryParams(scope["query_string"])
        tenants = list(self._tenants)
        numbered = {str(number): tenant for number, tenant in enumerate(tenants, start=1)}
        shown = numbered.get(query.get("org", ""), tenants[0])
        state = snapshot(shown.site, shown.faults, query.get("module"), query.get("id"))
        state["orgs"] = [tenant.site.org.company for tenant in tenants]
        return Response(orjson.dumps(state), headers=_HEADERS, media_type="application/json")


@cache
def _page() -> bytes:
    return files("zcrm.simulator.status").joinpath("status.html").read_bytes()
