"""What `--share` has a command share with all who sign in alike: permits, credits, and on a server tokens."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from zcrm import OAuth
from zcrm.auth.stores import TokenStore
from zcrm.cli.screen import Screen
from zcrm.shared import RedisGate, RedisStore, SharedGate, SqliteGate
from zcrm_api.limits import CONCURRENT_UPDATES

__all__ = ["URL", "gate_of", "store_of", "telling"]

URL = "ZCRM_SHARED_URL"


def gate_of(
    auth: OAuth, folder: Path, environ: Mapping[str, str], concurrency: int | None = None
) -> SharedGate:
    """The gate of this sign-in: on the server that the environment names, else in the config folder."""
    most = concurrency or CONCURRENT_UPDATES
    if url := environ.get(URL):
        return RedisGate(url, org=auth.key, concurrency=most)
    return SqliteGate(folder / "shared" / f"{auth.key}.sqlite", most)


def store_of(environ: Mapping[str, str]) -> TokenStore | None:
    """Where tokens are kept for all hosts; None where no server is named."""
    url = environ.get(URL)
    return RedisStore(url) if url else None


class _Handler(logging.Handler):
    def __init__(self, screen: Screen) -> None:
        super().__init__(logging.WARNING)
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        self._screen.say(record.getMessage())


@contextmanager
def telling(screen: Screen) -> Iterator[None]:
    """Say what a gate waits for."""
    logger, handler = logging.getLogger("zcrm.shared"), _Handler(screen)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
