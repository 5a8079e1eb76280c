"""What the commands of `zcrm auth` do."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typer

from zcrm.auth.places import check_address, check_place
from zcrm.auth.profiles import NEEDED, of_environment
from zcrm.auth.scopes import wanted as scopes_for
from zcrm.auth.stores import FileStore, TokenStore
from zcrm.cli.facts import facts_of, lines_of, whom
from zcrm.cli.login import by_browser, by_client_credentials, by_grant_code
from zcrm.cli.loopback import Loopback
from zcrm.cli.output import answer, failed, paragraphs, write, write_json
from zcrm.cli.profiles import Profile, Profiles, check_name
from zcrm.cli.screen import Screen
from zcrm.cli.target import MissingExtra, start_simulator
from zcrm.errors import AuthError, StoreError, UsageError, ZohoError
from zcrm.runs.exits import Exit
from zcrm.runs.report import exit_of_error, facts_of_error

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
    keyring: bool


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


def status(name: str | None, *, as_json: bool, check: bool) -> Exit:
    """Show one sign-in, or all of them: each profile, good or not, and the environment's credentials.

    check: ask Zoho for a token for each, and of which org and user it is; one that gets none ends in
    `Exit.SIGN_IN`.
    """
    screen = Screen()
    with _told(screen, as_json=as_json) as ending:
        profiles = Profiles()
        if name is not None:
            profiles.find(name)
        names = profiles.names() if name is None else [name]
        in_environment = name is None and all(map(os.environ.get, NEEDED))
        if not names and not in_environment:
            raise AuthError("Nobody is signed in", fix="Run zcrm auth login.")
        facts = [_state(each, partial(profiles.find, each), profiles.store, check=check) for each in names]
        if in_environment:
            folder = os.environ.get("ZCRM_TOKEN_STORE")
            store = FileStore(folder) if folder else profiles.tokens
            load = partial(of_environment, os.environ)
            facts.insert(0, _state("environment", load, lambda _: store, check=check))
        if check and any("error" in each for each in facts):
            ending.exit = Exit.SIGN_IN
        if as_json:
            write_json(answer("profiles", exit_code=ending.exit, profiles=facts))
        else:
            write(paragraphs(map(lines_of, facts)))
    return ending.exit


def _state(
    name: str, load: Callable[[], Profile], store: Callable[[Profile], TokenStore], *, check: bool
) -> dict[str, Any]:
    """What there is to say about a sign-in; where something is wrong with it, that."""
    try:
        profile = load()
        auth = profile.oauth(store(profile))
        if check:
            auth.sign_in(anew=True)
        asked = {"checked": "Zoho gave a token"} | whom(profile, auth) if check else {}
        return facts_of(profile, auth) | asked
    except ZohoError as error:
        said = f"{error.code}: {error.message}" if error.code else error.message
        return {"profile": name, "error": said, "fix": error.fix}


def logout(name: str | None, *, local: bool) -> Exit:
    """Withdraw and forget one profile."""
    screen = Screen()
    with _told(screen) as ending:
        profiles = Profiles()
        profile = profiles.find(name)
        auth = profile.oauth(profiles.store(profile))
        sharing = _sharing(profile, profiles)
        if sharing:
            done = f"forgotten; {', '.join(sharing)} signs in by the same token, which was not withdrawn"
        elif local:
            auth.forget()
            done = "forgotten"
        else:
            auth.revoke()
            done = "withdrawn and forgotten"
        profiles.delete(profile.name)
        screen.say(f"Profile {profile.name}: {done}")
    return ending.exit


def _sharing(profile: Profile, profiles: Profiles) -> list[str]:
    """The names of other profiles that sign in by the same token, such as copies of this one."""
    key = profile.oauth(None).key
    sharing = []
    for name in profiles.names():
        with suppress(StoreError):
            if name != profile.name and profiles.find(name).oauth(None).key == key:
                sharing.append(name)
    return sharing


@contextmanager
def _told(screen: Screen, *, as_json: bool = False) -> Iterator[_Ending]:
    """Turn what is raised into words, an exit code and, as_json, an answer."""
    ending = _Ending()
    try:
        yield ending
    except MissingExtra as error:
        screen.error(str(error))
        ending.exit = Exit.USAGE
        facts = facts_of_error(error)
    except ZohoError as error:
        screen.error(f"{error.code}: {error.message}" if error.code else error.message, error.fix)
        ending.exit = exit_of_error(error)
        facts = facts_of_error(error)
    else:
        return
    if as_json:
        write_json(failed(ending.exit, **facts))


def _profile(wanted: Wanted) -> Profile:
    """The profile as far as it is known before signing in; asks for what is missing."""
    environ = os.environ
    data_center = wanted.data_center or environ.get("ZCRM_DATA_CENTER") or "us"
    environment = wanted.environment or environ.get("ZCRM_ENVIRONMENT") or "production"
    check_name(wanted.profile)
    check_place(data_center, environment)
    for what, variable in (("accounts server", "ZCRM_ACCOUNTS_URL"), ("API domain", "ZCRM_API_DOMAIN")):
        if address := environ.get(variable):
            check_address(what, address)
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
        keyring=wanted.keyring,
    )


def _sign_in(
    wanted: Wanted, profile: Profile, profiles: Profiles, screen: Screen, grant_code: Callable[[], str]
) -> None:
    """Sign in, keep the profile, and withdraw what it replaces; all is there that it takes to keep it."""
    if wanted.keyring and find_spec("keyring") is None:
        raise UsageError('--keyring takes an extra: pip install "zcrm[cli,keyring]"')
    tokens = profiles.store(profile)
    replaced = profiles.load(profile.name)
    if wanted.soid:
        profiles.probe(keyring=profile.keyring)
        done = by_client_credentials(profile, tokens)
    elif wanted.grant_code:
        code = grant_code()
        profiles.probe(keyring=profile.keyring)
        done = by_grant_code(profile, code, tokens)
    else:
        with Loopback(wanted.redirect_uri) as loopback:
            profiles.probe(keyring=profile.keyring)
            done = by_browser(profile, loopback, tokens, screen, opens=wanted.browser)
    auth = done.oauth(tokens)
    try:
        profiles.save(done)
    except StoreError:
        auth.revoke()
        raise
    if replaced is not None:
        _leave(replaced, done, profiles, screen)
    screen.say("Signed in.")
    screen.say_all(lines_of(facts_of(done, auth) | whom(done, auth)))


def _leave(replaced: Profile, done: Profile, profiles: Profiles, screen: Screen) -> None:
    """End the sign-in that another took the place of, unless a profile of another name goes by it."""
    auth = replaced.oauth(profiles.store(replaced))
    try:
        if auth.key == done.oauth(None).key:
            if replaced.keyring != done.keyring:
                auth.forget()
        elif not _sharing(replaced, profiles):
            auth.revoke()
    except ZohoError as error:
        auth.forget()
        screen.say(
            f"The sign-in that this replaces could not be withdrawn: {error.message}. To do it yourself, "
            "remove the application under Connected Apps in your Zoho account, then sign in again."
        )


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
