"""What kept a call from its answer, in words."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpcore

FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    OSError,
    UnicodeError,
)
"""What is raised in place of an answer."""

_WORDS: dict[type[BaseException], str] = {
    socket.gaierror: "no such host is known",
    UnicodeError: "no such host is known",
    ssl.SSLCertVerificationError: "its certificate is not trusted",
    ssl.SSLError: "TLS failed",
    ConnectionRefusedError: "the connection was refused",
    httpcore.ProxyError: "the proxy did not let it through",
    httpcore.ConnectTimeout: "no connection in time",
    httpcore.ReadTimeout: "no answer in time",
    TimeoutError: "the call took too long",
}


def describe(error: BaseException, place: str) -> str:
    """What happened, and where."""
    causes = [error] if isinstance(error, TimeoutError) else list(_causes(error))
    for kind, words in _WORDS.items():
        for cause in causes:
            if isinstance(cause, kind):
                said = f"{words}: {cause}" if str(cause) else words
                return f"{place}: {said} ({type(error).__name__})"
    return f"{place}: {error} ({type(error).__name__})"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        several = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
        error = next(iter(several), error.__cause__ or error.__context__)
