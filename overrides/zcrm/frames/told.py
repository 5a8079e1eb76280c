"""What an object is, told without importing the library that it comes from."""

from __future__ import annotations


def library_of(given: object) -> str:
    """The name of the package that the object's type is from."""
    return type(given).__module__.partition(".")[0]


def is_a(given: object, library: str, name: str) -> bool:
    """Whether the object is an instance of this class of a library, or of one that derives from it."""
    return any(
        kind.__name__ == name and kind.__module__.partition(".")[0] == library for kind in type(given).__mro__
    )
