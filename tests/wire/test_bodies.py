"""Bodies of answers: unpacked as they come, bounded, and read as receipts where that is all they are."""

import gzip
import json
import zlib

import pytest

from zcrm.wire.bodies import Body, decode, receipts
from zcrm.wire.calls import Lost

PLAIN = b'{"data": []}' * 20
MOST = len(PLAIN)


def body(*pieces, packing=None, most=MOST):
    whole = Body([(b"A", b"gzip"), *([(b"Content-Encoding", packing)] if packing else [])], most)
    for piece in pieces:
        whole.add(piece)
    return whole.whole()


PACKED = {b"gzip": gzip.compress, b"X-GZip": gzip.compress, b"deflate": zlib.compress}


@pytest.mark.parametrize("packing", PACKED)
def test_what_is_packed_is_unpacked_and_bounded_once_it_is(packing):
    packed = PACKED[packing](PLAIN)
    assert body(packed[:9], packed[9:], packing=packing) == PLAIN
    with pytest.raises(Lost, match=rf"^a body of more than {MOST - 1} bytes$"):
        body(packed, packing=packing, most=MOST - 1)
    with pytest.raises(Lost, match="its end is not where it should be"):
        body(packed[:-1], packing=packing)
    with pytest.raises(Lost, match="its end is not where it should be"):
        body(packed, b"more", packing=packing)
    with pytest.raises(Lost, match=r"^a body that can't be unpacked: Error "):
        body(PLAIN, packing=packing)


@pytest.mark.parametrize("packing", [None, b"identity", b"br"])
def test_what_is_not_packed_stays_as_it_is(packing):
    assert body(PLAIN[:9], PLAIN[9:], packing=packing) == PLAIN
    with pytest.raises(Lost, match=rf"^a body of more than {MOST - 1} bytes$"):
        body(PLAIN[:9], PLAIN[9:], packing=packing, most=MOST - 1)


@pytest.mark.parametrize("packing", [None, *PACKED])
def test_no_body_is_an_empty_one(packing):
    assert body(packing=packing) == b""


ITEM = {"code": "SUCCESS", "message": "m", "status": "success", "details": {"id": "1", "by": "x"}}


def test_receipts_are_read_at_once_and_their_details_later():
    read = receipts(json.dumps({"data": [ITEM]}).encode())
    assert read is not None
    (one,) = read.each
    assert (one.message, one.details.id) == ("m", "1")
    assert read.read() == [ITEM]
    assert read.of("1") == {"id": "1", "by": "x"}


@pytest.mark.parametrize(
    "value",
    [
        {"data": []},
        {"data": None},
        {},
        [],
        {"data": [ITEM, {**ITEM, "details": {}}]},
        {"data": [ITEM, {**ITEM, "details": None}]},
        {"data": [ITEM, {**ITEM, "details": {"id": 1}}]},
        {"data": [ITEM, {**ITEM, "code": None}]},
        {"data": [ITEM, {**ITEM, "code": "INVALID_DATA"}]},
        {"data": [ITEM, {**ITEM, "status": "error"}]},
        {"data": [ITEM, None]},
    ],
    ids=str,
)
def test_what_is_not_of_updated_records_only_is_no_receipt(value):
    content = json.dumps(value).encode()
    assert receipts(content) is None
    assert decode(content) == value


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b'{"data": [',
        b"\xff",
        json.dumps({"data": [ITEM]}).encode().replace(b'"m"', b'"\xff"'),
    ],
)
def test_what_is_no_json_is_nothing(content):
    assert receipts(content) is None
    assert decode(content) is None
