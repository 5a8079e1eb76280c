"""JSON, as it comes in."""

from __future__ import annotations

from typing import Any

import orjson


def decode(content: bytes) -> Any:
    """What was received; None when it is no JSON."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
