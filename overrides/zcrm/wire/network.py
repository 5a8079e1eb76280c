"""The network as threads use it: httpcore's own, no step of which outlasts the call that a thread makes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from ssl import SSLContext
from time import monotonic
from typing import Any, TypeVar

import httpcore

T = TypeVar("T")

_PIECE = 64 * 1024


class Network(httpcore.SyncBackend):
    """Makes connections. clock: monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._call = threading.local()

    def begin(self, seconds: float) -> None:
        """A call begins on this thread, and is over after so many seconds."""
        self._call.end = self._clock() + seconds
        self._call.made = None

    def abandon(self) -> None:
        """The call is over; what it made and httpcore did not come to hold is closed."""
        if self._call.made is not None:
            self._call.made.close()

    def step(self, timeout: float | None, take: Callable[..., T]) -> T:
        """Take a step, which is told its `timeout`. Raises TimeoutError when the call is over."""
        left: float = self._call.end - self._clock()
        if left <= 0:
            raise TimeoutError
        try:
            return take(timeout=left if timeout is None else min(left, timeout))
        except httpcore.TimeoutException as error:
            if self._clock() >= self._call.end:
                raise TimeoutError from error
            raise

    def connect_tcp(self, *args: Any, timeout: float | None = None, **options: Any) -> httpcore.NetworkStream:
        own = self.step(timeout, partial(super().connect_tcp, *args, **options))
        made = self._call.made = _Stream(self, own)
        return made


class _Stream(httpcore.NetworkStream):
    def __init__(self, network: Network, own: httpcore.NetworkStream) -> None:
        self._network = network
        self._own = own

    def close(self) -> None:
        self._own.close()

    def get_extra_info(self, info: str) -> Any:
        return self._own.get_extra_info(info)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._network.step(timeout, partial(self._own.read, max_bytes))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            self._network.step(timeout, partial(self._own.write, buffer[start : start + _PIECE]))

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        start = partial(self._own.start_tls, ssl_context, server_hostname)
        return _Stream(self._network, self._network.step(timeout, start))
