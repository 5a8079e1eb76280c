"""Access tokens: who may call, for what, and for how long; and the accounts server's two endpoints."""

import hashlib
import secrets
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from zcrm.simulator.answers.envelopes import Answer
from zcrm.simulator.answers.requests import Request
from zcrm.simulator.org.clock import Clock
from zcrm.simulator.org.org import User
from zcrm.simulator.site.choices import Choices

ALL_SCOPES = (
    "ZohoCRM.modules.ALL",
    "ZohoCRM.mass_update.UPDATE",
    "ZohoCRM.mass_update.READ",
    "ZohoCRM.settings.fields.READ",
    "ZohoCRM.org.READ",
)

TOKEN_SECONDS = 3600
ACTIVE_TOKENS = 15
USES_PER_WINDOW = 10
WINDOW = timedelta(minutes=10)
GRANT_CODE_LIFE = timedelta(minutes=3)

_MAX_FORM = 65_536

_THROTTLED = {
    "error_description": "You have made too many requests continuously. Please try again after some time.",
    "error": "Access Denied",
    "status": "failure",
}


@dataclass(slots=True)
class Token:
    """One access token. `scopes` are lower case."""

    text: str
    user: User
    scopes: frozenset[str]
    expires: datetime
    scope: str


@dataclass(slots=True)
class Grant:
    """A refresh token and the access tokens it gave: the active ones, and when the latest were made."""

    refresh_token: str
    user: User
    scope: str
    active: deque[str] = field(default_factory=deque)
    made: deque[datetime] = field(default_factory=deque)


