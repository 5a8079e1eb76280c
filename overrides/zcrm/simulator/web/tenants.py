"""Several orgs behind one address: which of them a request is for."""

from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from zcrm.simulator.mishaps.faults import Faults
from zcrm.simulator.site.site import Site

_ACCOUNTS: Final = "/oauth/"
_MAX_FORM: Final = 65_536


class Tenant(NamedTuple):
    """One org, and the application that serves it."""

    site: Site
    faults: Faults
    app: ASGIApp


class Tenants:
    """An application in front of those of several orgs, of which there may come more.

    An access token leads to the org that gave it, dead or alive; a request for tokens or consent to the org
    whose client it names, a revocation to the one whose token it is. What belongs to none is for the first.
    """

    def __init__(self, tenants: Sequence[Tenant]) -> None:
        self._tenants = tenants

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        credentials: Sequence[str] = ()
        if len(self._tenants) > 1:
            if scope["path"].startswith(_ACCOUNTS):
                body, receive = await _looked_at(receive)
                credentials = _named(scope["query_string"] + b"&" + body)
            else:
                credentials = Headers(scope=scope).get("authorization", "").split()[-1:]
        await self._home(credentials).app(scope, receive, send)

    def _home(self, credentials: Sequence[str]) -> Tenant:
        return next(
            (tenant for text in credentials for tenant in self._tenants if tenant.site.accounts.gave(text)),
            self._tenants[0],
        )


def _named(form: bytes) -> list[str]:
    """The client that a form names, and the token."""
    given = dict(parse_qsl(form.decode("utf-8", "replace")))
    return [given[name] for name in ("client_id", "token") if name in given]


async def _looked_at(receive: Receive) -> tuple[bytes, Receive]:
    """The body, as far as a form may be long, and what receives it once more."""
    taken: deque[Message] = deque()
    body, more = b"", True
    while more and len(body) < _MAX_FORM:
        message = await receive()
        taken.append(message)
        body += message.get("body", b"")
        more = message.get("more_body", False)

    async def again() -> Message:
        return taken.popleft() if taken else await receive()

    return body, again
