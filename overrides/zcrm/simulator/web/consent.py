"""The consent page of the accounts server, `/oauth/v2/auth`: a person lets an application in, or does not.

It is for browsers, and no part of the API: it stands outside the OpenAPI document, the faults and the ledger.
"""

from collections.abc import Mapping
from html import escape
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from zcrm.simulator.site.site import Site

_LOCATION: Final = "us"
_MAX_FORM: Final = 65_536
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
_PAGE: Final = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Simulated Zoho accounts</title>
<h1>{title}</h1>
{content}
</html>
"""
_FORM: Final = """<p>The application <code>{client_id}</code> wants to use this simulated Zoho CRM for:</p>
<ul>{scopes}</ul>
<form method="post">
<button name="decision" value="accept">Accept</button>
<button name="decision" value="reject">Reject</button>
</form>"""


class Consent:
    """The page: shown on GET, decided by POST."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        decided = request.method == "POST"
        try:
            form = await _read(request) if decided else b""
        except ClientDisconnect:
            return
        asked = dict(request.query_params) | dict(parse_qsl(form.decode("utf-8", "replace")))
        with self._site.lock:
            response = self._answer(asked, decided=decided)
        await response(scope, receive, send)

    def _answer(self, asked: Mapping[str, str], *, decided: bool) -> Response:
        if error := self._error(asked):
            return HTMLResponse(_PAGE.format(title=f"ERROR_{error}", content=""), 400)
        if not decided:
            return _ask(asked)
        if asked.get("decision") != "accept":
            return _back(asked, {"error": "access_denied"})
        accounts = self._site.accounts
        grant = accounts.new_grant(tuple(asked["scope"].replace(",", " ").split()))
        code = accounts.new_code(grant, asked["redirect_uri"])
        return _back(asked, {"code": code, "location": _LOCATION, "accounts-server": accounts.api_domain})

    def _error(self, asked: Mapping[str, str]) -> str | None:
        accounts = self._site.accounts
        if asked.get("client_id") != accounts.client_id:
            return "invalid_client"
        if not _leads_to(asked.get("redirect_uri", ""), accounts.redirect_uri):
            return "invalid_redirect_uri"
        if asked.get("response_type") != "code":
            return "invalid_response_type"
        return None if asked.get("scope") else "invalid_scope"


async def _read(request: Request) -> bytes:
    """The body, as far as a form may be long."""
    body = b""
    async for chunk in request.stream():
        body = (body + chunk)[:_MAX_FORM]
    return body


def _leads_to(address: str, registered: str) -> bool:
    """Whether this is the registered address; on this machine, at whatever port."""
    if address == registered:
        return True
    try:
        given, known = urlsplit(address), urlsplit(registered)
    except ValueError:
        return False
    on_this_machine = {given.hostname, known.hostname} <= _LOOPBACK
    return on_this_machine and (given.scheme, given.path) == (known.scheme, known.path)


def _ask(asked: Mapping[str, str]) -> Response:
    scopes = "".join(f"<li>{escape(scope)}" for scope in asked["scope"].split(","))
    form = _FORM.format(client_id=escape(asked["client_id"]), scopes=scopes)
    return HTMLResponse(_PAGE.format(title="Consent", content=form))


def _back(asked: Mapping[str, str], parameters: dict[str, str]) -> Response:
    """To the application, with what it gave along."""
    if "state" in asked:
        parameters["state"] = asked["state"]
    return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(parameters)}", 302)
