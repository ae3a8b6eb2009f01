"""Every small way in which a rule could be wrong: the mutants of one module, made from its syntax tree.

Left alone: docstrings, annotations, protocols (nothing runs there), and sentences that people read. Names that are
stored or compared ("full_name", "draft") are changed, and so are numbers, conditions, orders, and what is answered.
"""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
COUNTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
}
SWAPPED = {"max": "min", "min": "max", "any": "all", "all": "any"}
UNREAD = {"annotation", "returns"}
STORED_NAME = re.compile(r"[a-z][a-z0-9_-]*")


@dataclass(frozen=True)
class Mutant:
    """One change: `owner.field` becomes `new`. `key` names it, whatever lines move."""

    owner: ast.AST
    field: str
    new: Any
    line: int
    key: str

    def code(self, tree: ast.Module, path: str) -> Any:
        """The module compiled with this change; the tree is as before afterwards."""
        old = getattr(self.owner, self.field)
        setattr(self.owner, self.field, self.new)
        try:
            return compile(ast.fix_missing_locations(tree), path, "exec")
        finally:
            setattr(self.owner, self.field, old)


@dataclass(frozen=True)
class _Place:
    """Where a node stands: the field of its owner, and its number there if that is a list."""

    owner: ast.AST
    field: str
    number: int | None
    within: str

    def change(self, old: ast.AST, new: Any) -> Mutant:
        """The node replaced; `new` None takes it out of its list."""
        value = new
        if self.number is not None:
            found = list(getattr(self.owner, self.field))
            found[self.number : self.number + 1] = [] if new is None else [new]
            value = found
        line = getattr(old, "lineno", getattr(self.owner, "lineno", 0))
        said = "nothing" if new is None else _said(new)
        return Mutant(self.owner, self.field, value, line, f"{self.within}: {_said(old)} → {said}")


def mutants(tree: ast.Module) -> list[Mutant]:
    """All of one module, in the order of its lines."""
    return sorted(_below(tree, ""), key=lambda mutant: mutant.line)


def _below(owner: ast.AST, within: str) -> Iterator[Mutant]:
    for field, value in ast.iter_fields(owner):
        if field in UNREAD:
            continue
        for number, node in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(node, ast.AST) or _is_silent(owner, node):
                continue
            place = _Place(owner, field, number if isinstance(value, list) else None, within)
            for change in CHANGES.get(type(node), ()):
                yield from change(place, node)
            inner = f"{within}.{node.name}".lstrip(".") if _has_name(node) else within
            yield from _below(node, inner)


def _has_name(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef | ast.ClassDef)


