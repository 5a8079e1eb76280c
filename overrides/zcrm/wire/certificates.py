"""What servers are checked by."""

from __future__ import annotations

import os
import ssl
from functools import lru_cache
from pathlib import Path

import httpx

from ..connection import Connection
from ..errors import UsageError

_VARIABLES = {"SSL_CERT_FILE": Path.is_file, "SSL_CERT_DIR": Path.is_dir}


def certificates(connection: Connection) -> ssl.SSLContext:
    """What the connection says, and the environment. Raises UsageError for what is not there.

    To read the usual certificates takes longer than a call: clients share them.
    """
    if isinstance(connection.verify, ssl.SSLContext):
        return connection.verify
    named = tuple(path for name in _VARIABLES for path in _named(name)) if connection.verify else ()
    try:
        return _read(connection.verify, tuple((path, path.stat().st_mtime_ns) for path in named))
    except OSError as error:
        raise UsageError(f"SSL_CERT_FILE can't be used: {error}") from error


def _named(variable: str) -> list[Path]:
    paths = [Path(path) for path in os.environ.get(variable, "").split(os.pathsep) if path]
    found = [path for path in paths if _VARIABLES[variable](path)]
    if paths and not found:
        raise UsageError(f"{variable} names {os.environ[variable]}, which is not there")
    return found


@lru_cache(maxsize=8)
def _read(verify: bool, named: tuple[tuple[Path, int], ...]) -> ssl.SSLContext:  # noqa: ARG001
    """named: what the environment names, and when it was changed: httpx reads the variables by itself."""
    return httpx.create_ssl_context(verify=verify)
