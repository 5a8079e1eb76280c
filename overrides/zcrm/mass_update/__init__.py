"""Mass Update: the same values for many records, by their ids at once, or for a custom view as a job."""

from __future__ import annotations

from .face import AsyncMassUpdate, ByIdsOptions, MassUpdate

__all__ = ["AsyncMassUpdate", "ByIdsOptions", "MassUpdate"]
