"""What a command asks its user: secrets without echo, and whether it may go on. Only ever on a terminal."""

from __future__ import annotations

import getpass
import sys
import warnings

from ledger.errors import InputError

__all__ = ["confirm", "is_there_somebody", "secret", "secret_twice"]

_TRIES = 3


def is_there_somebody() -> bool:
    """Whether questions are seen, and answers typed."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def secret(prompt: str, instead: str) -> str:
    """What is typed without being shown. Raises InputError where nobody is, which says what to do ``instead``."""
    if not is_there_somebody():
        raise InputError(
            f"there is no terminal to ask for {prompt}", expected=instead, found="no terminal", hint=f"give {instead}"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)  # it would be shown
        try:
            return getpass.getpass(f"{prompt[0].upper()}{prompt[1:]}: ")
        except (EOFError, getpass.GetPassWarning):
            raise InputError(f"nothing was typed for {prompt}", expected=instead, found="nothing") from None


def secret_twice(prompt: str, instead: str) -> str:
    """The same, typed twice. Raises InputError if the second is never the first."""
    for _ in range(_TRIES):
        found = secret(prompt, instead)
        if secret(f"{prompt} again", instead) == found:
            return found
        print("these are not the same", file=sys.stderr)
    raise InputError(f"{prompt} was not typed twice", expected="the same twice", found="different ones")


def confirm(question: str, yes: bool, expected: str = "yes") -> None:
    """Go on, if ``yes``, or if ``expected`` is typed. Raises InputError, which names the flag where nobody is."""
    if yes:
        return
    if not is_there_somebody():
        hint = "--yes says so in scripts"
        raise InputError("there is no terminal to ask on", field="--yes", expected="--yes", found="nothing", hint=hint)
    print(f"{question} Type {expected} to go on: ", end="", file=sys.stderr, flush=True)
    typed = sys.stdin.readline()
    if typed.strip() != expected and (expected, typed.strip().lower()) != ("yes", "y"):
        found = "something else" if typed else "the end of the input"
        raise InputError("stopped; nothing was changed", expected=expected, found=found)
