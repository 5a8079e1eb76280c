"""Mass Update: the same values for many records, by their ids at once, or for a custom view as a job."""

from __future__ import annotations

from .face import AsyncMassUpdate, ByIdsOptions, MassUpdate
from .receipts import Receipt, RecordChange

__all__ = ["AsyncMassUpdate", "ByIdsOptions", "MassUpdate", "Receipt", "RecordChange"]
