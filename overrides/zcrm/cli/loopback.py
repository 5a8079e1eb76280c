"""Waits on this machine for the browser to come back from the consent page."""

import secrets
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread, Timer
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

from zcrm.engine.threads import Stop
from zcrm.errors import AuthError, UsageError

__all__ = ["Loopback"]

_HOSTS = ("127.0.0.1", "localhost")
_PAGE = "<!doctype html><meta charset=utf-8><title>zcrm</title><p>{}</p>"
_SLOWEST_VISITOR = 5.0


class Loopback:
    """Listens at a redirect address of this machine; a context manager.

    Raises UsageError for an address that is elsewhere or names no port, and when the port is taken.
    """

    def __init__(self, redirect_uri: str) -> None:
        parts = _parts(redirect_uri)
        if parts is None:
            raise UsageError(
                f"{redirect_uri!r} does not lead back to this machine",
                fix="Register one like http://127.0.0.1:8754/callback in the API console, and give it here.",
            )
        self.redirect_uri = redirect_uri
        self._path = parts.path or "/"
        self._found: Mapping[str, str] | None = None
        self._came = Stop()
        try:
            self._server = _Server(("127.0.0.1", parts.port or 0), self._visit)
        except OSError as error:
            raise UsageError(
                f"Port {parts.port} can't be used: {error.strerror}",
                fix="Register another --redirect-uri in the API console, and give it here.",
            ) from error

    def __enter__(self) -> "Loopback":
        return self

    def __exit__(self, *_: object) -> None:
        self._server.server_close()

    def wait(self, state: str, seconds: float, pasted: Callable[[], str] | None = None) -> Mapping[str, str]:
        """The parameters that the browser brings back, when it brings this `state` along.

        Whoever comes without it is turned away, and holds nobody else up.
        pasted: gives a line that a person pasted, "" when there are no more: the address that the browser was
        sent to, should it be on another machine. Raises AuthError when the time is over.
        """
        self._state = state
        Thread(target=self._server.serve_forever, args=[0.1], daemon=True).start()
        if pasted is not None:
            Thread(target=self._read, args=[pasted], daemon=True).start()
        self._came.wait(seconds)
        self._server.shutdown()
        if self._found is None:
            raise AuthError(
                f"The browser did not come back within {seconds:g} s", fix="Run the command again."
            )
        return self._found

    def _read(self, pasted: Callable[[], str]) -> None:
        while line := pasted():
            with suppress(ValueError):
                self._visit(line.strip())

    def _visit(self, address: str) -> tuple[int, str]:
        """Look at what somebody brings; gives a status and what to say."""
        parts = urlsplit(address)
        found = dict(parse_qsl(parts.query))
        if parts.path != self._path:
            return 404, "There is nothing here."
        if not secrets.compare_digest(found.get("state", "").encode(), self._state.encode()):
            return 400, "This is not the sign-in that zcrm is waiting for."
        self._found = found
        self._came.set()
        return 200, "That is all; zcrm goes on where you started it. You can close this page."


def _parts(redirect_uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(redirect_uri)
        leads_here = parts.scheme == "http" and parts.hostname in _HOSTS and parts.username is None
        return parts if leads_here and parts.port and not (parts.query or parts.fragment) else None
    except ValueError:
        return None


class _Server(ThreadingHTTPServer):
    allow_reuse_address = not hasattr(socket, "SO_EXCLUSIVEADDRUSE")
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], visit: Callable[[str], tuple[int, str]]) -> None:
        self.visit = visit
        super().__init__(address, _Visitor)

    def server_bind(self) -> None:
        """Take the port for us alone, where the system would share it otherwise."""
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        if exclusive is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, exclusive, 1)
        TCPServer.server_bind(self)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A visitor who breaks off is none of anybody's business."""


class _Visitor(BaseHTTPRequestHandler):
    def handle(self) -> None:
        """Hear the visitor out, but not for ever."""
        timer = Timer(_SLOWEST_VISITOR, self._turn_out)
        timer.daemon = True
        timer.start()
        try:
            super().handle()
        finally:
            timer.cancel()

    def _turn_out(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def do_GET(self) -> None:
        """The browser, or somebody else."""
        assert isinstance(self.server, _Server)
        status, text = self.server.visit(self.path)
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
