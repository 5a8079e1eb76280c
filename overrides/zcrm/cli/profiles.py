"""Profiles: sign-ins that were set up once, each with a name, in private files of the config folder."""

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import typer

from zcrm import OAuth
from zcrm.auth import files
from zcrm.auth.places import check_place
from zcrm.auth.saved import Unreadable, opened
from zcrm.auth.stores import FileStore
from zcrm.errors import StoreError, UsageError

__all__ = ["Profile", "Profiles", "check_name"]

_FORMAT = "zcrm profile"
_VERSION = 1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def check_name(name: str) -> None:
    """Raise UsageError unless a profile can be called so."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a profile: letters, digits, - and _")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One sign-in: by a refresh token, or by client credentials with scopes and a soid."""

    name: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ()
    soid: str | None = None
    data_center: str = "us"
    environment: str = "production"
    accounts_url: str | None = None
    api_domain: str | None = None
    signed_in: str = ""

    def __post_init__(self) -> None:
        check_name(self.name)

    def oauth(self, store: FileStore) -> OAuth:
        """The credentials of this profile."""
        data_center, environment = check_place(self.data_center, self.environment)
        return OAuth(
            client_id=self.client_id,
            client_secret=self.client_secret,
            refresh_token=self.refresh_token,
            scopes=() if self.refresh_token else self.scopes,
            soid=None if self.refresh_token else self.soid,
            data_center=data_center,
            environment=environment,
            accounts_url=self.accounts_url,
            store=store,
        )


class Profiles:
    """The profiles of one config folder (0700): `profiles/NAME.json`, and `tokens/` beside them (files 0600).

    By default it is ZCRM_CONFIG_DIR, or else zcrm's folder where the platform keeps such things.
    """

    def __init__(self, folder: Path | None = None, environ: Mapping[str, str] = os.environ) -> None:
        self.folder = folder or Path(environ.get("ZCRM_CONFIG_DIR") or typer.get_app_dir("zcrm"))
        self.tokens = FileStore(self.folder / "tokens")

    def names(self) -> list[str]:
        """The names of all profiles, sorted."""
        return sorted(path.stem for path in (self.folder / "profiles").glob("*.json"))

    def load(self, name: str) -> Profile | None:
        """The profile of this name, if there is one; raises StoreError when its file makes no sense."""
        path = self._path(name)
        text = files.read(path)
        if text is None:
            return None
        try:
            return _profile(opened(text, _FORMAT, _VERSION))
        except (KeyError, TypeError, Unreadable) as error:
            why = error if isinstance(error, Unreadable) else "is damaged"
            raise StoreError(
                f"{path} {why}",
                fix=f"Delete it and sign in again: zcrm auth login --profile {name}",
            ) from None

    def save(self, profile: Profile) -> None:
        """Keep the profile, in the place of one of its name; raises StoreError when that can't be done."""
        path = self._path(profile.name)
        text = orjson.dumps({"format": _FORMAT, "version": _VERSION, **asdict(profile)}).decode()
        try:
            files.replace(path, text)
        except OSError as error:
            raise StoreError(
                f"{path} can't be written: {error.strerror}",
                fix="Make its folder writable, or name another in ZCRM_CONFIG_DIR.",
            ) from error

    def delete(self, name: str) -> None:
        """Forget the profile; raises StoreError when that can't be done."""
        try:
            files.remove(self._path(name))
        except OSError as error:
            raise StoreError(f"{self._path(name)} can't be removed: {error.strerror}") from error

    def _path(self, name: str) -> Path:
        check_name(name)
        return self.folder / "profiles" / f"{name}.json"


def _profile(fields: Mapping[str, Any]) -> Profile:
    """Raises KeyError or TypeError when they are not those of a profile."""
    texts = {name: fields[name] for name in Profile.__slots__ if name != "scopes"}
    if not all(text is None or isinstance(text, str) for text in (*texts.values(), *fields["scopes"])):
        raise TypeError
    return Profile(scopes=tuple(fields["scopes"]), **texts)
