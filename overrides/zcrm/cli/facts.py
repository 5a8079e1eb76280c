"""What is known of a sign-in, and how it is put."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from zcrm import OAuth, ZohoCRM
from zcrm.cli.profiles import Profile
from zcrm.errors import ZohoError
from zcrm.wire.calls import Lost, NotSent
from zcrm.wire.http import ask
from zcrm_api.limits import ACCESS_TOKENS_PER_TEN_MINUTES

__all__ = ["facts_of", "lines_of", "whom"]

_ASKED = (
    ("organization", "/org", "org", ("company_name", "zgid")),
    ("user", "/users?type=CurrentUser", "users", ("full_name", "email")),
)


def facts_of(profile: Profile, auth: OAuth) -> dict[str, Any]:
    """What the profile and the store know; nothing of it is secret, and nobody is asked."""
    status = auth.status()
    token = None
    if status.made_at is not None:
        made = datetime.fromtimestamp(status.made_at, UTC)
        token = {
            "made": made.isoformat(timespec="seconds"),
            "age_seconds": round((datetime.now(UTC) - made).total_seconds()),
            "good_for_seconds": round(status.good_for),
        }
    return {
        "profile": profile.name,
        "data_center": profile.data_center,
        "environment": profile.environment,
        "api_domain": profile.api_domain or status.api_domain,
        "client_id": profile.client_id,
        "organization": profile.soid,
        "scopes": list(status.scopes or profile.scopes),
        "signed_in": profile.signed_in,
        "access_token": token,
        "tokens_in_ten_minutes": status.recent_tokens,
        "wait_seconds": round(status.wait),
    }


def whom(profile: Profile, auth: OAuth) -> dict[str, str]:
    """As whom somebody is signed in: organisation and user, each where the scopes allow to ask."""
    found = {}
    with ZohoCRM(auth=auth, api_domain=profile.api_domain) as crm:
        for what, path, key, names in _ASKED:
            with suppress(ZohoError, NotSent, Lost, KeyError, ValueError, TypeError):
                (answered,) = ask(crm._runtime.api, path).body[key]
                texts = [answered[name] for name in names]
                if all(isinstance(text, str) and text for text in texts):
                    found[what] = "{} ({})".format(*texts)
    return found


def lines_of(facts: dict[str, Any]) -> Iterator[str]:
    """The facts for people, a line each."""
    if "error" in facts:
        said = {"profile": facts["profile"], "problem": facts["error"], "fix": facts["fix"]}
    else:
        said = _said(facts)
    return (f"{what:<13} {text}" for what, text in said.items() if text)


def _said(facts: dict[str, Any]) -> dict[str, Any]:
    token = facts["access_token"]
    return {
        "profile": facts["profile"],
        "data centre": facts["data_center"],
        "environment": facts["environment"],
        "API domain": facts["api_domain"],
        "client": facts["client_id"],
        "organisation": facts["organization"],
        "user": facts.get("user"),
        "scopes": " ".join(facts["scopes"]),
        "signed in": facts["signed_in"],
        "access token": token
        and f"{token['age_seconds'] // 60} min old, replaced in {token['good_for_seconds'] // 60} min",
        "tokens": f"{facts['tokens_in_ten_minutes']} of {ACCESS_TOKENS_PER_TEN_MINUTES} in ten minutes",
        "wait": facts["wait_seconds"] and f"{facts['wait_seconds']} s until the next token",
        "checked": facts.get("checked"),
    }
