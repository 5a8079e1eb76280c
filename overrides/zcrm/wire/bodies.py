"""What answers carry: unpacked while it comes in, as long as it is allowed to be; and read as JSON."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any, Literal

import msgspec
import orjson

from ..outcomes import Receipts
from .calls import Lost

_PACKED = (b"gzip", b"x-gzip", b"deflate")
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


class Body:
    """The body of an answer that has these headers. most: bytes that it may have, unpacked."""

    def __init__(self, headers: Iterable[tuple[bytes, bytes]], most: int) -> None:
        packing = next((value.lower() for name, value in headers if name.lower() == b"content-encoding"), b"")
        self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB) if packing in _PACKED else None
        self._most = self._left = most
        self._pieces: list[bytes] = []

    def add(self, piece: bytes) -> None:
        """Take the next piece; raises Lost when it makes the body too long, or is not packed as it says."""
        if self._unpacker is not None:
            try:
                piece = self._unpacker.decompress(piece, self._left + 1)
            except zlib.error as error:
                raise Lost(f"a body that can't be unpacked: {error}") from error
        self._left -= len(piece)
        if self._left < 0:
            raise Lost(f"a body of more than {self._most:,} bytes")
        self._pieces.append(piece)

    def whole(self) -> bytes:
        """All of it, unpacked; raises Lost when there is less or more than what was packed."""
        unpacker = self._unpacker
        if unpacker and self._pieces and (not unpacker.eof or unpacker.unused_data):
            raise Lost("a body that can't be unpacked: its end is not where it should be")
        return b"".join(self._pieces)


class _Details(msgspec.Struct, gc=False):
    id: str


class _Receipt(msgspec.Struct, gc=False):
    code: Literal["SUCCESS"]
    message: str
    status: Literal["success"]
    details: _Details


class _Receipts(msgspec.Struct):
    data: list[_Receipt]


_receipts = msgspec.json.Decoder(_Receipts).decode


def receipts(content: bytes) -> Receipts | None:
    """What was received, where it is only of records that were updated; None for anything else."""
    try:
        read = _receipts(content)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if not read.data:
        return None
    return Receipts(read.data, lambda: (decode(content) or msgspec.to_builtins(read))["data"])


def decode(content: bytes) -> Any:
    """What was received; None when it is no JSON, or nested so deep that nothing could write it again."""
    try:
        value = orjson.loads(content)
        orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    return value
