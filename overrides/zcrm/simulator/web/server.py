"""uvicorn in a thread of its own, on the loopback interface."""

import asyncio
import logging
import socket
import sys
from contextlib import suppress
from functools import partial
from threading import Event, Thread
from typing import Any, cast

import h11
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn import Config
from uvicorn import Server as _UvicornServer
from uvicorn.protocols.http.h11_impl import H11Protocol

from zcrm.simulator.web.connection import Connection

_KEEP_ALIVE_SECONDS = 75


class Server:
    """Serves an ASGI application until stopped.

    The application finds its Connection in its scope, as `zcrm.connection`. One on which the head of a
    request, or its body after that, has not come in `patience` seconds is closed.
    """

    def __init__(self, app: ASGIApp, port: int, patience: float) -> None:
        self._socket = _listening(port)
        self.port: int = self._socket.getsockname()[1]
        config = _Config(
            app,
            http=_Protocol,
            interface="asgi3",
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level=logging.CRITICAL,
            server_header=False,
            date_header=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        config.patience = patience
        self._uvicorn = _Loop(config)
        self._thread = Thread(target=self._run, name=f"zcrm-simulator-{self.port}", daemon=True)

    def _run(self) -> None:
        try:
            asyncio.run(self._uvicorn.serve(sockets=[self._socket]))
        finally:
            self._uvicorn.ready.set()

    def start(self) -> None:
        """Start the thread and wait until connections are accepted."""
        self._thread.start()
        self._uvicorn.ready.wait()
        if not self._uvicorn.started:
            raise RuntimeError("the simulator's server did not start")

    def stop(self) -> None:
        """Close all connections and end the thread."""
        self._uvicorn.stop()
        self._thread.join()

    def runs(self, seconds: float) -> bool:
        """Wait so long for the server to be stopped; no longer, since on Windows no interrupt ends a wait."""
        self._thread.join(seconds)
        return self._thread.is_alive()


class _Loop(_UvicornServer):
    """uvicorn's server, started and stopped by events instead of polling."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self.ready = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self._stopped.wait()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stopped.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server in self.servers:
            await server.wait_closed()
        for sock in sockets or ():
            sock.close()


class _Config(Config):
    patience: float


class _Protocol(H11Protocol):
    """One connection, which the application may drop."""

    config: _Config

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.app = partial(self._call, self.app)
        self._awaited: object = None
        self._timer: asyncio.TimerHandle | None = None

    async def _call(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        scope["zcrm.connection"] = self.transport
        with suppress(asyncio.CancelledError):
            await app(scope, receive, send)
        if self.transport.is_closing():
            await self._lost.wait()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._lost = asyncio.Event()
        super().connection_made(cast(asyncio.Transport, Connection(transport, self.loop)))
        self._await(h11.IDLE)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        state = self.conn.their_state
        half_way = state is h11.SEND_BODY or (state is h11.IDLE and self.conn.trailing_data[0])
        self._await(state if half_way else None)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._await(None)
        self._lost.set()

    def _await(self, part: object) -> None:
        """Be patient with this part of a request, as h11 names the state in which it comes, or with none."""
        if part is self._awaited:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._awaited = part
        self._timer = None if part is None else self.loop.call_later(self.config.patience, self._drop)

    def _drop(self) -> None:
        self.transport.close()


def _listening(port: int) -> socket.socket:
    """A bound socket. asyncio turns Nagle's delay off only for sockets that name their protocol."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, _alone(), 1)
        sock.bind(("127.0.0.1", port))
    except OSError:
        sock.close()
        raise
    return sock


def _alone() -> int:
    """The option that takes a port at once, but from nobody, which is what reuse would do on Windows."""
    if sys.platform == "win32":
        return socket.SO_EXCLUSIVEADDRUSE
    return socket.SO_REUSEADDR