class Accounts:
    """The accounts server of one org."""

    def __init__(
        self, clock: Clock, choices: Choices, seed: int | None, owner: User, organization: str
    ) -> None:
        self._clock = clock
        self._choices = choices
        self._seed = seed
        self._secrets = 0
        self._known: set[str] = set()
        self._owner = owner
        self.api_domain = ""
        self.client_id = "1000." + self._secret("client").upper()[:30]
        self.client_secret = self._secret("secret")
        self.redirect_uri = "http://127.0.0.1/callback"
        self.organization = organization
        self.tokens: dict[str, Token] = {}
        self.grants: dict[str, Grant] = {}
        self._codes: dict[str, tuple[Grant, datetime, str | None]] = {}
        self._exchanges: deque[datetime] = deque()

    def _secret(self, kind: str) -> str:
        if self._seed is None:
            secret = secrets.token_hex(16)
        else:
            self._secrets += 1
            drawn = f"{self._seed}/{kind}/{self._secrets}".encode()
            secret = hashlib.blake2b(drawn, digest_size=16).hexdigest()
        self._known.add(secret)
        return secret

    def gave(self, text: str) -> bool:
        """Whether this is the client, or a token or code of any age, that comes from here."""
        return text == self.client_id or text.removeprefix("1000.") in self._known

    def new_grant(self, scopes: tuple[str, ...] = ALL_SCOPES, user: User | None = None) -> Grant:
        """A refresh token for these scopes."""
        grant = Grant(f"1000.{self._secret('refresh')}", user or self._owner, " ".join(scopes))
        self.grants[grant.refresh_token] = grant
        return grant

    def new_code(self, grant: Grant, sent_to: str | None = None) -> str:
        """A grant code, good for one exchange within three minutes; by whoever knows where it was sent to."""
        code = f"1000.{self._secret('code')}"
        self._codes[code] = (grant, self._clock.now() + GRANT_CODE_LIFE, sent_to)
        return code

    def issue(self, scope: str, user: User | None = None) -> Token:
        """A new access token for these scopes, good for an hour."""
        token = Token(
            text=f"1000.{self._secret('access')}",
            user=user or self._owner,
            scopes=frozenset(scope.lower().replace(",", " ").split()),
            expires=self._clock.now() + timedelta(seconds=TOKEN_SECONDS),
            scope=scope,
        )
        self.tokens[token.text] = token
        return token

    def find(self, text: str) -> Token | None:
        """The token, unless it is unknown, revoked or expired."""
        token = self.tokens.get(text)
        return token if token is not None and self._clock.now() < token.expires else None

    def expire_all(self) -> None:
        for token in self.tokens.values():
            token.expires = self._clock.now()

    def create_token(self, request: Request) -> Answer:
        """`POST /oauth/v2/token`. Most errors come with status 200, as on the real accounts server."""
        form = _form(request)
        if form.get("client_id") != self.client_id:
            return _failed("invalid_client")
        if form.get("client_secret") != self.client_secret:
            return _failed("invalid_client_secret")
        match form.get("grant_type"):
            case "refresh_token":
                return self._refresh(form)
            case "authorization_code":
                return self._exchange(form)
            case "client_credentials":
                return self._credentials(form)
        return _failed("general_error")

    def _refresh(self, form: dict[str, str]) -> Answer:
        grant = self.grants.get(form.get("refresh_token", ""))
        if grant is None:
            return _failed("invalid_code")
        return self._given(grant)

    def _exchange(self, form: dict[str, str]) -> Answer:
        grant, expires, sent_to = self._codes.pop(form.get("code", ""), (None, None, None))
        if grant is None or expires is None or self._clock.now() >= expires:
            return _failed("invalid_code")
        registered = sent_to or self.redirect_uri
        if form.get("redirect_uri", "" if sent_to else registered) != registered:
            return _failed("invalid_redirect_uri")
        if not _take(self._exchanges, self._clock.now()):
            return _failed("access_denied")
        return self._given(grant, refresh_token=grant.refresh_token)

    def _credentials(self, form: dict[str, str]) -> Answer:
        service, _, organization = form.get("soid", "").partition(".")
        if not service:
            return _failed("missing_org_info")
        if service != "ZohoCRM" or not organization:
            return _failed("invalid_soid")
        if organization != self.organization:
            return _failed("invalid_org")
        if not form.get("scope"):
            return _failed("invalid_scope")
        return self._answer(self.issue(form["scope"].replace(",", " ")))

    def _given(self, grant: Grant, **more: str) -> Answer:
        if not _take(grant.made, self._clock.now()):
            return throttled(self._choices)
        token = self.issue(grant.scope, grant.user)
        grant.active = deque(text for text in grant.active if self.find(text))
        grant.active.append(token.text)
        while len(grant.active) > ACTIVE_TOKENS:
            self.tokens.pop(grant.active.popleft(), None)
        return self._answer(token, **more)

    def _answer(self, token: Token, **more: str) -> Answer:
        life: dict[str, int] = {"expires_in": TOKEN_SECONDS}
        if self._choices.milliseconds:
            life = {"expires_in_sec": TOKEN_SECONDS, "expires_in": TOKEN_SECONDS * 1000}
        body = {
            "access_token": token.text,
            **more,
            "scope": token.scope,
            "api_domain": self.api_domain,
            "token_type": "Bearer",
            **life,
        }
        return Answer(200, body)

    def revoke_token(self, request: Request) -> Answer:
        """`POST /oauth/v2/token/revoke`. Revoking a refresh token ends its access tokens too."""
        text = _form(request).get("token", "")
        grant = self.grants.pop(text, None)
        if grant is not None:
            for access in grant.active:
                self.tokens.pop(access, None)
        elif self.tokens.pop(text, None) is None:
            return Answer(400, {"error": "invalid_token"})
        return Answer(200, {"status": "success"})


def _take(latest: deque[datetime], now: datetime) -> bool:
    """Count one more use, unless ten fell into the last ten minutes."""
    while latest and latest[0] <= now - WINDOW:
        latest.popleft()
    if len(latest) >= USES_PER_WINDOW:
        return False
    latest.append(now)
    return True


def throttled(choices: Choices) -> Answer:
    """The accounts server's answer to too many token requests."""
    return Answer(choices.token_throttle_status, _THROTTLED)


def _form(request: Request) -> dict[str, str]:
    body = request.body[:_MAX_FORM].decode("utf-8", "replace")
    return {**request.query, **dict(parse_qsl(body, keep_blank_values=True))}


def _failed(error: str) -> Answer:
    return Answer(200, {"error": error})
