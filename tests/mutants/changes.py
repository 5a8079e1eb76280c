"""The small changes that a module's tests should notice."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from random import Random

COMPARED: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}
COUNTED: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "+"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.Pow: ("**", "*"),
    ast.BitOr: ("|", "&"),
    ast.BitAnd: ("&", "|"),
    ast.LShift: ("<<", ">>"),
    ast.RShift: (">>", "<<"),
}
TURNED = {"min": "max", "max": "min", "any": "all", "all": "any"}
WIDER = {"BaseException": "Exception"}
LOGGED = {"debug", "info", "warning", "error", "exception", "critical"}
TYPES_ONLY = {"TYPE_CHECKING", "sys.platform", "os.name"}


@dataclass(frozen=True)
class Change:
    """One changed place. line, last: of its statement. was, now: the lines that differ, joined into one."""

    line: int
    last: int
    was: str
    now: str
    text: str


def changes_of(text: str) -> list[Change]:
    """Every change of a module's text, in its order."""
    found = dict.fromkeys(_Places(text).changes())
    return sorted(found, key=lambda change: change.line)


def sample(changes: list[Change], most: int, seed: str) -> list[Change]:
    """So many of them, drawn evenly from the whole module."""
    if len(changes) <= most:
        return changes
    random = Random(seed)
    edges = [round(n * len(changes) / most) for n in range(most + 1)]
    return [changes[random.randrange(start, end)] for start, end in pairwise(edges)]


