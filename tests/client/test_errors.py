import inspect
import pickle
import re

from zcrm import errors


def test_the_tree_in_the_docstring_is_the_tree():
    drawn = {}
    path = {}
    for line in errors.__doc__.splitlines():
        match = re.match(r"^    ((?:│   |    |├── |└── )*)(\w+)", line)
        if match and hasattr(errors, match[2]):
            depth = len(match[1]) // 4
            path[depth] = match[2]
            drawn[match[2]] = path.get(depth - 1)
    classes = {
        name: cls
        for name, cls in vars(errors).items()
        if inspect.isclass(cls) and issubclass(cls, errors.ZohoError) and cls.__name__ == name
    }
    assert drawn.keys() == classes.keys()
    for name, parent in drawn.items():
        assert parent is None or classes[name].__bases__[0] is classes[parent]


def test_what_an_error_says():
    error = errors.ZohoError("the id seems invalid", code="INVALID_DATA", fix="look it up")
    assert str(error) == "INVALID_DATA: the id seems invalid (look it up)"
    assert str(errors.UsageError("no")) == "no"
    assert isinstance(errors.UsageError("no"), ValueError)


def test_the_class_follows_from_the_code_or_from_429():
    assert errors.error_class("OAUTH_SCOPE_MISMATCH", 401) is errors.ScopeMissing
    assert errors.error_class(None, 429) is errors.LimitReached
    assert errors.error_class("NEVER_HEARD_OF", 400) is errors.ZohoError


def test_a_limit_knows_how_long_is_to_be_waited():
    for error, seconds in (
        (errors.LimitReached("x", retry_after=30.0, details={"retry_after": 60}), 30.0),
        (errors.LimitReached("x", details={"retry_after": 60}), 60),
        (errors.LimitReached("x", details={"retry_after": {}}), None),
        (errors.LimitReached("x"), None),
    ):
        assert error.retry_after == seconds
        assert pickle.loads(pickle.dumps(error)).retry_after == seconds
