"""Who a command acts as: a profile, or the credentials that the environment holds."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from zcrm import OAuth, ZohoCRM
from zcrm.auth.profiles import NEEDED, Profiles, of_environment
from zcrm.auth.stores import FileStore
from zcrm.errors import UsageError

__all__ = ["SignIn", "choose"]


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
    environ: Mapping[str, str] | None = None,
) -> SignIn:
    """The profile named here or in ZCRM_PROFILE, or the environment's credentials, or the only profile.

    data_center, environment: as given on the command line; they must be those of the profile.
    writes: whether the command changes anything: where there are several profiles, it must name its own.
    Raises UsageError, AuthError when nobody is signed in, StoreError.
    """
    environ = os.environ if environ is None else environ
    profiles = Profiles(environ=environ)
    asked = {"data_center": data_center, "environment": environment}
    if profile or environ.get("ZCRM_PROFILE") or not any(map(environ.get, NEEDED)):
        chosen = profiles.find(profile, writes=writes)
        store = profiles.store(chosen)
        for what, wanted in asked.items():
            found = getattr(chosen, what)
            if wanted not in (None, found):
                what = what.replace("center", "centre").replace("_", " ")
                raise UsageError(f"Profile {chosen.name} is for {what} {found}, not {wanted}")
    else:
        chosen = of_environment(environ)
        chosen = replace(
            chosen,
            data_center=data_center or chosen.data_center,
            environment=environment or chosen.environment,
        )
        folder = environ.get("ZCRM_TOKEN_STORE")
        store = FileStore(folder) if folder else profiles.tokens
    auth = chosen.oauth(store)
    return SignIn(chosen.name, chosen.data_center, chosen.environment, auth, chosen.api_domain)
