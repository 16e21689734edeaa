"""Write the Python client's types and calls (`ledger/client`) from the document of the HTTP API.

Run it after a route or a document of the API has changed: .venv/bin/python scripts/make_client.py

Of the libraries for this, datamodel-code-generator makes types, a class for every `Operation[...]`, and no calls;
openapi-python-client makes attrs classes around httpx, with errors and retries of its own, and knows one transport.
What is wanted here is less: dictionaries as they are on the wire, generic ones among them, and a line for each call.
"""

from __future__ import annotations

import keyword
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CLIENT = ROOT / "ledger" / "client"

_WIDE = 106  # of a docstring
_GENERIC = re.compile(r"(\w+)\[(.+)\]")
_WORDS = re.compile(r"[A-Za-z_]\w*")
_DIGITS = "^(0|[1-9][0-9]{0,77})$"
_HEAD = '"""{}\n\nMade by scripts/make_client.py from the document of the HTTP API: change that.\n"""\n'
_FUTURE = "\nfrom __future__ import annotations\n\n"


def files(document: Mapping[str, Any]) -> dict[str, str]:
    """All that is written, by its path in `ledger/client`, before it is formatted."""
    parts: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            (tag,) = operation["tags"]
            parts.setdefault(tag, []).append(_call(document, tag, path, method.upper(), operation))
    made = {f"calls/{_module(tag)}.py": _calls(tag, calls) for tag, calls in parts.items()}
    return {"types.py": _types(document), "calls/__init__.py": _all_calls(list(parts)), **made}


# --- Types -----------------------------------------------------------------------------------------------------------


def _types(document: Mapping[str, Any]) -> str:
    schemas = document["components"]["schemas"]
    texts: dict[str, str] = {}
    for name, schema in schemas.items():
        generic = _GENERIC.fullmatch(schema.get("title", name))
        shown = generic[1] if generic else name
        text = _type(document, shown, schema, generic[2] if generic else None)
        if texts.setdefault(shown, text) != text:
            raise ValueError(f"two documents are called {shown}")
    body = "\n".join(texts[name] for name in sorted(texts))
    used = [name for name in ("Any", "Generic", "Literal", "NotRequired", "TypeAlias", "TypedDict") if name in body]
    every = "\n".join(f'    "{name}",' for name in sorted(texts))
    return (
        f"{_HEAD.format('What is sent and answered: JSON documents, as they are on the wire.')}{_FUTURE}"
        f"from typing import {', '.join([*used, 'TypeVar'])}\n\n"
        f'__all__ = [\n{every}\n]\n\nT = TypeVar("T")\n\n{body}'
    )


def _type(document: Mapping[str, Any], name: str, schema: Mapping[str, Any], argument: str | None) -> str:
    if "properties" not in schema:
        return f"{name}: TypeAlias = {_kind(document, schema)}\n{_docstring(schema.get('description', ''))}\n"
    if any(map(keyword.iskeyword, schema["properties"])):
        return _with_keywords(document, name, schema)
    base = "TypedDict" if argument is None else "TypedDict, Generic[T]"
    wanted = _spelt(argument) if argument is not None and argument != "Any" else None
    lines = [f"class {name}({base}):", textwrap.indent(_docstring(_sentence(name, schema)), "    "), ""]
    for key, field in schema["properties"].items():
        kind = _kind(document, field)
        if argument is not None and kind in (wanted, f"{wanted} | None", f"list[{wanted}]", f"Preview[{wanted}]"):
            kind = kind.replace(str(wanted), "T")
        elif argument == "Any" and kind == "Any":
            kind = "T | None"
        if key not in schema.get("required", ()):
            kind = f"NotRequired[{kind}]"
        lines.append(f"    {key}: {kind}")
        if told := _told(document, field):
            lines.append(textwrap.indent(_docstring(told), "    "))
    return "\n".join([*lines, ""])


def _with_keywords(document: Mapping[str, Any], name: str, schema: Mapping[str, Any]) -> str:
    """A document with a name that is a word of Python's."""
    assert set(schema["properties"]) == set(schema["required"]), name
    fields = ", ".join(f'"{key}": {_kind(document, field)}' for key, field in schema["properties"].items())
    return f'{name} = TypedDict("{name}", {{{fields}}})\n{_docstring(_sentence(name, schema))}\n'


