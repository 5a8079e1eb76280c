"""Which encoding a text file is in: told by its first bytes, else UTF-8 if that fits, else guessed."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from zcrm.files.problems import BadFile
from zcrm.files.western import WESTERN, likelier

__all__ = ["Encoding", "find_encoding", "recoded"]

_BLOCK_BYTES = 1 << 20
_SAMPLE_BYTES = 1 << 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding by Python's name for it, and at which byte the text begins, after any byte-order marks."""

    name: str
    start: int

    @property
    def is_plain(self) -> bool:
        """Whether the file is UTF-8 without a mark, as programs write it."""
        return self.name == "utf-8" and not self.start


def find_encoding(file: BinaryIO, name: str, given: str | None = None) -> Encoding:
    """Return the encoding of a whole file of text, `given` or found out.

    UTF-8, UTF-16 and UTF-32 are certain; other bytes are cp1252 unless they look like another encoding.
    Raises BadFile where the bytes don't fit, or look like something that only the caller can name.
    """
    file.seek(0)
    head = file.read(_BLOCK_BYTES)
    marked = _marked(head) or _unmarked_utf16(head)
    encoding = marked or Encoding("utf-8", 0)
    if given is not None and (known := _known(given, name))[:6] != encoding.name[:6]:
        encoding = Encoding(known, 0)
    try:
        _read_through(file, name, encoding)
    except _Undecodable as error:
        if given is not None or marked is not None or error.is_damage:
            raise error.bad_file from None
        guessed = Encoding(_guess(file, error.bad_file), 0)
        try:
            _read_through(file, name, guessed)
        except _Undecodable:
            raise error.bad_file from None
        return guessed
    return encoding


def recoded(file: BinaryIO, encoding: Encoding) -> Iterator[bytes]:
    """Yield the text of a file that fits its encoding, as blocks of UTF-8."""
    file.seek(encoding.start)
    decoder = codecs.getincrementaldecoder(encoding.name)()
    while block := file.read(_BLOCK_BYTES):
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()


class _Undecodable(Exception):
    def __init__(self, bad_file: BadFile, *, is_damage: bool) -> None:
        self.bad_file = bad_file
        self.is_damage = is_damage


def _marked(head: bytes) -> Encoding | None:
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            start = len(mark)
            while head.startswith(mark, start):
                start += len(mark)
            return Encoding(encoding, start)
    return None


def _unmarked_utf16(head: bytes) -> Encoding | None:
    """UTF-16 without its mark has a zero in every other byte where it holds ASCII."""
    even, odd = head[0:200:2], head[1:200:2]
    if len(even) < 4:
        return None
    for zeros, others, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros.count(0) > 0.7 * len(zeros) and not others.count(0):
            return Encoding(encoding, 0)
    return None


def _known(given: str, name: str) -> str:
    try:
        found = codecs.lookup(given).name
        "".encode(found)
    except LookupError as error:
        raise BadFile(
            name, f"there is no encoding {given!r}", "say --encoding utf-8, cp1252 or utf-16"
        ) from error
    return {"utf-8-sig": "utf-8", "utf_8_sig": "utf-8", "utf-16": "utf-16-le"}.get(found, found)


def _read_through(file: BinaryIO, name: str, encoding: Encoding) -> None:
    """Decode the whole file; raises _Undecodable with the byte and the line, BadFile for a NUL."""
    file.seek(encoding.start)
    decoder = codecs.getincrementaldecoder(encoding.name)()
    offset, line, seen_beyond_ascii = encoding.start, 1, False
    while True:
        block = file.read(_BLOCK_BYTES)
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            bad = offset - pending + error.start
            at = line + block.count(b"\n", 0, max(0, error.start - pending))
            is_damage = (
                seen_beyond_ascii
                or not error.object[: error.start].isascii()
                or "end of data" in error.reason
            )
            shown_name = encoding.name.upper() if encoding.name.startswith("utf") else encoding.name
            raise _Undecodable(
                BadFile(
                    name,
                    f"byte {bad} (line {at}) is not {shown_name}",
                    "save the file as UTF-8, e.g. as “CSV UTF-8”, or say --encoding, e.g. --encoding cp1252",
                ),
                is_damage=is_damage,
            ) from error
        nul = text.find("\0")
        if nul >= 0:
            before = text[:nul]
            bad = offset - pending + len(before.encode(encoding.name))
            at = line + before.count("\n")
            raise BadFile(name, f"byte {bad} (line {at}) is a NUL byte", "export the file again as text")
        if not block:
            return
        seen_beyond_ascii = seen_beyond_ascii or not text.isascii()
        offset += len(block)
        line += text.count("\n")


def _guess(file: BinaryIO, otherwise: BadFile) -> str:
    """cp1252, or the refusal of what looks more like another encoding."""
    found = likelier(_telling_lines(file))
    if found is None:
        return WESTERN
    raise BadFile(
        otherwise.name,
        f"{otherwise.problem}; it looks like {found or 'another encoding'}",
        f"say --encoding {found or 'NAME, such as mac-roman or cp850,'} if it is, "
        "or save the file as UTF-8, e.g. as “CSV UTF-8”",
    )


def _telling_lines(file: BinaryIO) -> bytes:
    """The lines that are not ASCII, up to what tells enough."""
    file.seek(0)
    kept, size = [], 0
    while (line := file.readline(_SAMPLE_BYTES)) and size < _SAMPLE_BYTES:
        if not line.isascii():
            kept.append(line)
            size += len(line)
    return b"".join(kept)
