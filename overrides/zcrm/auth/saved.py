"""What is kept of a sign-in between calls and processes, and what the clock says about it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from zcrm_api.limits import ACCESS_TOKEN_SECONDS, ACCESS_TOKENS_PER_TEN_MINUTES

from .tokens import usable

_FORMAT = "zcrm sign-in"
_VERSION = 1
WINDOW = 600.0
_EARLY = 300.0
_END_OF_TIME = 1e11


class Unreadable(ValueError):
    """A text that is none of ours."""


class Newer(Unreadable):
    """A text of a later version."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A token and its life, in seconds since the epoch; the latest calls for tokens; a pause asked for.

    Times that can't be true are not believed: the clock was set in between. `refresh_token` is there only
    when the accounts server replaced the one that was configured.
    """

    access_token: str | None = field(default=None, repr=False)
    api_domain: str | None = None
    scope: str = ""
    made_at: float = 0.0
    life: float = 0.0
    refresh_token: str | None = field(default=None, repr=False)
    calls: tuple[float, ...] = ()
    paused_until: float = 0.0

    def good_for(self, now: float) -> float:
        """Seconds for which the token is not worth replacing; 0 or less when it is."""
        left = self.made_at + lasting(self.life) - now
        return left if self.access_token and left <= ACCESS_TOKEN_SECONDS else 0.0

    def wait(self, now: float) -> float:
        """Seconds until another token may be asked for; 0 when it may be now."""
        latest = self.recent_calls(now)
        waits = [0.0]
        if len(latest) >= ACCESS_TOKENS_PER_TEN_MINUTES:
            waits.append(latest[-ACCESS_TOKENS_PER_TEN_MINUTES] + WINDOW - now)
        if self.paused_until - now <= WINDOW:
            waits.append(self.paused_until - now)
        return max(waits)

    def recent_calls(self, now: float) -> tuple[float, ...]:
        """When tokens were asked for within the last ten minutes."""
        return tuple(sorted(call for call in self.calls if now - WINDOW < call <= now))

    def asking(self, now: float) -> Saved:
        """This, with one more call for a token."""
        return replace(self, calls=(*self.recent_calls(now), now))

    def paused(self, now: float) -> Saved:
        """This, with ten minutes in which no token is asked for."""
        return replace(self, paused_until=now + WINDOW)

    def text(self) -> str:
        """This, for a store."""
        return orjson.dumps({"format": _FORMAT, "version": _VERSION, **asdict(self)}).decode()


def lasting(life: float) -> float:
    """Seconds after which a token of that life is replaced: five minutes early, at half its life if short."""
    return max(life - _EARLY, life / 2)


def read(text: str | None) -> Saved:
    """What a store gave; raises Unreadable when that is torn, something else, or newer than this."""
    if text is None:
        return Saved()
    fields = opened(text, _FORMAT, _VERSION)
    try:
        return Saved(
            access_token=_token(fields["access_token"]),
            api_domain=_text(fields["api_domain"]),
            scope=_text(fields["scope"]) or "",
            made_at=_number(fields["made_at"]),
            life=_number(fields["life"]),
            refresh_token=_text(fields["refresh_token"]),
            calls=tuple(map(_number, fields["calls"])),
            paused_until=_number(fields["paused_until"]),
        )
    except (KeyError, TypeError):
        raise Unreadable("is damaged") from None


def opened(text: str | None, format: str, version: int) -> Mapping[str, Any]:  # noqa: A002
    """The fields of a text of this format, up to this version; raises Unreadable."""
    fields = None
    with suppress(orjson.JSONDecodeError):
        fields = orjson.loads(text or "")
    if fields is None:
        raise Unreadable("is torn, or was written by something else")
    if not isinstance(fields, dict) or fields.get("format") != format:
        raise Unreadable("was written by something else")
    if not isinstance(fields.get("version"), int) or fields["version"] > version:
        raise Newer("was written by a newer zcrm")
    return fields


def _number(value: Any) -> float:
    if isinstance(value, int | float) and abs(value) < _END_OF_TIME:
        return float(value)
    raise TypeError


def _token(value: Any) -> str | None:
    if value is None or usable(value):
        return _text(value)
    raise TypeError


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise TypeError
