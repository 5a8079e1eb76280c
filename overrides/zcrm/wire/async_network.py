"""The network as tasks use it, for httpcore: asyncio's own transports, where it would go through anyio's.

What is written leaves with the read that waits for its answer: a request's head and body travel together.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from ssl import SSLContext
from typing import Any, cast

import httpcore

_MOST_UNREAD = 256 * 1024
_PIECE = 64 * 1024
_Selector = getattr(selectors, "PollSelector", selectors.SelectSelector)


class AsyncNetwork(httpcore.AsyncNetworkBackend):
    """Makes connections in the running loop."""

    def begin(self) -> None:
        """A call of this task begins."""
        _made.set(None)

    def abandon(self) -> None:
        """The call is over; what it made and httpcore did not come to hold is closed."""
        if made := _made.get():
            made.abort()

    async def connect_tcp(
        self, host: str, port: int, *_args: Any, timeout: float | None = None, **_options: Any
    ) -> httpcore.AsyncNetworkStream:
        """To the first of the host's addresses that takes it; each has `timeout` for that."""
        with _told(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            for *_, address in found[:-1]:
                with suppress(OSError):
                    return await _connected(address, timeout)
            return await _connected(found[-1][-1], timeout)


async def _connected(address: tuple[Any, ...], timeout: float | None) -> httpcore.AsyncNetworkStream:
    host, port, *_ = address
    async with asyncio.timeout(timeout):
        _, stream = await asyncio.get_running_loop().create_connection(_Stream, host, port)
    _made.set(stream)
    return stream


class _Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """Ended where much comes that nobody reads."""

    def __init__(self) -> None:
        self._unread = bytearray()
        self._unsent = bytearray()
        self._over = False
        self._error: Exception | None = None
        self._is_read = False
        self._is_full = False
        self._waiting: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if len(self._unread) > _MOST_UNREAD and not self._is_read:
            self._transport.abort()
        self._wake()

    def eof_received(self) -> None:
        self._over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._over, self._error = True, exc
        self._wake()

    def pause_writing(self) -> None:
        self._is_full = True

    def resume_writing(self) -> None:
        self._is_full = False
        self._wake()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._flush()
        with _told(httpcore.ReadTimeout, httpcore.ReadError):
            self._is_read = True
            while not self._unread and not self._over:
                await self._wait(timeout)
            self._is_read = False
            if self._error is not None and not self._unread:
                raise self._error
        piece = bytes(self._unread[:max_bytes])
        del self._unread[:max_bytes]
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            self._unsent += buffer[start : start + _PIECE]
            if len(self._unsent) >= _PIECE:
                self._flush()
            if self._is_full:
                with _told(httpcore.WriteTimeout, httpcore.WriteError):
                    while self._is_full and not self._over:
                        await self._wait(timeout)

    def abort(self) -> None:
        self._transport.abort()

    async def aclose(self) -> None:
        self._transport.close()
        try:
            await asyncio.sleep(0)
        finally:
            self._transport.abort()

    async def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        self._flush()
        try:
            with _told(httpcore.ConnectTimeout, httpcore.ConnectError):
                async with asyncio.timeout(timeout):
                    secured = await loop.start_tls(
                        self._transport, self, ssl_context, server_hostname=server_hostname
                    )
        except BaseException:
            self._transport.abort()
            raise
        self._transport = cast(asyncio.Transport, secured)
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return bool(self._unread) or self._over or _is_readable(self._transport)
        return self._transport.get_extra_info(info)

    def _flush(self) -> None:
        if self._unsent:
            self._transport.write(bytes(self._unsent))
            self._unsent.clear()

    async def _wait(self, timeout: float | None) -> None:
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await self._waiting
        finally:
            self._waiting = None

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


_made: ContextVar[_Stream | None] = ContextVar("made")


def _is_readable(transport: asyncio.Transport) -> bool:
    """Whether something has come, or the other side has closed, that the loop has not seen yet."""
    with _Selector() as selector:
        selector.register(transport.get_extra_info("socket").fileno(), selectors.EVENT_READ)
        return bool(selector.select(0))


@contextmanager
def _told(late: type[Exception], failed: type[Exception]) -> Iterator[None]:
    """In httpcore's words."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise failed(str(error)) from error
