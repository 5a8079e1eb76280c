"""Who a command acts as: a profile, or the credentials that the environment holds."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zcrm import OAuth, ZohoCRM
from zcrm.auth.places import check_place
from zcrm.auth.stores import FileStore
from zcrm.cli.profiles import Profile, Profiles
from zcrm.errors import AuthError, UsageError

__all__ = ["SignIn", "choose", "load_profile"]

ENVIRONMENT = "environment"
_NEEDED = ("ZCRM_CLIENT_ID", "ZCRM_CLIENT_SECRET", "ZCRM_REFRESH_TOKEN")


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who acts, and where; `profile` is "environment" where the environment's variables say so."""

    profile: str
    data_center: str
    environment: str
    auth: OAuth
    api_domain: str | None

    def client(self, **options: Any) -> ZohoCRM:
        """A client for it; options: further arguments of `ZohoCRM`."""
        return ZohoCRM(auth=self.auth, api_domain=self.api_domain, **options)


def choose(
    profile: str | None = None,
    data_center: str | None = None,
    environment: str | None = None,
    *,
    writes: bool,
    environ: Mapping[str, str] = os.environ,
) -> SignIn:
    """The profile named, or else the environment's credentials, or else the only profile there is.

    data_center, environment: as given on the command line; they must be those of the profile.
    writes: whether the command changes anything: where there are several profiles, it must name its own.
    Raises UsageError, AuthError when nobody is signed in, StoreError.
    """
    profiles = Profiles(environ=environ)
    if profile is None and any(environ.get(variable) for variable in _NEEDED):
        return _of_environment(profiles, data_center, environment, environ)
    chosen = load_profile(profiles, profile, writes=writes)
    for what, asked, found in (
        ("data centre", data_center, chosen.data_center),
        ("environment", environment, chosen.environment),
    ):
        if asked not in (None, found):
            raise UsageError(f"Profile {chosen.name} is for {what} {found}, not {asked}")
    return SignIn(
        chosen.name,
        chosen.data_center,
        chosen.environment,
        chosen.oauth(profiles.tokens),
        chosen.api_domain,
    )


def load_profile(profiles: Profiles, name: str | None, *, writes: bool = False) -> Profile:
    """The profile of this name, or the only one; raises as `choose` does."""
    names = profiles.names()
    if name is None and len(names) > 1:
        if writes or "default" not in names:
            raise UsageError(f"There are several profiles ({', '.join(names)}): say which, with --profile")
        name = "default"
    if name is None and not names:
        raise AuthError(
            "Nobody is signed in", fix=f"Run zcrm auth login, or set {', '.join(_NEEDED)} in the environment."
        )
    name = name or names[0]
    found = profiles.load(name)
    if found is None:
        there_are = f"there are {', '.join(names)}" if names else "there is none yet"
        raise UsageError(
            f"There is no profile {name!r}; {there_are}", fix=f"zcrm auth login --profile {name}"
        )
    return found


def _of_environment(
    profiles: Profiles, data_center: str | None, environment: str | None, environ: Mapping[str, str]
) -> SignIn:
    missing = [variable for variable in _NEEDED if not environ.get(variable)]
    if missing:
        raise UsageError(f"Missing in the environment: {', '.join(missing)}")
    place = check_place(
        data_center or environ.get("ZCRM_DATA_CENTER") or "us",
        environment or environ.get("ZCRM_ENVIRONMENT") or "production",
    )
    folder = environ.get("ZCRM_TOKEN_STORE")
    client_id, client_secret, refresh_token = (environ[variable] for variable in _NEEDED)
    auth = OAuth(
        client_id=client_id,
        client_secret=client_secret,
        refresh_token=refresh_token,
        data_center=place[0],
        environment=place[1],
        accounts_url=environ.get("ZCRM_ACCOUNTS_URL") or None,
        store=FileStore(folder) if folder else profiles.tokens,
    )
    return SignIn(ENVIRONMENT, *place, auth, environ.get("ZCRM_API_DOMAIN") or None)
