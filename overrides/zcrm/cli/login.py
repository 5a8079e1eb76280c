"""The three ways to sign in; each gives the profile back with what it takes from then on."""

import secrets
import sys
import webbrowser
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from threading import Thread
from urllib.parse import urlencode

from zcrm import OAuth
from zcrm.auth.grants import Accounts
from zcrm.auth.places import check_place
from zcrm.auth.stores import TokenStore
from zcrm.cli.loopback import Loopback
from zcrm.cli.profiles import Profile
from zcrm.cli.screen import Screen
from zcrm.errors import AuthError
from zcrm_api.servers import ACCOUNTS_SERVERS

__all__ = ["by_browser", "by_client_credentials", "by_grant_code"]

_PATIENCE = 300.0


def by_grant_code(
    profile: Profile, code: str, tokens: TokenStore, redirect_uri: str | None = None
) -> Profile:
    """Exchange a code: of a self client, or one that was sent to `redirect_uri`."""
    data_center, environment = check_place(profile.data_center, profile.environment)
    auth = OAuth.from_grant_code(
        code,
        client_id=profile.client_id,
        client_secret=profile.client_secret,
        redirect_uri=redirect_uri,
        data_center=data_center,
        environment=environment,
        accounts_url=profile.accounts_url,
        store=tokens,
    )
    return _done(replace(profile, refresh_token=auth.refresh_token), auth)


def by_client_credentials(profile: Profile, tokens: TokenStore) -> Profile:
    """Sign in as the client itself, for the organisation that its soid names."""
    auth = profile.oauth(tokens)
    auth.sign_in()
    return _done(profile, auth)


def by_browser(
    profile: Profile, loopback: Loopback, tokens: TokenStore, screen: Screen, *, opens: bool
) -> Profile:
    """Have a person consent in the browser, and exchange the code that it brings back to `loopback`.

    opens: open the browser; otherwise the address is printed, and the one it leads to may be pasted here.
    """
    state = secrets.token_urlsafe(32)
    address = _consent_address(profile, loopback.redirect_uri, state)
    screen.say("Consent in the browser; if none opens, go to this address on this machine:")
    screen.say(address)
    if opens:
        Thread(target=webbrowser.open, args=[address], daemon=True).start()
    else:
        screen.say("Or go there on another machine, and paste the address here that the browser ends up at.")
    found = loopback.wait(state, _PATIENCE, None if opens else sys.stdin.readline)
    if "code" not in found:
        raise AuthError(
            "Nobody consented",
            code=found.get("error"),
            fix="Start again, and accept in the browser.",
        )
    return by_grant_code(_at_home(profile, found), found["code"], tokens, loopback.redirect_uri)


def _consent_address(profile: Profile, redirect_uri: str, state: str) -> str:
    server = Accounts.of(profile.data_center, profile.accounts_url).url
    parameters = {
        "response_type": "code",
        "client_id": profile.client_id,
        "scope": ",".join(profile.scopes),
        "redirect_uri": redirect_uri,
        "access_type": "offline",
        "prompt": "consent",
        "state": state,
    }
    return f"{server}/oauth/v2/auth?{urlencode(parameters)}"


def _at_home(profile: Profile, found: Mapping[str, str]) -> Profile:
    """The profile in the data centre that the consent page sends the code to: never to a server unknown."""
    server = found.get("accounts-server", "").rstrip("/")
    if not server or server == Accounts.of(profile.data_center, profile.accounts_url).url:
        return profile
    if profile.accounts_url is None:
        for data_center, known in ACCOUNTS_SERVERS.items():
            if server == known:
                return replace(profile, data_center=data_center)
    raise AuthError(
        f"The browser came back from {server}, which is not an accounts server that zcrm knows",
        fix="Start again, and see that it is Zoho's own page on which you consent.",
    )


def _done(profile: Profile, auth: OAuth) -> Profile:
    granted = auth.status().scopes
    return replace(
        profile,
        scopes=granted or profile.scopes,
        signed_in=datetime.now(UTC).isoformat(timespec="seconds"),
    )
