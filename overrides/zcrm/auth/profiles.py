"""Profiles: sign-ins that were set up once, each with a name, in private files of the config folder."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import AuthError, StoreError, UsageError
from . import files
from .keyrings import KeyringStore
from .oauth import OAuth
from .places import check_address, check_place
from .saved import Newer, Unreadable, opened
from .stores import FileStore, TokenStore

FORMAT = "zcrm profile"
VERSION = 1
NEEDED = ("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN")
_NO_TEXTS = ("name", "scopes", "keyring")
_PERHAPS = ("refresh_token", "soid", "accounts_url", "api_domain")
_NAME = re.compile(r"(?!(con|prn|aux|nul|com\d|lpt\d)$)[a-z0-9][a-z0-9_-]{0,63}", re.IGNORECASE)


def check_name(name: str) -> None:
    """Raise UsageError unless a profile can be called so, on any system."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for a profile: letters, digits, - and _, no name of a device")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One sign-in: by a refresh token, or by client credentials with scopes and a soid.

    keyring: whether its secrets and tokens are in the system's keyring instead of files.
    """

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
    keyring: bool = False

    def oauth(self, store: TokenStore | None) -> OAuth:
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


def of_environment(environ: Mapping[str, str]) -> Profile:
    """The sign-in that the environment's variables hold; raises UsageError naming those that are missing."""
    missing = [name for name in NEEDED if not environ.get(name)]
    if missing:
        names = Profiles(environ=environ).names()
        raise UsageError(
            f"Missing in the environment: {', '.join(missing)}",
            fix=f"There are profiles too, for from_profile: {', '.join(names)}." if names else "",
        )
    client_id, client_secret, refresh_token = (environ[name] for name in NEEDED)
    return Profile(
        name="environment",
        client_id=client_id,
        client_secret=client_secret,
        refresh_token=refresh_token,
        data_center=environ.get("ZCRM_DATA_CENTER") or "us",
        environment=environ.get("ZCRM_ENVIRONMENT") or "production",
        accounts_url=environ.get("ZCRM_ACCOUNTS_URL") or None,
        api_domain=environ.get("ZCRM_API_DOMAIN") or None,
    )


class Profiles:
    """The profiles of one config folder (0700): `profiles/NAME.json`, and `tokens/` beside them (files 0600).

    By default it is ZCRM_CONFIG_DIR, or else zcrm's folder where the platform keeps such things. A profile is
    called as its file is; two names that differ in case alone are one.
    """

    def __init__(self, folder: Path | None = None, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self.folder = folder or _config_folder(self._environ)
        self.tokens = FileStore(self.folder / "tokens")
        self.keyring = KeyringStore(self.tokens)

    def names(self) -> list[str]:
        """The names of all profiles, sorted."""
        found = (self.folder / "profiles").glob("*.json")
        return sorted(path.stem for path in found if _NAME.fullmatch(path.stem) and path.is_file())

    def path(self, name: str) -> Path:
        """The file of a profile, there or not; raises UsageError when none can be called so."""
        check_name(name)
        alike = [each for each in self.names() if each.casefold() == name.casefold()]
        name = name if name in alike else next(iter(alike), name)
        return self.folder / "profiles" / f"{name}.json"

    def load(self, name: str) -> Profile | None:
        """The profile of this name, if there is one; raises StoreError when its file makes no sense."""
        path = self.path(name)
        text = files.read(path)
        if text is None:
            return None
        try:
            fields = opened(text, FORMAT, VERSION)
            if fields.get("keyring") is True:
                fields = {**fields, **opened(self.keyring.load(str(path)), FORMAT, VERSION)}
            return _profile(path.stem, fields)
        except (KeyError, TypeError, UsageError, Unreadable) as error:
            why = error if isinstance(error, Unreadable) else "is damaged"
            again = f"Delete it and sign in again: zcrm auth login --profile {path.stem}"
            fix = "Read it with that one, or a newer." if isinstance(error, Newer) else again
            raise StoreError(f"{path} {why}", fix=fix) from None

    def store(self, profile: Profile) -> TokenStore:
        """Where the profile's tokens are kept."""
        return self.keyring if profile.keyring else self.tokens

    def find(self, name: str | None = None, *, writes: bool = True) -> Profile:
        """The profile of this name, or the one that ZCRM_PROFILE names, or the only one.

        writes: whether it must be named where there are several; `default` will do otherwise.
        Raises UsageError, AuthError when there is none, and StoreError.
        """
        names = self.names()
        name = name or self._environ.get("ZCRM_PROFILE") or (names[0] if len(names) == 1 else None)
        if name is None and not names:
            raise AuthError(
                "Nobody is signed in",
                fix=f"Run zcrm auth login, or set {', '.join(NEEDED)} in the environment.",
            )
        if name is None and (writes or "default" not in names):
            raise UsageError(
                f"There are several profiles ({', '.join(names)}): say which, with --profile or ZCRM_PROFILE"
            )
        found = self.load(name or "default")
        if found is None:
            there_are = f"there are {', '.join(names)}" if names else "there is none yet"
            raise UsageError(
                f"There is no profile {name!r}; {there_are}", fix=f"zcrm auth login --profile {name}"
            )
        return found


def _config_folder(environ: Mapping[str, str]) -> Path:
    if given := environ.get("ZCRM_CONFIG_DIR"):
        return files.expanded(given)
    if sys.platform == "win32":
        base = environ.get("APPDATA") or "~"
    elif sys.platform == "darwin":
        base = "~/Library/Application Support"
    else:
        base = environ.get("XDG_CONFIG_HOME") or "~/.config"
    return files.expanded(base) / "zcrm"


def _profile(name: str, fields: Mapping[str, Any]) -> Profile:
    """Raises KeyError, TypeError or UsageError when they are not those of a profile."""
    texts = {key: fields[key] for key in Profile.__slots__ if key not in _NO_TEXTS}
    must_be = (text for key, text in texts.items() if text is not None or key not in _PERHAPS)
    scopes = fields["scopes"]
    if not isinstance(scopes, list) or not all(isinstance(text, str) for text in (*must_be, *scopes)):
        raise TypeError
    keyring = fields.get("keyring", False) is True
    found = Profile(name=name, scopes=tuple(scopes), keyring=keyring, **texts)
    found.oauth(None)
    if found.api_domain is not None:
        check_address("API domain", found.api_domain)
    return found