class _Places:
    """Walks a module's tree and says, in its text, what each node may become."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._bytes = text.encode()
        self._starts = [0]
        for line in self._bytes.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._tree = ast.parse(text)
        self._same = ast.dump(self._tree)

    def changes(self) -> Iterator[Change]:
        yield from self._block(self._tree.body)

    def _block(self, body: list[ast.stmt]) -> Iterator[Change]:
        for statement in body:
            for start, end, new in self._statement(statement):
                yield from self._change(statement, start, end, new)
            for inner in ("body", "orelse", "finalbody"):
                if not _is_for_types(statement):
                    yield from self._block(getattr(statement, inner, []))
            for part in [*getattr(statement, "handlers", []), *getattr(statement, "cases", [])]:
                if isinstance(part, ast.ExceptHandler) and part.type is not None:
                    for start, end, new in self._caught(part.type):
                        yield from self._change(part, start, end, new)
                yield from self._block(part.body)

    def _change(self, node: ast.stmt | ast.ExceptHandler, start: int, end: int, new: str) -> Iterator[Change]:
        text = (self._bytes[:start] + new.encode() + self._bytes[end:]).decode()
        try:
            tree = ast.parse(text)
        except SyntaxError:
            return
        if ast.dump(tree) == self._same:
            return
        first, last = self._line(start), self._line(end)
        count = len(text.splitlines()) - len(self._text.splitlines())
        was = " ".join(self._text.splitlines()[first - 1 : last]).split()
        now = " ".join(text.splitlines()[first - 1 : last + count]).split()
        header = node.body[0].lineno - 1 if hasattr(node, "body") else node.end_lineno
        yield Change(node.lineno, max(header or 0, node.lineno), " ".join(was), " ".join(now), text)

    def _statement(self, node: ast.stmt) -> Iterator[tuple[int, int, str]]:
        if _is_left_alone(node):
            return
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for default in [*node.args.defaults, *filter(None, node.args.kw_defaults)]:
                yield from self._expressions(default)
            return
        if isinstance(node, (ast.If, ast.While)):
            yield from self._decided(node.test)
        yield from self._dropped(node)
        if isinstance(node, ast.AugAssign):
            yield from self._operator(node.target, node.value, COUNTED, node.op, suffix="=")
        for name, value in ast.iter_fields(node):
            if name not in ("body", "orelse", "finalbody", "handlers", "cases", "annotation", "target"):
                for part in value if isinstance(value, list) else [value]:
                    if isinstance(part, ast.AST):
                        yield from self._expressions(part)

    def _dropped(self, node: ast.stmt) -> Iterator[tuple[int, int, str]]:
        start, end = self._span(node)
        match node:
            case ast.Break():
                yield start, end, "continue"
            case ast.Continue():
                yield start, end, "break"
            case ast.Return(value=ast.expr() as value) if not _is_nothing(value):
                yield start, end, "return None"
            case ast.Raise() | ast.Expr() | ast.AugAssign() | ast.Delete() | ast.Return(value=None):
                yield start, end, "pass"
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]):
                yield start, end, "pass"

    def _decided(self, test: ast.expr) -> Iterator[tuple[int, int, str]]:
        if not isinstance(test, ast.Constant):
            start, end = self._span(test)
            yield start, end, "True"
            yield start, end, "False"

    def _caught(self, node: ast.expr) -> Iterator[tuple[int, int, str]]:
        start, end = self._span(node)
        if isinstance(node, ast.Tuple):
            for left_out in node.elts:
                others = [ast.unparse(part) for part in node.elts if part is not left_out]
                yield start, end, f"({', '.join(others)},)"
        else:
            yield start, end, WIDER.get(ast.unparse(node), "()")

    def _expressions(self, root: ast.AST) -> Iterator[tuple[int, int, str]]:
        if _is_words(root):
            return
        match root:
            case ast.Compare(left=left, ops=ops, comparators=comparators):
                for before, op, after in zip([left, *comparators], ops, comparators, strict=False):
                    yield from self._operator(before, after, COMPARED, op)
            case ast.BoolOp(op=op, values=values):
                word, other = ("and", "or") if isinstance(op, ast.And) else ("or", "and")
                for before, after in pairwise(values):
                    yield from self._between(before, after, word, other)
            case ast.BinOp(left=left, op=op, right=right):
                yield from self._operator(left, right, COUNTED, op)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield self._span(root)[0], self._span(operand)[0], ""
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                yield self._span(root)[0], self._span(operand)[0], "+"
            case ast.IfExp(test=test):
                yield from self._decided(test)
            case ast.comprehension(ifs=tests):
                for test in tests:
                    yield from self._decided(test)
            case ast.Constant(value=value):
                yield from self._constant(root, value)
            case ast.Call(func=ast.Name(id=name)) if name in TURNED:
                yield *self._span(root.func), TURNED[name]
        if isinstance(root, ast.Call):
            yield from self._arguments(root)
        for child in ast.iter_child_nodes(root):
            yield from self._expressions(child)

    def _constant(self, node: ast.Constant, value: object) -> Iterator[tuple[int, int, str]]:
        start, end = self._span(node)
        match value:
            case bool():
                yield start, end, str(not value)
            case int() | float():
                yield start, end, repr(value + 1)
            case str() if not re.search(r"\s", value):
                yield start, end, repr(f"{value}-" if value else "-")
            case bytes():
                yield start, end, repr(value + b"-")

    def _arguments(self, call: ast.Call) -> Iterator[tuple[int, int, str]]:
        before: list[ast.AST] = [call.func, *call.args]
        for keyword in call.keywords:
            if keyword.arg not in (None, "strict") and not isinstance(before[-1], ast.GeneratorExp):
                start, end = self._span(before[-1])[1], self._span(keyword)[1]
                if before[-1] is not call.func:
                    yield start, end, ""
            before.append(keyword)

    def _operator(
        self,
        before: ast.expr,
        after: ast.expr,
        words: dict[type, tuple[str, str]],
        op: ast.AST,
        suffix: str = "",
    ) -> Iterator[tuple[int, int, str]]:
        if type(op) in words:
            word, other = words[type(op)]
            yield from self._between(before, after, word + suffix, other + suffix)

    def _between(
        self, before: ast.expr, after: ast.expr, word: str, other: str
    ) -> Iterator[tuple[int, int, str]]:
        start, end = self._span(before)[1], self._span(after)[0]
        gap = self._bytes[start:end].decode()
        if word in gap:
            yield start, end, gap.replace(word, other, 1)

    def _span(self, node: ast.AST) -> tuple[int, int]:
        at: ast.expr = node  # type: ignore[assignment]
        return (
            self._starts[at.lineno - 1] + at.col_offset,
            self._starts[(at.end_lineno or at.lineno) - 1] + (at.end_col_offset or 0),
        )

    def _line(self, offset: int) -> int:
        return self._bytes.count(b"\n", 0, offset) + 1


def _is_nothing(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def _is_for_types(node: ast.stmt) -> bool:
    """Whether it is there for types alone, or for a system that is not this one."""
    if isinstance(node, ast.If):
        return any(name in ast.unparse(node.test) for name in TYPES_ONLY)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return node.name == "__repr__" or "overload" in map(ast.unparse, node.decorator_list)
    return isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases)


def _is_left_alone(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.ClassDef():
            return True
        case ast.Expr(value=ast.Constant()) | ast.Expr(value=ast.Yield(value=None)):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr))):
            return "log" in name.lower() and attr in LOGGED
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in ("__all__", "__slots__")
        case ast.Raise(exc=ast.Name(id="NotImplementedError")):
            return True
    return _is_for_types(node)


def _is_words(node: ast.AST) -> bool:
    """Whether it is text for people, for whoever checks types, or an assertion that lengths are equal."""
    match node:
        case ast.JoinedStr() | ast.keyword(arg="strict"):
            return True
        case ast.Subscript(value=ast.Name(id="Literal")):
            return True
        case ast.Call(func=ast.Name(id="TypeVar" | "ParamSpec" | "NewType")):
            return True
    return False
