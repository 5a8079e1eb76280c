"""One HTTP request, its response, and what carries them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(slots=True)
class Request:
    """What is sent; `url` is a whole one."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes = b""


@dataclass(slots=True)
class Response:
    """What came back, by the names that generated operations read it by.

    headers: of any case. body: the content as JSON, once somebody has decoded it.
    """

    status_code: int
    headers: Mapping[str, str]
    content: bytes
    body: Any = None

    def json(self) -> Any:
        return self.body


class Transport(Protocol):
    """Carries requests for threads. `send` raises NotSent or Lost where there is no response."""

    def send(self, request: Request) -> Response: ...

    def close(self) -> None: ...


class AsyncTransport(Protocol):
    """Carries requests for tasks."""

    async def send(self, request: Request) -> Response: ...

    async def close(self) -> None: ...
