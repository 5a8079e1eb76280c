"""The fields of an org's modules, as files that are made to be committed: one for each module."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

import orjson

from ..atomic import atomic
from ..errors import UsageError
from .checks import Checks
from .field import Field
from .names import Names, NoName
from .table import NOT_MASS_UPDATABLE
from .values import is_mass_updatable

FOLDER = Path("zcrm-fields")
"""Where documents are looked for by themselves."""
FORMAT = "zcrm fields"
VERSION = 1

_MODULE = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_PERHAPS = ("org", "environment", "time_zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleFields(Mapping[str, Field]):
    """The fields of one module by API name, in the order of their names.

    module: API name. org: the org's id (`zgid`); environment: production, sandbox, developer or simulator;
    time_zone: the org's, as "Europe/Berlin"; None where it is not known. pulled_at: when Zoho was asked.
    """

    module: str
    org: str | None = None
    environment: str | None = None
    time_zone: str | None = None
    pulled_at: str = ""
    fields: Mapping[str, Field] = field(default_factory=dict, repr=False)
    _checks: dict[bool, Checks] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_json, (self.to_json(),)

    def __getitem__(self, api_name: str) -> Field:
        return self.fields[api_name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    @classmethod
    def from_api(
        cls,
        module: str,
        raw_fields: Iterable[Mapping[str, Any]],
        *,
        org: str | None = None,
        environment: str | None = None,
        time_zone: str | None = None,
        at: datetime | None = None,
    ) -> Self:
        """From the items of `fields` as Zoho answers them; at: an aware time, now by default.

        Raises UsageError for a module that can be none, ValueError for an item that is no field.
        """
        if not _MODULE.fullmatch(module):
            raise UsageError(f"{module!r} is no API name of a module")
        try:
            found = [Field.from_api(raw) for raw in raw_fields]
        except (KeyError, AttributeError, TypeError) as error:
            raise ValueError(f"an item of the fields of {module} is no field: {error}") from error
        return cls(
            module=module,
            org=org,
            environment=environment,
            time_zone=time_zone,
            pulled_at=(at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds"),
            fields=_sorted(found),
        )

    @classmethod
    def from_json(cls, kept: Any) -> Self:
        """From what a document holds; raises ValueError for what is none."""
        if not isinstance(kept, dict) or kept.get("format") != FORMAT:
            raise ValueError("is no document of fields")
        if kept.get("version") != VERSION:
            raise ValueError(f"is of version {kept.get('version')!r}, which this zcrm does not know")
        listed = kept.get("fields")
        texts = [kept.get("module"), kept.get("pulled_at"), *(kept.get(key) or "" for key in _PERHAPS)]
        if not isinstance(listed, list) or not all(isinstance(text, str) for text in texts):
            raise ValueError("is no document of fields: a key is missing, or of another type")
        if not _MODULE.fullmatch(kept["module"]):
            raise ValueError(f"is for {kept['module']!r}, which is no API name of a module")
        zone = kept.get("time_zone")
        if zone is not None:
            ZoneInfo(zone)
        return cls(
            module=kept["module"],
            **{key: kept.get(key) for key in _PERHAPS},
            pulled_at=kept["pulled_at"],
            fields=_sorted(map(Field.from_json, listed)),
        )

    def to_json(self) -> dict[str, Any]:
        """As a document holds it."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "module": self.module,
            **{key: getattr(self, key) for key in _PERHAPS},
            "pulled_at": self.pulled_at,
            "fields": [each.to_json() for each in self.fields.values()],
        }

    def to_bytes(self) -> bytes:
        """The document: the same fields give the same bytes."""
        return orjson.dumps(self.to_json(), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)

    def find(self, name: str) -> Field:
        """The field that a name stands for: its API name, its label, or its first label, in this order.

        Raises UsageError for a name that stands for none, with the nearest, or for several.
        """
        try:
            return Names(self.module, self.values()).find(name)
        except NoName as error:
            fix = f"{error.fix[0].upper()}{error.fix[1:]}"
            raise UsageError(error.problem, fix=fix) from None

    @property
    def note(self) -> str:
        """What they are, in a few words."""
        return f"fields of {self.module} as of {self.pulled_at[:10] or 'an unknown day'}"

    def checks(self, *, unknown: bool = False) -> Checks:
        """The checks of the module's rows, made once; unknown: let names through that no field has."""
        if unknown not in self._checks:
            self._checks[unknown] = Checks(self.module, self.fields, unknown=unknown)
        return self._checks[unknown]

    def refusing(self, module: str, *, unknown: bool = False) -> Callable[[Mapping[str, Any]], None]:
        """What raises BadValue for a row of the module that Zoho surely refuses.

        Raises UsageError for another module than this one's.
        """
        return self._of(module).checks(unknown=unknown).refuse

    def check_mass_update(self, module: str, names: Iterable[str]) -> None:
        """Raise UsageError for fields of the module that a mass update can't set, all of them at once."""
        fields = self._of(module)
        found = [fields._no_mass_update(name) for name in names]
        if said := "; ".join(filter(None, found)):
            raise UsageError(
                f"Fields that no mass update can set: {said}",
                code=NOT_MASS_UPDATABLE.code,
                fix="Write them with records.update.",
            )

    def _of(self, module: str) -> ModuleFields:
        if module != self.module:
            raise UsageError(f"These are the fields of {self.module}, not of {module}")
        return self

    def _no_mass_update(self, name: str) -> str | None:
        field = self.get(name)
        if field is None:
            return f"{name}: {self.module} has no such field"
        if is_mass_updatable(field):
            return None
        return f"{name} ({field.data_type})"

    def check_place(self, module: str, environment: str | None, org: str | None = None) -> None:
        """Raise UsageError where this is the metadata of another org or environment.

        What is None is not known and not compared. module: must be this one.
        """
        self._of(module)
        for what, own, other in (("environment", self.environment, environment), ("org", self.org, org)):
            if None not in (own, other) and own != other:
                raise UsageError(
                    f"The fields of {self.module} are those of {what} {own}, not of {what} {other}",
                    fix=f"Pull them there: zcrm fields pull {self.module}",
                )


