"""The client in the repository is what the API's document gives."""

from __future__ import annotations

from scripts.make_client import CLIENT, made


def test_the_client_is_what_the_document_gives() -> None:
    wanted = made()
    found = {f"calls/{path.name}" for path in (CLIENT / "calls").glob("*.py")} | {"types.py"}
    assert found == wanted.keys()
    stale = [name for name, text in wanted.items() if (CLIENT / name).read_text(encoding="utf-8") != text]
    assert not stale, "run .venv/bin/python scripts/make_client.py"
