"""What goes wrong on purpose: which faults there are, and which of them strike a given call.

A fault with a rate is drawn from the seed, the operation, the first id of the call and the number of times
that call was seen: the same seed gives the same faults, in whatever order calls arrive.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from zcrm.simulator.answers.envelopes import Answer
from zcrm.simulator.answers.requests import OPERATIONS, Request

_LIE: Final = frozenset({"applied"})

OPTIONS: Final[dict[str, frozenset[str]]] = {
    "throttle": frozenset({"retry_after", "in_details"}),
    "server_error": frozenset({"after"}),
    "bad_gateway": frozenset({"after"}),
    "drop_before": frozenset(),
    "drop_after": frozenset(),
    "cut_body": frozenset(),
    "slow": frozenset({"seconds"}),
    "slow_body": frozenset({"seconds"}),
    "hold": frozenset(),
    "cut_json": frozenset(),
    "trickle_head": frozenset({"pause"}),
    "trickle_body": frozenset({"pause"}),
    "interim": frozenset({"pause", "count", "status"}),
    "double_answer": frozenset({"seconds"}),
    "close_after": frozenset({"announced"}),
    "stale_answer": _LIE,
    "wrong_count": _LIE,
    "one_item": _LIE | {"code", "status"},
    "foreign_id": _LIE | {"every"},
    "missing_id": _LIE | {"every"},
    "duplicate_id": _LIE,
    "permuted_ids": _LIE,
    "success_as_error": _LIE | {"every"},
    "error_as_success": _LIE | {"every", "code"},
    "revoke_token": frozenset(),
    "edit": frozenset({"fields"}),
    "job": frozenset({"states", "seconds", "stop_after"}),
}
"""The faults there are, and the options each takes besides those of all."""

ACCOUNTS: Final = frozenset({"create_token", "revoke_token"})
READS: Final = frozenset({"get_appointments", "get_appointment", "get_mass_update_status"})


@dataclass(slots=True)
class Fault:
    """One arranged fault. Without `rate`, `times` or `attempts` it strikes every call of its route.

    `times` are numbers of calls, 1 being the first call of the route after the fault was arranged; `attempts`
    are numbers of calls with the same first id; `limit` is how often it strikes at most.
    """

    name: str
    route: str | None = None
    rate: float | None = None
    times: frozenset[int] | None = None
    attempts: frozenset[int] | None = None
    limit: int | None = None
    options: dict[str, Any] | None = None
    seen: int = 0
    struck: int = 0

    def option(self, name: str, default: Any = None) -> Any:
        return (self.options or {}).get(name, default)

    def covers(self, operation: str) -> bool:
        return operation not in ACCOUNTS if self.route is None else operation == self.route


class Faults:
    """All arranged faults of one simulator."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._arranged: list[Fault] = []
        self._attempts: Counter[tuple[str, str]] = Counter()
        self._answers: defaultdict[str | None, dict[str, Answer]] = defaultdict(dict)

    def arrange(
        self,
        name: str,
        *,
        route: str | None = None,
        rate: float | None = None,
        times: Collection[int] | None = None,
        attempts: Collection[int] | None = None,
        limit: int | None = None,
        **options: Any,
    ) -> None:
        if name not in OPTIONS:
            raise ValueError(f"unknown fault {name!r}; there are {', '.join(sorted(OPTIONS))}")
        for option in options.keys() - OPTIONS[name]:
            takes = ", ".join(sorted(OPTIONS[name])) or "none"
            raise ValueError(f"the fault {name!r} has no option {option!r}; it has {takes}")
        if route is not None and route not in OPERATIONS:
            raise ValueError(f"unknown route {route!r}; there are {', '.join(sorted(OPERATIONS))}")
        if rate is not None and not 0 <= rate <= 1:
            raise ValueError(f"rate must lie between 0 and 1, not {rate}")
        self._arranged.append(
            Fault(
                name,
                route,
                rate,
                None if times is None else frozenset(times),
                None if attempts is None else frozenset(attempts),
                limit,
                options,
            )
        )

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._arranged)

    def arranged(self, fault: Fault) -> bool:
        """Whether a fault is still in force."""
        return any(fault is other for other in self._arranged)

    def release(self) -> None:
        """Take the faults away that hold requests."""
        self._arranged = [fault for fault in self._arranged if fault.name != "hold"]

    def clear(self) -> None:
        """Take all faults away and count attempts from one again."""
        self._arranged.clear()
        self._attempts.clear()

    def remember(self, request: Request, answer: Answer) -> None:
        """Keep the latest answers of an operation to calls with two different first ids."""
        answers = self._answers[request.operation]
        answers.pop(request.first_id(), None)
        answers[request.first_id()] = answer
        if len(answers) > 2:
            del answers[next(iter(answers))]

    def earlier(self, request: Request) -> Answer | None:
        """The latest answer of the operation, to a call with another first id if there was one."""
        answers = self._answers[request.operation]
        others = [answer for first_id, answer in answers.items() if first_id != request.first_id()]
        return others[-1] if others else answers.get(request.first_id())

    def strike(self, operation: str, first_id: str) -> Sequence[Fault]:
        """Count the call, and give the faults that strike it, in the order they were arranged."""
        self._attempts[operation, first_id] += 1
        attempt = self._attempts[operation, first_id]
        struck = [
            fault
            for index, fault in enumerate(self._arranged)
            if fault.covers(operation) and self._strikes(fault, index, operation, first_id, attempt)
        ]
        for fault in struck:
            fault.struck += 1
        return struck

    def _strikes(self, fault: Fault, index: int, operation: str, first_id: str, attempt: int) -> bool:
        fault.seen += 1
        if fault.limit is not None and fault.struck >= fault.limit:
            return False
        if fault.times is not None and fault.seen not in fault.times:
            return False
        if fault.attempts is not None and attempt not in fault.attempts:
            return False
        return fault.rate is None or self._draw(index, operation, first_id, attempt) < fault.rate

    def _draw(self, index: int, operation: str, first_id: str, attempt: int) -> float:
        key = f"{self._seed}/{index}/{operation}/{first_id}/{attempt}".encode()
        return int.from_bytes(hashlib.blake2b(key, digest_size=7).digest()) / 2**56
