"""What `run.json` holds: what the run was asked to do, where, and what its input is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .checks import Checked
from .request import Place, Request

__all__ = ["facts_of"]


def facts_of(
    name: str,
    request: Request,
    place: Place,
    checked: Checked,
    *,
    notes: Sequence[str],
    started: str,
    digest: str,
    journal: Mapping[str, Any],
) -> dict[str, Any]:
    """The facts of a run that has not ended. started: as ISO 8601. digest: of the input.

    journal: what tells its journal from others.
    """
    return {
        "run": name,
        "verb": request.verb,
        "module": request.module,
        "file": request.to_json()["file"],
        "automations": request.automations,
        "profile": place.profile,
        "data_center": place.data_center,
        "environment": place.environment,
        "api_domain": place.api_domain,
        "rows": checked.rows,
        "notes": list(notes),
        "started": started,
        "finished": None,
        "request": request.to_json(),
        "place": {each: getattr(place, each) for each in Place.__slots__},
        "checked": {each: getattr(checked, each) for each in Checked.__slots__},
        "input_sha256": digest,
        "journal": dict(journal),
    }
