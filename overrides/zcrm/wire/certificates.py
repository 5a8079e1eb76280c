"""What servers are checked by."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

import httpx

from ..connection import Connection
from ..errors import UsageError


def certificates(connection: Connection) -> ssl.SSLContext:
    """What the connection says, and the environment. Raises UsageError for what is not there. Takes time."""
    if connection.verify is True:
        for variable, is_there in (("SSL_CERT_FILE", Path.is_file), ("SSL_CERT_DIR", Path.is_dir)):
            paths = os.environ.get(variable, "")
            if paths and not any(is_there(Path(path)) for path in paths.split(os.pathsep)):
                raise UsageError(f"{variable} names {paths}, which is not there")
    try:
        return httpx.create_ssl_context(verify=connection.verify)
    except OSError as error:
        raise UsageError(f"SSL_CERT_FILE can't be used: {error}") from error
