"""What an org's fields are, kept as a file: names, types and what an update may be told of beforehand."""

from __future__ import annotations

from .document import Fields, ModuleFields
from .field import Field, Option

__all__ = ["Field", "Fields", "ModuleFields", "Option"]
