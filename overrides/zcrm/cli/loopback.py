"""Waits on this machine for the browser to come back from the consent page."""

import secrets
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from zcrm.errors import AuthError, UsageError

__all__ = ["Loopback"]

_HOSTS = ("127.0.0.1", "localhost")
_PAGE = "<!doctype html><meta charset=utf-8><title>zcrm</title><p>{}</p>"
_SLOWEST_REQUEST = 5.0


class Loopback:
    """Listens at a redirect address of this machine; a context manager.

    Raises UsageError for an address that is elsewhere or names no port, and when the port is taken.
    """

    def __init__(self, redirect_uri: str) -> None:
        parts = urlsplit(redirect_uri)
        if parts.scheme != "http" or parts.hostname not in _HOSTS or not parts.port or parts.query:
            raise UsageError(
                f"{redirect_uri!r} does not lead back to this machine",
                fix="Register one like http://127.0.0.1:8754/callback in the API console, and give it here.",
            )
        self._path = parts.path or "/"
        try:
            self._server = _Server(("127.0.0.1", parts.port), _Handler)
        except OSError as error:
            raise UsageError(
                f"Port {parts.port} can't be used: {error.strerror}",
                fix="Register another --redirect-uri in the API console, and give it here.",
            ) from error

    def __enter__(self) -> "Loopback":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    def wait(self, state: str, seconds: float) -> Mapping[str, str]:
        """The parameters that the browser brings back, when it brings this `state` along.

        Whoever comes without it is turned away. Raises AuthError when the time is over.
        """
        server = self._server
        server.path, server.state, server.found = self._path, state, None
        end = monotonic() + seconds
        while server.found is None and (left := end - monotonic()) > 0:
            server.timeout = left
            server.handle_request()
        if server.found is None:
            raise AuthError(
                f"The browser did not come back within {seconds:g} s", fix="Run the command again."
            )
        return server.found


class _Server(HTTPServer):
    path: str
    state: str
    found: Mapping[str, str] | None

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A visitor who breaks off is none of anybody's business."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _SLOWEST_REQUEST

    def do_GET(self) -> None:
        """The browser, or somebody else."""
        server = self.server
        assert isinstance(server, _Server)
        parts = urlsplit(self.path)
        found = dict(parse_qsl(parts.query))
        if parts.path != server.path:
            self._answer(404, "There is nothing here.")
        elif not secrets.compare_digest(found.get("state", "").encode(), server.state.encode()):
            self._answer(400, "This is not the sign-in that zcrm is waiting for.")
        else:
            server.found = found
            self._answer(200, "That is all; zcrm goes on where you started it. You can close this page.")

    def _answer(self, status: int, text: str) -> None:
        body = _PAGE.format(text).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: the address holds the code."""
