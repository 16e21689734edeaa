"""Words and keys as they come in and are shown: on the terminal, in a file, on standard input; never an argument."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Final

from ledger.cli.asking import is_there_somebody, secret
from ledger.cli.passwords import password_of
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.chain.signing import Account

__all__ = ["account_of", "new_account", "read_source"]

_ASKED: Final = 3  # words that are to be repeated
_TRIES: Final = 3
_MOST: Final = 65_536  # characters of what is imported
_KEY: Final = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")
_OTHER_SCREEN, _BACK = "\x1b[?1049h\x1b[H", "\x1b[?1049l"  # its lines are not kept for scrolling back


def new_account(count: int) -> Account:
    """The account of new words, which are shown until Enter is pressed; then some are asked for. Raises InputError
    where nobody is, and if they are not repeated: then nothing is kept."""
    from ledger.wallet.mnemonic import from_words, new_words

    if not is_there_somebody():
        raise InputError(
            "there is no terminal to show the words on",
            field="--words",
            expected="a terminal, or --no-words",
            found="no terminal",
            hint="with --no-words the wallet's file is the only copy of the key: back it up",
        )
    words = new_words(count)
    _show(words.split())
    places = sorted(SystemRandom().sample(range(count), _ASKED))
    for _ in range(_TRIES):
        if all(secret(f"word {place + 1}", "a terminal").strip().lower() == words.split()[place] for place in places):
            return from_words(words)
        print("that is not what was shown", file=sys.stderr)
    raise InputError("the words were not repeated; nothing was kept", expected="the words as shown", found="others")


def read_source(source: str | None) -> str:
    """What is to be imported: from a file of mode 0600, from standard input (``-``), or typed without echo. A keystore
    is encrypted, so that its file may have another mode."""
    from ledger.wallet.files import read_private

    if source is None:
        return secret("the words or the private key", "--from FILE, or --from - for standard input")
    if source == "-":
        return sys.stdin.buffer.read(_MOST).decode(errors="replace")
    from ledger.cli.accounts import refuse_secret

    path = Path(source).expanduser()
    if not path.is_file():
        refuse_secret(source, "--from")
        if len(source.split()) > 1:  # words, perhaps
            raise InputError("there is no such file", field="--from", expected="a file, or -", found="not shown")
    elif _begins(path).lstrip().startswith(b"{"):
        return path.read_text(encoding="utf-8", errors="replace")[:_MOST]
    return read_private(path, "--from", "the words or the key", _MOST)


def _begins(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(200)
    except OSError:
        return b""


def account_of(
    name: str, text: str, *, index: int, with_passphrase: bool, password_file: Path | None
) -> tuple[Account, str | None]:
    """The account of a key, of words or of a keystore, and the keystore's password. Raises InputError, which has
    nothing of the text in it, and NotAllowed."""
    from ledger.chain.signing import Account
    from ledger.wallet import keystore
    from ledger.wallet.mnemonic import from_words

    found = text.strip()
    if _KEY.fullmatch(found):
        return Account.from_key(found), None
    if found.startswith("{"):
        document = _parsed(found)
        password = password_of("the keystore", password_file)
        return keystore.decrypt(document, password, "the keystore"), password
    passphrase = secret("the words' passphrase", "a terminal, or the key itself") if with_passphrase else ""
    return from_words(found, passphrase, index), None


def _parsed(text: str) -> dict[str, object]:
    from ledger.wallet.keystore import is_keystore

    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not is_keystore(document):
        expected = "a V3 keystore, words, or 64 hexadecimal digits"
        raise InputError("this is no keystore", field="--from", expected=expected, found="something else in braces")
    return document


def _show(words: list[str]) -> None:
    lines = [f"{number:4}  {word}" for number, word in enumerate(words, 1)]
    print(f"{_OTHER_SCREEN}These words are the wallet. Write them on paper, in this order:\n", file=sys.stderr)
    print("\n".join(lines), file=sys.stderr)
    print("\nThey are not shown again. Press Enter when you have them. ", end="", file=sys.stderr, flush=True)
    try:
        sys.stdin.readline()
    finally:
        print(_BACK, end="", file=sys.stderr, flush=True)
