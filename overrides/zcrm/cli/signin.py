"""Who a command acts as: a profile, or the credentials that the environment holds."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from zcrm import OAuth, ZohoCRM
from zcrm.auth.profiles import NEEDED, Profiles, of_environment
from zcrm.auth.stores import FileStore
from zcrm.engine.gate import Gate
from zcrm.errors import UsageError

__all__ = ["SignIn", "choose"]


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who acts, and where; `profile` is "environment" where the environment's variables say so.

    gate: what bounds its calls, where they share their budget.
    """

    profile: str
    data_center: str
    environment: str
    auth: OAuth
    api_domain: str | None
    gate: Gate | None = None

    def client(self, **options: Any) -> ZohoCRM:
        """A client for it; options: further arguments of `ZohoCRM`."""
        if self.gate is not None:
            options["concurrency"] = self.gate
        return ZohoCRM(auth=self.auth, api_domain=self.api_domain, **options)


def choose(
    profile: str | None = None,
    data_center: str | None = None,
    environment: str | None = None,
    *,
    writes: bool,
    share: bool = False,
    concurrency: int | None = None,
    environ: Mapping[str, str] | None = None,
) -> SignIn:
    """The profile named here or in ZCRM_PROFILE, or the environment's credentials, or the only profile.

    data_center, environment: as given on the command line; they must be those of the profile.
    writes: whether the command changes anything: where there are several profiles, it must name its own.
    share: whether its calls share their budget with all who sign in alike; concurrency: how many of theirs
    are in flight at the most.
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
    gate: Gate | None = None
    if share:
        from zcrm.cli.sharing import gate_of, store_of

        auth = chosen.oauth(store_of(environ) or store)
        gate = gate_of(auth, profiles.folder, environ, concurrency)
    else:
        auth = chosen.oauth(store)
    return SignIn(chosen.name, chosen.data_center, chosen.environment, auth, chosen.api_domain, gate)
