"""One HTTP request and its response. Neither shows what it carries: secrets, and what rows say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Request:
    """What is sent. server: scheme, host and perhaps a port. target: path and query."""

    method: str
    server: str
    target: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    content: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class Response:
    """What came back, by the names that generated operations read it by.

    headers: in lower case. body: the content as JSON, once somebody has decoded it.
    """

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    body: Any = field(default=None, repr=False)

    def json(self) -> Any:
        return self.body
