"""The metadata of a run's module: those it was begun with, kept in its folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..atomic import atomic
from ..fields import Fields, ModuleFields
from ..fields.document import FOLDER
from ..files.known import Known
from ..files.reading import Reading
from .folder import RunFolder
from .request import Place, Request

__all__ = [
    "NO_FIELDS",
    "check_place",
    "found_fields",
    "keep_metadata",
    "named_fields",
    "reading_of",
    "with_kept_metadata",
    "with_metadata",
]

NO_FIELDS = "none"
_KEPT = "fields.json"


def found_fields(module: str) -> str | None:
    """The folder of metadata in the working directory, where it has those of the module."""
    return str(FOLDER) if (FOLDER / f"{module}.json").is_file() else None


def named_fields(named: str | None, module: str) -> ModuleFields | None:
    """The metadata of a module in a file or folder; None where none is meant.

    Of a folder the module's own file is read, whatever the others hold. Raises UsageError where it can't be.
    """
    if named in (None, NO_FIELDS):
        return None
    path = Path(str(named))
    own = path / f"{module}.json"
    return Fields.load(own if own.is_file() else path).of(module)


def with_metadata(request: Request) -> Request:
    """The request with the metadata it names, if it does; raises UsageError as `named_fields` does."""
    found = named_fields(request.fields, request.module)
    return request if found is None else replace(request, metadata=found)


def keep_metadata(request: Request, folder: RunFolder) -> None:
    """Copy the metadata into the run's folder, for when it is resumed. Raises OSError."""
    if request.metadata is not None:
        with atomic(folder.path / _KEPT) as path:
            path.write_bytes(request.metadata.to_bytes())


def with_kept_metadata(request: Request, folder: RunFolder) -> Request:
    """The request with the metadata that its run was begun with; raises UsageError as `with_metadata`."""
    kept = folder.path / _KEPT
    if not kept.exists():
        return request
    return replace(request, metadata=Fields.load(kept).of(request.module))


def check_place(request: Request, place: Place) -> None:
    """Raise UsageError where the request goes to another environment than its metadata are of.

    A simulator stands for any.
    """
    if request.metadata is not None and place.environment not in ("none", "simulator"):
        request.metadata.check_place(request.module, place.environment)


def reading_of(request: Request) -> Reading:
    """How the request's file is read, with what the metadata say of its columns."""
    if request.metadata is None:
        return request.reading
    known = Known(request.metadata, unknown=request.unknown_fields == "send")
    return replace(request.reading, known=known)
