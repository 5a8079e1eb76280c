"""Options that several commands share: a dataclass of them is one parameter of a command."""

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any, get_type_hints

__all__ = ["spread"]


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Let each field of a parameter that is a dataclass be an option of the command."""
    given = signature(command, eval_str=True).parameters.values()
    bags: dict[str, Any] = {each.name: each.annotation for each in given if is_dataclass(each.annotation)}

    @wraps(command)
    def spreading(**options: Any) -> None:
        filled = {
            name: bag(**{each.name: options.pop(each.name) for each in fields(bag)})
            for name, bag in bags.items()
        }
        command(**options, **filled)

    own = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in given if each.name not in bags]
    shared = [option for bag in bags.values() for option in _options(bag)]
    spreading.__signature__ = Signature([*own, *shared])  # type: ignore[attr-defined]
    return spreading


def _options(bag: Any) -> list[Parameter]:
    hints = get_type_hints(bag, include_extras=True)
    return [
        Parameter(
            each.name,
            Parameter.KEYWORD_ONLY,
            default=Parameter.empty if each.default is MISSING else each.default,
            annotation=hints[each.name],
        )
        for each in fields(bag)
    ]
