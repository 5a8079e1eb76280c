"""By which names the server is asked: this machine's own only.

A web page under a name that was made to point here could otherwise read the status page, or use the API.
"""

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})


def is_own(scope: Scope) -> bool:
    """Whether the request names this machine as its host, at whatever port."""
    return Headers(scope=scope).get("host", "").partition(":")[0].lower() in _LOOPBACK


class OwnHost:
    """Passes requests for this machine on, and those for another host to an application of their own."""

    def __init__(self, app: ASGIApp, foreign: ASGIApp) -> None:
        self._app = app
        self._foreign = foreign

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "host" not in Headers(scope=scope):
            app: ASGIApp = PlainTextResponse("The request names no host.", 400)
        else:
            app = self._app if is_own(scope) else self._foreign
        await app(scope, receive, send)