def _kind(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """A schema as a type."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        title = document["components"]["schemas"][name].get("title", name)
        return _spelt(title) if _GENERIC.fullmatch(title) else name
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " | ".join(dict.fromkeys(_kind(document, one) for one in schema[several]))
    if "const" in schema or "enum" in schema:
        values = schema.get("enum") or [schema["const"]]
        return f"Literal[{', '.join(map(_quoted, values))}]"
    match schema.get("type"):
        case "array":
            return f"list[{_kind(document, schema['items'])}]"
        case "object":
            more = schema.get("additionalProperties")
            return f"dict[str, {_kind(document, more) if isinstance(more, dict) else 'Any'}]"
        case None:
            return "Any"
        case kind:
            return {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}[str(kind)]


def _spelt(title: str) -> str:
    """`Page[Union[Event, FeedReset]]` as `Page[Event | FeedReset]`."""
    return re.sub(r"Union\[([^\[\]]*)\]", lambda found: found[1].replace(", ", " | "), title)


def _sentence(name: str, schema: Mapping[str, Any]) -> str:
    given = {"Operation": "Something that was asked for, done once.", "Page": "A part of a list."}
    given["Preview"] = "What a request would do if it were sent now. Nothing was done."
    given["Prepared"] = "What a wallet has to sign, in this order, and what it does then."
    return str(schema.get("description") or given.get(name) or f"See {name}.")


def _told(document: Mapping[str, Any], field: Mapping[str, Any]) -> str:
    return str(field.get("description", ""))


# --- Calls -----------------------------------------------------------------------------------------------------------


def _all_calls(tags: list[str]) -> str:
    imports = "\n".join(f"from ledger.client.calls.{_module(tag)} import {_class(tag)}" for tag in sorted(tags))
    bases = ", ".join(_class(tag) for tag in tags)
    return (
        f"{_HEAD.format('All that can be asked for, a method each.')}{_FUTURE}{imports}\n\n"
        f'__all__ = ["Calls"]\n\n\nclass Calls({bases}):\n    """Every operation of the HTTP API."""\n'
    )


def _calls(tag: str, calls: list[str]) -> str:
    body = "\n".join(calls)
    kinds = set(_WORDS.findall(body))
    given = [name for name in ("Day", "Id", "Moment") if re.search(rf"[:|] {name}\b", body)]
    made = [name for name in ("Request", "Write", "path") if f"{name}(" in body]
    calling = sorted(["Caller", *given, *made, *(["write"] if "@write" in body else [])])
    types = sorted(set(re.findall(r"\btypes\.(\w+)", body)), key=str.lower)
    body = body.replace("types.", "")
    lines = [_HEAD.format(f"What is asked for under `{tag}`."), _FUTURE.strip("\n"), ""]
    if "Iterator[" in body:
        lines.append("from collections.abc import Iterator\n")
    # The types take a tenth of a second to make: nobody does who only calls.
    if typing := [*(["TYPE_CHECKING"] if types else []), *(name for name in ("Any", "Literal") if name in kinds)]:
        lines[-1] = lines[-1].rstrip("\n")
        lines.append(f"from typing import {', '.join(typing)}\n")
    lines.append(f"from ledger.client.calling import {', '.join(calling)}")
    if types:
        lines.append(f"\nif TYPE_CHECKING:\n    from ledger.client.types import {', '.join(types)}")
    head = (
        f'\n__all__ = ["{_class(tag)}"]\n\n\nclass {_class(tag)}(Caller):\n    """What is asked for under `{tag}`."""\n'
    )
    return "\n".join([*lines, head, body])


def _call(document: Mapping[str, Any], tag: str, path: str, method: str, operation: Mapping[str, Any]) -> str:
    """One operation as a method."""
    given = {place: [one for one in operation.get("parameters", ()) if one["in"] == place] for place in _PLACES}
    parameters = ["self", *(f"{one['name']}: {_parameter(document, one['schema'])}" for one in given["path"])]
    body = operation.get("requestBody")
    if body is not None:
        (content,) = body["content"].values()
        parameters.append(f"body: {_named(_kind(document, content['schema']))}")
    more = [*_options(document, given["query"]), *_header_options(given["header"])]
    parameters += ["*", *more] if more else []
    is_write = any(one["name"] == "dryRun" for one in given["query"])
    answer, how = _answer(document, operation, method, is_write)
    where = ", ".join([f'"{path}"', *(one["name"] for one in given["path"])])
    passed = [f'"{tag}"', f'"{method}"', f"path({where})" if given["path"] else where]
    query = [f'"{one["name"]}": {_snake(one["name"])}' for one in given["query"] if one["name"] != "dryRun"]
    passed += [f"query={{{', '.join(query)}}}"] if query else []
    passed += ["body=body"] if body is not None else []
    passed += [f"{_snake(one['name'])}={_snake(one['name'])}" for one in given["header"]]
    if any(one["name"] == "idempotency-key" for one in given["header"]) and not is_write:
        how = "_once"
    made = f"Write({', '.join(passed)})" if is_write else f"self.{how}(Request({', '.join(passed)}))"
    returned = f"Write[{answer}]" if is_write else answer
    text = f"def {operation['operationId']}({', '.join(parameters)}) -> {returned}:\n"
    text += textwrap.indent(_docstring(operation["description"]), "    ") + "\n"
    text += f"    {'' if answer == 'None' else 'return '}{made}\n"
    return textwrap.indent(("@write\n" if is_write else "") + text, "    ")


_PLACES = ("path", "query", "header")


def _answer(document: Mapping[str, Any], operation: Mapping[str, Any], method: str, is_write: bool) -> tuple[str, str]:
    """What a call returns, and how it is asked for."""
    answers = {status: one for status, one in operation["responses"].items() if status < "3"}
    status = "202" if "202" in answers else min(answers)
    content = answers[status].get("content")
    if content is None:
        return "None", "_nothing"
    ((kind, media),) = content.items()
    match kind:
        case "application/json":
            found = _named(_kind(document, media["schema"]))
            if is_write:
                inner = _GENERIC.fullmatch(found.removeprefix("types."))
                assert inner is not None, found
                found = _named(inner[2].removeprefix("types."))
            return found, "_json"
        case "application/jsonl":
            return "Iterator[str]", "_lines"
        case "text/event-stream":
            return "Iterator[dict[str, Any]]", "_events"
        case _:
            return "str", "_text"


def _options(document: Mapping[str, Any], query: list[Any]) -> Iterator[str]:
    needed = sorted(query, key=lambda one: not one.get("required", False))
    for one in needed:
        if one["name"] == "dryRun":
            continue
        kind = _parameter(document, one["schema"])
        missing = "" if one.get("required") else " = None"
        kind = kind if not missing or kind.endswith("| None") else f"{kind} | None"
        yield f"{_snake(one['name'])}: {kind}{missing}"


def _header_options(headers: list[Any]) -> Iterator[str]:
    kinds = {"idempotency-key": "str | None = None", "if-match": "str", "last-event-id": "int | None = None"}
    yield from (f"{_snake(one['name'])}: {kinds[one['name']]}" for one in headers)


def _parameter(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What Python gives for a value of a path or a query."""
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_parameter(document, one) for one in schema["anyOf"]))
    if schema.get("pattern") == _DIGITS:
        return "Id"
    if schema.get("type") == "string" and "format" in schema:
        return {"date-time": "Moment", "date": "Day"}[schema["format"]]
    return _named(_kind(document, schema))