class Fields(Mapping[str, ModuleFields]):
    """The fields of several modules, by the modules' API names: `fields["Deals"]["Stage"].length`."""

    def __init__(self, modules: Iterable[ModuleFields] = ()) -> None:
        self._modules = {each.module: each for each in sorted(modules, key=lambda each: each.module)}

    def __getitem__(self, module: str) -> ModuleFields:
        return self._modules[module]

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def of(self, module: str) -> ModuleFields:
        """The fields of a module; raises UsageError where there are none."""
        if module not in self._modules:
            held = f"there are those of {', '.join(self)}" if self else "there are none"
            raise UsageError(
                f"There are no fields of {module}: {held}", fix=f"Pull them: zcrm fields pull {module}"
            )
        return self._modules[module]

    def refusing(self, module: str, *, unknown: bool = False) -> Callable[[Mapping[str, Any]], None]:
        """`ModuleFields.refusing` of that module; raises UsageError where there are no fields of it."""
        return self.of(module).refusing(module, unknown=unknown)

    def check_mass_update(self, module: str, names: Iterable[str]) -> None:
        """`ModuleFields.check_mass_update` of that module; raises UsageError without fields of it, too."""
        self.of(module).check_mass_update(module, names)

    def check_place(self, module: str, environment: str | None, org: str | None = None) -> None:
        """`ModuleFields.check_place` of that module."""
        self.of(module).check_place(module, environment, org)

    def __or__(self, other: Fields) -> Fields:
        """Both, the other's where both have a module."""
        return Fields((self._modules | other._modules).values())

    def __repr__(self) -> str:
        return f"<Fields of {', '.join(self) or 'no module'}>"

    @classmethod
    def from_api(cls, module: str, raw_fields: Iterable[Mapping[str, Any]], **known: Any) -> Self:
        """The fields of one module; arguments and errors as of `ModuleFields.from_api`."""
        return cls([ModuleFields.from_api(module, raw_fields, **known)])

    @classmethod
    def load_readable(cls, folder: str | Path = FOLDER) -> Self:
        """The documents in a folder but for those that can't be read: what is pulled takes their place."""
        found = []
        for file in sorted(Path(folder).glob("*.json")):
            with suppress(UsageError):
                found.append(_read(file))
        return cls(found)

    @classmethod
    def load(cls, path: str | Path = FOLDER) -> Self:
        """Read the document of a module, or the folder that holds several.

        Raises UsageError for what can't be read, is no such document, or has a module twice.
        """
        path = Path(path)
        files = sorted(path.glob("*.json")) if path.is_dir() else [path]
        if not files:
            raise UsageError(f"{path} holds no fields", fix="Pull them: zcrm fields pull MODULE")
        found = [_read(file) for file in files]
        if len({each.module for each in found}) < len(found):
            raise UsageError(f"Several files in {path} are for the same module", fix="Remove all but one.")
        return cls(found)

    def save(self, folder: str | Path = FOLDER) -> list[Path]:
        """Write each module's document as `<module>.json`, whole or not at all; returns their paths.

        Raises OSError.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for module, each in self.items():
            target = folder / f"{module}.json"
            with atomic(target) as new:
                new.write_bytes(each.to_bytes())
            target.chmod(0o644)
            written.append(target)
        return written


def _read(path: Path) -> ModuleFields:
    try:
        return ModuleFields.from_json(orjson.loads(path.read_bytes()))
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise UsageError(
            f"{path} is no JSON", fix="Pull the fields again: zcrm fields pull MODULE"
        ) from error
    except (ValueError, KeyError) as error:
        said = str(error) if str(error).startswith("is ") else f"is no document of fields: {error}"
        raise UsageError(f"{path} {said}", fix="Pull the fields again: zcrm fields pull MODULE") from error


def _sorted(found: Iterable[Field]) -> dict[str, Field]:
    """The fields by their names; raises ValueError for one that is there twice."""
    fields: dict[str, Field] = {}
    for each in sorted(found, key=lambda each: each.api_name):
        if each.api_name in fields:
            raise ValueError(f"{each.api_name} is there twice")
        fields[each.api_name] = each
    return fields
