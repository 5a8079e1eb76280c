"""The faults that strike one request, and what they do to it and to its answer."""

from typing import Any, Final

import orjson

from zcrm.simulator.answers import errors
from zcrm.simulator.answers.envelopes import Answer
from zcrm.simulator.answers.requests import Request
from zcrm.simulator.mishaps.faults import ACCOUNTS, READS, Fault, Faults
from zcrm.simulator.mishaps.lies import LIES, pretended
from zcrm.simulator.site.oauth import throttled
from zcrm.simulator.site.site import Site

_PAGES: Final = {
    "server_error": (500, "Internal Server Error"),
    "bad_gateway": (502, "Bad Gateway"),
}


class Mishaps:
    """What happens to one request on purpose."""

    def __init__(self, site: Site, faults: Faults, request: Request) -> None:
        self._site = site
        self._faults = faults
        self._request = request
        self._striking: dict[str, Fault] = {}
        if request.operation is None:
            return
        for fault in faults.strike(request.operation, request.first_id()):
            self._striking.setdefault(fault.name, fault)
        request.entry.fault = "+".join(self._striking) or None

    def __contains__(self, name: str) -> bool:
        return name in self._striking

    def option(self, fault: str, name: str, default: Any = None) -> Any:
        """An option of a fault that strikes; the default when it does not."""
        return self._striking[fault].option(name, default) if fault in self._striking else default

    @property
    def delay(self) -> float:
        """Seconds to wait before the request is looked at."""
        return float(self.option("slow", "seconds", 0))

    @property
    def held(self) -> bool:
        """The request waits until it is released."""
        return "hold" in self and self._faults.arranged(self._striking["hold"])

    @property
    def drops(self) -> bool:
        """The connection is closed without an answer."""
        return "drop_before" in self or "drop_after" in self

    @property
    def endless(self) -> bool:
        """Interim answers keep the answer from ever coming."""
        return "interim" in self and self.option("interim", "count") is None

    @property
    def _pretends(self) -> bool:
        """A write is not carried out, and answered as if it were."""
        unapplied = any(fault.option("applied") is False for fault in self._striking.values())
        return unapplied and self._request.operation not in ACCOUNTS | READS

    def prepare(self) -> None:
        """What happens behind the scenes before the request is looked at."""
        if "revoke_token" in self:
            self._site.accounts.tokens.clear()
        if "job" in self:
            self._request.job_plan = self._striking["job"].options or {}
        if "edit" in self:
            self._edit()

    def _edit(self) -> None:
        """Somebody else writes to the records of the request."""
        org, name = self._site.org, self._request.module
        for id_ in self._request.ids():
            home = org.home(name, id_)
            if home is not None:
                org.edit(home.name, home.records[id_], self.option("edit", "fields", {}))

    def instead(self) -> Answer | None:
        """The answer given without carrying the request out, if so arranged."""
        if "drop_before" in self:
            return Answer(0)
        if "throttle" in self:
            return self._throttled()
        for name in _PAGES:
            if name in self and not self.option(name, "after"):
                return self._broken(name)
        if self._pretends:
            return self._lied(pretended(self._site.org, self._request))
        return None

    def spoil(self, answer: Answer) -> Answer:
        """The answer to a request that was carried out, as it reaches the client."""
        for name in _PAGES:
            if name in self:
                return self._broken(name)
        lied = self._lied(answer)
        self._faults.remember(self._request, answer)
        return lied

    def _lied(self, answer: Answer) -> Answer:
        """The answer as the lies among the faults have it."""
        if "stale_answer" in self:
            answer = self._faults.earlier(self._request) or answer
        lies = [(LIES[name], fault) for name, fault in self._striking.items() if name in LIES]
        rows = answer.body.get("data") if isinstance(answer.body, dict) else None
        if not rows or not lies:
            return answer
        items = orjson.loads(orjson.dumps(rows))
        for lie, fault in lies:
            items = lie(items, fault)
        body = {**answer.body, "data": items}
        return answer._replace(body=body, status=int(self.option("one_item", "status", answer.status)))

    def _throttled(self) -> Answer:
        if self._request.operation in ACCOUNTS:
            return throttled(self._site.choices)
        answer = errors.TOO_MANY_REQUESTS.flat().answer
        retry_after = self.option("throttle", "retry_after")
        if retry_after is None:
            return answer
        if self.option("throttle", "in_details"):
            return errors.TOO_MANY_REQUESTS.flat(retry_after=retry_after).answer
        return answer._replace(headers=(("Retry-After", str(retry_after)),))

    def _broken(self, name: str) -> Answer:
        if name == "server_error" and self._request.operation not in ACCOUNTS:
            return errors.INTERNAL_ERROR.flat().answer
        status, title = _PAGES[name]
        page = f"<html><head><title>{status} {title}</title></head><body><h1>{title}</h1></body></html>"
        return Answer(status, page.encode(), content_type="text/html")
