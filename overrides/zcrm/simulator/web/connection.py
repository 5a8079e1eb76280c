"""One connection of the server, as the application may handle it."""

import asyncio
from collections.abc import Awaitable
from typing import Any


class Connection:
    """A transport that sends what is written during one turn of the loop all at once."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []
        self._caught: list[bytes] | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    @property
    def closing(self) -> bool:
        return self._transport.is_closing()

    def write(self, data: bytes) -> None:
        """Send these bytes, or keep them while somebody catches what is written; nothing once it closes."""
        if self._caught is not None:
            self._caught.append(data)
        elif not self.closing:
            if not self._waiting:
                self._loop.call_soon(self._send)
            self._waiting.append(data)

    async def catch(self, writing: Awaitable[None]) -> bytes:
        """What is written meanwhile, which is not sent."""
        caught: list[bytes] = []
        self._caught = caught
        try:
            await writing
        finally:
            self._caught = None
        return b"".join(caught)

    def close(self) -> None:
        self._send()
        self._transport.close()

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._transport.write(b"".join(waiting))