def _is_silent(owner: ast.AST, node: ast.AST) -> bool:
    """Docstrings, protocols, names of types: nothing that runs, or nothing that a rule depends on."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.ClassDef):
        return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in node.bases)
    is_type = isinstance(owner, ast.Module) and isinstance(node, ast.Assign)
    return is_type and isinstance(node.value, ast.Subscript)  # Ranking = tuple[int, ...]


def _said(node: ast.AST | list[ast.AST]) -> str:
    if isinstance(node, ast.cmpop | ast.boolop | ast.operator):
        return type(node).__name__
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else text[:87] + "..."


def _compare(place: _Place, node: ast.Compare) -> Iterator[Mutant]:
    for number, found in enumerate(node.ops):
        for other in COMPARED[type(found)]:
            ops = [*node.ops[:number], other(), *node.ops[number + 1 :]]
            yield place.change(node, _with(node, ast.Compare(node.left, ops, node.comparators)))


def _either(place: _Place, node: ast.BoolOp) -> Iterator[Mutant]:
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield place.change(node, _with(node, ast.BoolOp(other, node.values)))
    for number in range(len(node.values)):
        left = [*node.values[:number], *node.values[number + 1 :]]
        yield place.change(
            node, left[0] if len(left) == 1 else _with(node, ast.BoolOp(node.op, left))
        )


def _not(place: _Place, node: ast.UnaryOp) -> Iterator[Mutant]:
    if isinstance(node.op, ast.Not | ast.USub):
        yield place.change(node, node.operand)


def _counted(place: _Place, node: ast.BinOp) -> Iterator[Mutant]:
    if type(node.op) in COUNTED:
        other = COUNTED[type(node.op)]()
        yield place.change(node, _with(node, ast.BinOp(node.left, other, node.right)))


def _constant(place: _Place, node: ast.Constant) -> Iterator[Mutant]:
    value = node.value
    if isinstance(value, bool):
        yield place.change(node, _with(node, ast.Constant(not value)))
    elif isinstance(value, int | float):
        yield place.change(node, _with(node, ast.Constant(value + 1)))
        yield place.change(node, _with(node, ast.Constant(value - 1)))
    elif isinstance(value, str) and STORED_NAME.fullmatch(value):
        yield place.change(node, _with(node, ast.Constant(f"{value}_")))


def _condition(place: _Place, node: ast.If | ast.IfExp) -> Iterator[Mutant]:
    inner = _Place(node, "test", None, place.within)
    for answer in (True, False):
        yield inner.change(node.test, _with(node.test, ast.Constant(answer)))


def _returned(place: _Place, node: ast.Return) -> Iterator[Mutant]:
    if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
        return
    inner = _Place(node, "value", None, place.within)
    yield inner.change(node.value, _with(node, ast.Constant(None)))
    called = node.value.func if isinstance(node.value, ast.Call) else None
    if isinstance(called, ast.Name) and called.id == "Refused":
        yield inner.change(node.value, _with(node, ast.Name("ALLOWED", ast.Load())))


def _called(place: _Place, node: ast.Call) -> Iterator[Mutant]:
    if isinstance(node.func, ast.Name) and node.func.id in SWAPPED:
        other = _with(node, ast.Name(SWAPPED[node.func.id], ast.Load()))
        yield place.change(node, _with(node, ast.Call(other, node.args, node.keywords)))


def _several(place: _Place, node: ast.Tuple | ast.List | ast.Set) -> Iterator[Mutant]:
    """One element missing. Of a pair that is taken apart that would only be a mistake in the code."""
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) or len(node.elts) < 2:
        return
    if isinstance(place.owner, ast.Subscript):
        return
    for number, element in enumerate(node.elts):
        inner = _Place(node, "elts", number, place.within)
        yield inner.change(element, None)


def _statement(place: _Place, node: ast.Expr) -> Iterator[Mutant]:
    yield place.change(node, _with(node, ast.Pass()))


def _case(place: _Place, node: ast.match_case) -> Iterator[Mutant]:
    if len(place.owner.cases) > 1:  # type: ignore[attr-defined]
        yield place.change(node, None)
    if node.guard is not None:
        inner = _Place(node, "guard", None, place.within)
        yield inner.change(node.guard, ast.Constant(True))


def _pattern(place: _Place, node: ast.MatchOr) -> Iterator[Mutant]:
    for number in range(len(node.patterns)):
        left = [*node.patterns[:number], *node.patterns[number + 1 :]]
        yield place.change(node, left[0] if len(left) == 1 else ast.MatchOr(left))


def _filter(place: _Place, node: ast.comprehension) -> Iterator[Mutant]:
    for number, test in enumerate(node.ifs):
        yield _Place(node, "ifs", number, place.within).change(test, None)


def _with(old: ast.AST, new: Any) -> Any:
    return ast.copy_location(new, old) if hasattr(old, "lineno") else new


CHANGES: dict[type[ast.AST], tuple[Callable[[_Place, Any], Iterator[Mutant]], ...]] = {
    ast.Compare: (_compare,),
    ast.BoolOp: (_either,),
    ast.UnaryOp: (_not,),
    ast.BinOp: (_counted,),
    ast.Constant: (_constant,),
    ast.If: (_condition,),
    ast.IfExp: (_condition,),
    ast.Return: (_returned,),
    ast.Call: (_called,),
    ast.Tuple: (_several,),
    ast.List: (_several,),
    ast.Set: (_several,),
    ast.Expr: (_statement,),
    ast.match_case: (_case,),
    ast.MatchOr: (_pattern,),
    ast.comprehension: (_filter,),
}
