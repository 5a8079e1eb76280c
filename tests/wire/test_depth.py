"""Answers that are nested deeper than Python can follow."""

import orjson
import pytest

from zcrm.wire.bodies import decode, receipts

DEEP = [200, 300, 990, 1010, 1030, 100_000]


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


@pytest.mark.parametrize("levels", DEEP)
def test_what_is_read_can_be_written_again(levels: int) -> None:
    value = decode(b'{"data": %b}' % nested(levels))
    assert (value is None) == (levels > 253)
    assert value is None or orjson.dumps(value)


@pytest.mark.parametrize("levels", DEEP)
def test_a_receipt_is_one_whatever_lies_beside_it(levels: int) -> None:
    item = b'{"code": "SUCCESS", "status": "success", "message": "m", "details": {"id": "1", "x": %b}}'
    read = receipts(b'{"data": [%b]}' % (item % nested(levels)))
    if read is None:
        assert decode(item % nested(levels)) is None
    else:
        assert [receipt.details.id for receipt in read.each] == ["1"]
        assert read.of("1")["id"] == "1"
        assert ("x" in read.of("1")) == (levels <= 250)
