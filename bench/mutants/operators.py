"""One change in one place of a Solidity source: what is changed, and into what, from the compiler's own syntax tree.

Comments, strings, interfaces, and declarations of errors and events stay as they are. Where several operators would say
nearly the same of a place, only the strongest one does: `a == b` becomes `a != b` and is not negated as well.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

__all__ = ["Mutant", "fewer", "mutants"]

Node = dict[str, Any]
Change = tuple[int, int, str, str]  # first byte, byte after the last one, operator, what stands there instead

COMPARE = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
LOGIC = {"&&": "||", "||": "&&"}
ARITHMETIC = {"+": "-", "-": "+", "*": "/", "/": "*", "%": "*", "**": "*", "&": "|", "|": "&", "^": "&"} | {
    "<<": ">>",
    ">>": "<<",
}
STEP = {"++": "--", "--": "++"} | {f"{one}=": f"{other}=" for one, other in ARITHMETIC.items() if one != "**"}
ASSEMBLY = {"add": "sub", "sub": "add", "mul": "div", "div": "mul", "and": "or", "or": "and", "xor": "and"} | {
    "shl": "shr",
    "shr": "shl",
    "lt": "gt",
    "gt": "lt",
    "eq": "lt",
}
SLOTS = ("sload", "sstore", "tload", "tstore")

# It does not matter in what order these are given what they take.
_EITHER_WAY = {"min", "max", "saturatingAdd", "average", "keccak256"}
_SKIPPED = {
    "ErrorDefinition",
    "EventDefinition",
    "ImportDirective",
    "InheritanceSpecifier",
    "StructuredDocumentation",
} | {
    "ArrayTypeName",
    "UsingForDirective",
    "PragmaDirective",
}


@dataclass(frozen=True)
class Mutant:
    """A place in a source (in bytes), and what stands there instead."""

    file: str
    line: int
    operator: str
    ordinal: int
    start: int
    end: int
    before: str
    after: str

    @property
    def id(self) -> str:
        return f"{self.file}:{self.line}:{self.operator}:{self.ordinal}"

    def applied(self, source: bytes) -> bytes:
        """The whole source with the change."""
        return source[: self.start] + self.after.encode() + source[self.end :]


def mutants(file: str, source: bytes, ast: Node) -> list[Mutant]:
    """All mutants of a source, by place; ``ast`` is what solc gives for it."""
    starts = [0, *(match.end() for match in re.finditer(rb"\n", source))]
    seen: set[tuple[int, int, str]] = set()
    count: Counter[tuple[int, str]] = Counter()
    found = []
    for start, end, operator, after in sorted(_Finder(source).changes(ast)):
        before = source[start:end].decode()
        if (start, end, after) in seen or before == after:
            continue
        seen.add((start, end, after))
        line = bisect_right(starts, start)
        count[line, operator] += 1
        found.append(Mutant(file, line, operator, count[line, operator], start, end, before, after))
    return found


# Operators that find many places in a line, the strongest first; the same tests kill most of what they make of it.
_ALIKE = ("compare", "arithmetic", "step", "swap", "cast", "assembly", "constant")
_OF_A_LINE, _TELLING = 2, _ALIKE[:4]


def fewer(every: list[Mutant]) -> list[Mutant]:
    """At most one for a line and an operator of those that are alike, and of all these two for a line. A statement is
    not dropped if something within it is changed: who notices that would notice that it is not there."""
    lines: Counter[int] = Counter()
    kept = {one.id: one for one in every if one.operator not in _ALIKE}
    for one in sorted((one for one in every if one.operator in _ALIKE), key=lambda one: _ALIKE.index(one.operator)):
        if one.ordinal == 1 and lines[one.line] < _OF_A_LINE:
            lines[one.line] += 1
            kept[one.id] = one
    telling = [one for one in kept.values() if one.operator in _TELLING]
    for one in every:
        if one.operator in ("drop", "guard") and any(one.start <= it.start and it.end <= one.end for it in telling):
            del kept[one.id]
    return [one for one in every if one.id in kept]


class _Finder:
    def __init__(self, source: bytes) -> None:
        self.source = source

    def changes(self, node: Node, above: tuple[Node, ...] = ()) -> Iterator[Change]:
        """What can be changed at a node and below it."""
        kind = node["nodeType"]
        if kind in _SKIPPED or (kind == "ContractDefinition" and node["contractKind"] == "interface"):
            return
        handle = getattr(self, f"_{kind}", None)
        if handle is not None:
            yield from handle(node, above)
        if kind == "RevertStatement":
            return
        for child in _children(node):
            yield from self.changes(child, (*above, node))

    def _text(self, node: Node) -> str:
        start, end = _span(node)
        return self.source[start:end].decode()

    def _between(self, left: Node, right: Node, operator: str) -> tuple[int, int]:
        """Where an operator stands between its operands: brackets and comments may be there too."""
        start, end = _span(left)[1], _span(right)[0]
        gap = re.sub(
            rb"//[^\n]*|/\*.*?\*/", lambda match: b" " * len(match[0]), self.source[start:end], flags=re.DOTALL
        )
        at = start + gap.index(operator.encode())
        return at, at + len(operator)

    # --- Expressions -------------------------------------------------------------------------------------------------

    def _BinaryOperation(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        left, right, sign = node["leftExpression"], node["rightExpression"], node["operator"]
        for name, table in (("compare", COMPARE), ("logic", LOGIC), ("arithmetic", ARITHMETIC)):
            if sign in table and not (sign in ("==", "!=") and _guards(above[-1])):
                yield (*self._between(left, right, sign), name, table[sign])

    def _UnaryOperation(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        (start, end), sign = _span(node), node["operator"]
        counts = len(above) > 1 and above[-2].get("loopExpression") is above[-1]
        if sign in STEP and not counts:
            at = start if node["prefix"] else end - 2
            yield at, at + 2, "step", STEP[sign]
        elif sign == "~":
            yield start, start + 1, "arithmetic", ""

    def _Assignment(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        sign = node["operator"]
        if sign in STEP:
            yield (*self._between(node["leftHandSide"], node["rightHandSide"], sign), "step", STEP[sign])

    def _Conditional(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        yield from self._negated(node["condition"])

    def _negated(self, condition: Node | None) -> Iterator[Change]:
        if condition is None or condition.get("operator") in COMPARE | LOGIC:
            return
        text = self._text(condition)
        yield (*_span(condition), "negate", text[1:] if condition.get("operator") == "!" else f"!({text})")

    def _Literal(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        parent = above[-1]
        if node["kind"] == "bool":
            yield (*_span(node), "constant", "false" if node["value"] == "true" else "true")
        elif node["kind"] == "number" and parent["nodeType"] != "BinaryOperation" and _type(parent) != "address":
            digits = self._text(node).split()[0]
            value = digits.replace("_", "")
            if re.fullmatch(r"[0-9]+|0x[0-9a-fA-F]{64}|0x[0-9a-fA-F]{1,38}", value):
                start = _span(node)[0]
                more = int(value, 0) + 1
                text = f"0x{more:0{len(value) - 2}x}" if value.startswith("0x") else str(more)
                yield start, start + len(digits), "constant", text

    def _FunctionCall(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        if node["kind"] == "typeConversion":
            yield from self._narrowed(node)
        elif self._text(node["expression"]).split(".")[-1] not in _EITHER_WAY:
            yield from self._swapped(node["arguments"])

    def _narrowed(self, node: Node) -> Iterator[Change]:
        name = node["expression"].get("typeName", {}).get("name", "")
        bits = re.fullmatch(r"u?int(\d+)", name)
        if bits and int(bits[1]) >= 16 and node["arguments"][0]["nodeType"] != "Literal":
            yield (*_span(node["expression"]), "cast", name.replace(bits[1], str(int(bits[1]) // 16 * 8)))

    def _swapped(self, arguments: list[Node]) -> Iterator[Change]:
        for left, right in pairwise(arguments):
            one, other = self._text(left), self._text(right)
            if one != other and _type(left) == _type(right) and "Literal" not in (left["nodeType"], right["nodeType"]):
                (start, end), (second, last) = _span(left), _span(right)
                yield start, last, "swap", other + self.source[end:second].decode() + one
                return

    # --- Statements --------------------------------------------------------------------------------------------------

    def _ExpressionStatement(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        in_header = above[-1]["nodeType"] == "ForStatement" and above[-1]["body"] is not node
        if not in_header and node["expression"].get("operator") not in ("++", "--"):
            yield self._dropped(node, "drop")

    def _EmitStatement(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        yield self._dropped(node, "drop")

    def _RevertStatement(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        if not _guards(next(one for one in reversed(above) if one["nodeType"] != "Block")):
            yield self._dropped(node, "drop")

    def _dropped(self, node: Node, operator: str) -> Change:
        start, end = _span(node)
        return start, self.source.index(b";", end - 1) + 1, operator, "{}"

    def _IfStatement(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        if not _guards(node):
            yield from self._negated(node["condition"])
            return
        body = node["trueBody"]
        start, end = _span(node)
        if body["nodeType"] != "Block":
            end = self.source.index(b";", end - 1) + 1
        yield start, end, "guard", "{}"

    def _WhileStatement(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        yield from self._negated(node["condition"])

    def _Return(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        expression = node.get("expression")
        if expression is None:
            return
        parts = expression["components"] if expression["nodeType"] == "TupleExpression" else [expression]
        for part in parts:
            if part["nodeType"] in ("Literal", "BinaryOperation", "Conditional", "TupleExpression"):
                continue
            kind = _type(part)
            if kind == "bool":
                yield from ((start, end, "value", text) for start, end, _, text in self._negated(part))
            elif re.fullmatch(r"u?int\d+|bytes\d+|address", kind):
                yield (*_span(part), "value", f"{kind}(0)")

    def _ModifierInvocation(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        if node["kind"] == "modifierInvocation":
            yield (*_span(node), "modifier", "")

    # --- Assembly ----------------------------------------------------------------------------------------------------

    def _YulLiteral(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        if node["kind"] == "number":
            more = int(node["value"], 0) + 1
            yield (*_span(node), "assembly", hex(more) if node["value"].startswith("0x") else str(more))

    def _YulFunctionCall(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        name, arguments = node["functionName"], node["arguments"]
        if name["name"] in ASSEMBLY and all(one["nodeType"] != "YulLiteral" for one in arguments):
            yield (*_span(name), "assembly", ASSEMBLY[name["name"]])
        if name["name"] in SLOTS and arguments[0]["nodeType"] != "YulLiteral":
            yield (*_span(arguments[0]), "assembly", f"add({self._text(arguments[0])}, 1)")

    def _YulExpressionStatement(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        yield (*_span(node), "drop", "")

    def _YulIf(self, node: Node, above: tuple[Node, ...]) -> Iterator[Change]:  # noqa: N802
        condition = node["condition"]
        yield (*_span(condition), "negate", f"iszero({self._text(condition)})")


def _span(node: Node) -> tuple[int, int]:
    start, length, _ = node["src"].split(":")
    return int(start), int(start) + int(length)


def _guards(node: Node) -> bool:
    """Whether it is an `if` that reverts, and nothing else: it is dropped as a whole."""
    if node["nodeType"] != "IfStatement" or node.get("falseBody"):
        return False
    body = node["trueBody"]
    first = body["statements"][0] if body["nodeType"] == "Block" and body["statements"] else body
    return bool(first["nodeType"] == "RevertStatement")


def _type(node: Node) -> str:
    return str(node.get("typeDescriptions", {}).get("typeString", ""))


def _children(node: Node) -> Iterator[Node]:
    for value in node.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and "nodeType" in one:
                yield one
