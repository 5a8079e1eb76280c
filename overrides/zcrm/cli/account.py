"""What the commands of `zcrm auth` do."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typer

from zcrm import OAuth
from zcrm.auth.places import check_place
from zcrm.auth.scopes import wanted as scopes_for
from zcrm.cli.login import by_browser, by_client_credentials, by_grant_code
from zcrm.cli.output import paragraphs, write, write_json
from zcrm.cli.profiles import Profile, Profiles, check_name
from zcrm.cli.screen import Screen
from zcrm.cli.signin import load_profile
from zcrm.cli.target import MissingExtra, start_simulator
from zcrm.errors import AuthError, UsageError, ZohoError
from zcrm.runs.exits import Exit
from zcrm.runs.report import exit_of_error
from zcrm_api.limits import ACCESS_TOKENS_PER_TEN_MINUTES

__all__ = ["Wanted", "login", "logout", "status"]

_EVERYTHING = ("records", "mass-update")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What `zcrm auth login` was asked for."""

    profile: str
    data_center: str | None
    environment: str | None
    client_id: str | None
    tasks: tuple[str, ...]
    grant_code: bool
    soid: str | None
    redirect_uri: str
    browser: bool


@dataclass(slots=True)
class _Ending:
    """How a command ends."""

    exit: Exit = Exit.OK


def login(wanted: Wanted, *, simulated: bool) -> Exit:
    """Sign in and keep the profile; with a simulator, all but the keeping."""
    screen = Screen()
    with _told(screen) as ending:
        if not simulated:
            _sign_in(wanted, _profile(wanted), Profiles(), screen, lambda: _secret("Grant code"))
            return ending.exit
        with start_simulator() as simulator, tempfile.TemporaryDirectory() as folder:
            screen.say("SIMULATOR: an embedded Zoho answers; nothing leaves this machine or is kept on it.")
            profile = Profile(
                name=wanted.profile,
                client_id=simulator.client_id,
                client_secret=simulator.client_secret,
                accounts_url=simulator.accounts_url,
                scopes=scopes_for(wanted.tasks or _EVERYTHING),
                soid=wanted.soid,
            )
            _sign_in(wanted, profile, Profiles(Path(folder)), screen, simulator.issue_code)
    return ending.exit


def status(name: str | None, *, as_json: bool) -> Exit:
    """Show one profile, or all of them."""
    screen = Screen()
    with _told(screen) as ending:
        profiles = Profiles()
        names = profiles.names() if name is None else [name]
        if not names:
            raise AuthError("Nobody is signed in", fix="Run zcrm auth login.")
        found = [load_profile(profiles, each) for each in names]
        facts = [_facts(profile, profile.oauth(profiles.tokens)) for profile in found]
        if as_json:
            write_json(facts)
        else:
            write(paragraphs(map(_lines, facts)))
    return ending.exit


def logout(name: str | None, *, local: bool) -> Exit:
    """Withdraw and forget one profile."""
    screen = Screen()
    with _told(screen) as ending:
        profiles = Profiles()
        profile = load_profile(profiles, name, writes=True)
        auth = profile.oauth(profiles.tokens)
        if local:
            auth.forget()
        else:
            auth.revoke()
        profiles.delete(profile.name)
        screen.say(f"Profile {profile.name}: {'forgotten' if local else 'withdrawn and forgotten'}")
    return ending.exit


@contextmanager
def _told(screen: Screen) -> Iterator[_Ending]:
    """Turn what is raised into words and an exit code."""
    ending = _Ending()
    try:
        yield ending
    except MissingExtra as error:
        screen.error(str(error))
        ending.exit = Exit.USAGE
    except ZohoError as error:
        screen.error(f"{error.code}: {error.message}" if error.code else error.message, error.fix)
        ending.exit = exit_of_error(error)


def _profile(wanted: Wanted) -> Profile:
    """The profile as far as it is known before signing in; asks for what is missing."""
    environ = os.environ
    data_center = wanted.data_center or environ.get("ZCRM_DATA_CENTER") or "us"
    environment = wanted.environment or environ.get("ZCRM_ENVIRONMENT") or "production"
    check_name(wanted.profile)
    check_place(data_center, environment)
    return Profile(
        name=wanted.profile,
        client_id=wanted.client_id or environ.get("ZCRM_CLIENT_ID") or _asked("Client id", hidden=False),
        client_secret=environ.get("ZCRM_CLIENT_SECRET") or _secret("Client secret"),
        data_center=data_center,
        environment=environment,
        accounts_url=environ.get("ZCRM_ACCOUNTS_URL") or None,
        api_domain=environ.get("ZCRM_API_DOMAIN") or None,
        scopes=scopes_for(wanted.tasks or _EVERYTHING),
        soid=wanted.soid,
    )


def _sign_in(
    wanted: Wanted, profile: Profile, profiles: Profiles, screen: Screen, grant_code: Callable[[], str]
) -> None:
    if wanted.soid:
        done = by_client_credentials(profile, profiles.tokens)
    elif wanted.grant_code:
        done = by_grant_code(profile, grant_code(), profiles.tokens)
    else:
        done = by_browser(profile, wanted.redirect_uri, profiles.tokens, screen, opens=wanted.browser)
    profiles.save(done)
    screen.say("Signed in.")
    screen.say_all(_lines(_facts(done, done.oauth(profiles.tokens))))


def _secret(what: str) -> str:
    return _asked(what, hidden=True)


def _asked(what: str, *, hidden: bool) -> str:
    """What a person types, or the next line of standard input; raises UsageError when there is none."""
    if sys.stdin.isatty():
        said = str(typer.prompt(what, hide_input=hidden, err=True))
    else:
        said = sys.stdin.readline()
    if not said.strip():
        raise UsageError(f"{what} is missing: type it when asked, or put it into a line of standard input")
    return said.strip()


def _facts(profile: Profile, auth: OAuth) -> dict[str, Any]:
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


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    token = facts["access_token"]
    said = {
        "profile": facts["profile"],
        "data centre": facts["data_center"],
        "environment": facts["environment"],
        "API domain": facts["api_domain"],
        "client": facts["client_id"],
        "organisation": facts["organization"],
        "scopes": " ".join(facts["scopes"]),
        "signed in": facts["signed_in"],
        "access token": token
        and f"{token['age_seconds'] // 60} min old, replaced in {token['good_for_seconds'] // 60} min",
        "tokens": f"{facts['tokens_in_ten_minutes']} of {ACCESS_TOKENS_PER_TEN_MINUTES} in ten minutes",
        "wait": facts["wait_seconds"] and f"{facts['wait_seconds']} s until the next token",
    }
    return (f"{what:<13} {text}" for what, text in said.items() if text)
