"""`crt completion`: what a shell needs to complete commands, options and names."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import Annotated, Final

import typer

from ledger.cli.output import say

__all__ = ["PROGRAM", "VARIABLE", "Shell", "completion", "prepare"]

PROGRAM: Final = "crt"
VARIABLE: Final = "_CRT_COMPLETE"
"""By which a shell asks the program for what could come next."""


class Shell(StrEnum):
    """A shell that can be helped."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def prepare() -> None:
    """Have the program answer a shell that asks what could come next; without `--install-completion`, which would
    write into files of the user's."""
    if VARIABLE in os.environ:
        from typer.completion import completion_init  # type: ignore[attr-defined]

        completion_init()


def completion(
    as_json: bool, shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")]
) -> None:
    """Print what your shell needs to complete commands, options, and names of wallets, networks, series and receipts.

    Example: crt completion bash > ~/.crt-completion.bash
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    script = get_completion_script(prog_name=PROGRAM, complete_var=VARIABLE, shell=shell.value)
    say(as_json, "completion", {"shell": shell.value, "script": script}, script)