def _named(kind: str) -> str:
    """With what is imported from the types marked as such."""
    known = {"Any", "Literal", "None", "str", "int", "bool", "float", "list", "dict"}
    quoted = re.split(r'("[^"]*")', kind)
    return "".join(
        one
        if one.startswith('"')
        else _WORDS.sub(lambda name: name[0] if name[0] in known else f"types.{name[0]}", one)
        for one in quoted
    )


# --- Text ------------------------------------------------------------------------------------------------------------


def _docstring(text: str) -> str:
    wrapped = "\n\n".join(
        textwrap.fill(" ".join(part.split()), _WIDE, break_long_words=False, break_on_hyphens=False)
        for part in text.strip().replace('"""', "'''").split("\n\n")
    )
    raw = "r" if "\\" in wrapped else ""
    return f'{raw}"""{wrapped}\n"""' if "\n" in wrapped else f'{raw}"""{wrapped}"""'


def _quoted(value: Any) -> str:
    return '"' + value + '"' if isinstance(value, str) else repr(value)


def _module(tag: str) -> str:
    return tag.replace("-", "_")


def _class(tag: str) -> str:
    return "".join(word.capitalize() for word in tag.split("-")) + "Calls"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", lambda found: f"_{found[1].lower()}", name).replace("-", "_")


def formatted(text: str, name: str) -> str:
    """As `ruff format` has it."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(CLIENT / name), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def made() -> dict[str, str]:
    """All files, by their path in `ledger/client`, as they have to be."""
    from api.app import create_app
    from ledger.services.ledger import open_local

    with open_local() as ledger:
        document = create_app(ledger, works=False).openapi()
    return {name: formatted(text, name) for name, text in files(document).items()}


def main() -> None:
    """Write them all, and remove what is left of others."""
    wanted = made()
    (CLIENT / "calls").mkdir(exist_ok=True)
    for path in (CLIENT / "calls").glob("*.py"):
        if f"calls/{path.name}" not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (CLIENT / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
