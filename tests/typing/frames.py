"""Frames, cursors and buffers as their users write them; checked, not run."""

import sqlite3
from concurrent.futures import Future
from typing import Any, assert_type

from zcrm import AsyncZohoCRM, Outcome, Summary, ZohoCRM


class Stream:
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return object()


def rows(crm: ZohoCRM, cursor: sqlite3.Cursor) -> None:
    crm.records.update("Deals", Stream(), nulls="skip")
    crm.records.update("Deals", cursor, timezone="Europe/Berlin")
    crm.records.update("Deals", [{"id": "1"}], missing="clear")
    crm.records.update("Deals", [{"id": "1"}], missing="drop")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert_type(crm.records.update("Deals", Stream()).to_arrow(), Any)
    assert_type(crm.records.update("Deals", Stream()).write_parquet("outcomes.parquet"), Summary)


def buffered(crm: ZohoCRM) -> None:
    with crm.records.buffer("Deals", flush_after=0.05, triggers=()) as buffer:
        assert_type(buffer.update("1", {"Stage": "Won"}), Outcome)
        assert_type(buffer.submit("1", {"Stage": "Won"}), Future[Outcome])


async def buffered_in_tasks(crm: AsyncZohoCRM) -> None:
    async with crm.records.buffer("Deals") as buffer:
        assert_type(await buffer.update("1", {"Stage": "Won"}), Outcome)
