"""`crt wallet`: keys under passwords, and names for addresses (docs/wallets.md)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli import completing
from ledger.cli.accounts import plain_address
from ledger.cli.asking import confirm
from ledger.cli.options import Json
from ledger.cli.output import printable, say
from ledger.cli.passwords import PasswordFile, agents, folder, new_password, opened
from ledger.errors import InputError

if TYPE_CHECKING:
    from ledger.chain.signing import Account
    from ledger.wallet.folder import Kind, Wallet

__all__ = ["Name", "app"]

app = typer.Typer(help="Wallets: keys under passwords, names for addresses, signatures.", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A wallet or a contact.", autocompletion=completing.addresses)
]
_New = Annotated[str, typer.Argument(metavar="NAME", help="Small letters, digits, - and _; at most 32.")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
_Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="0x and 40 digits; a checksum is verified.")]
_Index = Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Which account of the words: m/44'/60'/0'/0/INDEX.")]


@app.command("new")
def new(
    name: _New,
    words: Annotated[int, typer.Option(min=12, max=24, help="How many words: 12 or 24.")] = 12,
    no_words: Annotated[
        bool, typer.Option("--no-words", help="For scripts: a key without words. Its file is the only copy.")
    ] = False,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Make a wallet. Its words are shown this once, on the terminal alone, and some are asked for.

    Example: crt wallet new treasury --words 24
    """
    from ledger.chain.signing import Account
    from ledger.cli.words import new_account

    _free(name)
    if words not in (12, 24):
        raise InputError("not a number of words", field="--words", expected="12 or 24", found=str(words))
    account = Account.create() if no_words else new_account(words)
    _keep(name, account, new_password(name, password_file), as_json)


@app.command("import")
def import_(
    name: _New,
    source: Annotated[
        str | None, typer.Option("--from", metavar="FILE", help="A file (0600), or - for standard input.")
    ] = None,
    index: _Index = 0,
    passphrase: Annotated[bool, typer.Option("--passphrase", help="Ask for the words' own passphrase, too.")] = False,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Keep a key that there is: by its words, its 64 digits, or a V3 keystore. Without --from it is asked for.

    A keystore is opened by the password, and kept under the same one.

    Example: crt wallet import savings --from words.txt
    """
    from ledger.cli.words import account_of, read_source

    _free(name)
    text = read_source(source)
    account, password = account_of(name, text, index=index, with_passphrase=passphrase, password_file=password_file)
    _keep(name, account, password or new_password(name, password_file), as_json)


@app.command("watch")
def watch(name: _New, address: _Address, as_json: Json = False) -> None:
    """Keep an address of yours without its key.

    Example: crt wallet watch vault 0x70997970c51812dc3a010c7d01b50e0d17dc79c8
    """
    from ledger.wallet.folder import Kind

    _keep_address(name, Kind.WATCH, address, as_json)


@app.command("contact")
def contact(name: _New, address: _Address, as_json: Json = False) -> None:
    """Keep the address of somebody else under a name, to use the name in commands.

    Example: crt wallet contact bank 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
    """
    from ledger.wallet.folder import Kind

    _keep_address(name, Kind.CONTACT, address, as_json)


@app.command("connect")
def connect(
    name: _New,
    address: _Address,
    program: Annotated[list[str], typer.Argument(metavar="PROGRAM...", help="What signs, and its arguments.")],
    as_json: Json = False,
) -> None:
    """Keep an address that a program signs for, such as one that asks a hardware wallet.

    Example: crt wallet connect ledger 0x70997970c51812dc3a010c7d01b50e0d17dc79c8 /usr/local/bin/my-signer
    """
    from shutil import which

    from ledger.cli.accounts import refuse_secret
    from ledger.wallet.folder import Kind

    for part in program:
        refuse_secret(part, "PROGRAM")
    if (found := which(program[0])) is None:
        expected = "a program's path, or its name in PATH"
        raise InputError("there is no such program", field="PROGRAM", expected=expected, found=repr(program[0]))
    _keep_address(name, Kind.SIGNER, address, as_json, (str(Path(found).absolute()), *program[1:]))


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """Show all wallets and contacts, and which are unlocked.

    Example: crt wallet list
    """
    from ledger.wallet.folder import Damaged

    documents, lines = [], []
    for one in folder().all():
        if isinstance(one, Damaged):
            documents.append({"name": one.name, "kind": "damaged", "problem": one.error.message})
            lines.append(f"{one.name:16} damaged  {one.error.message}: {one.error.file}")
        else:
            documents.append(_document(one))
            lines.append(_line(one))
    say(as_json, "wallets", {"wallets": documents}, *(lines or ["no wallets: crt wallet new NAME makes one"]))


@app.command("show")
def show(name: Name, as_json: Json = False) -> None:
    """Show a wallet: its address, its kind, its file, and for how long it is unlocked.

    Example: crt wallet show treasury
    """
    found = folder().get(name)
    file = str(folder().file_of(name))
    more = [f"program   {printable(' '.join(found.program))}"] if found.program else []
    say(as_json, "wallet", {**_document(found), "file": file}, _line(found), f"file      {file}", *more)


@app.command("rename")
def rename(name: Name, to: Annotated[str, typer.Argument(metavar="NEW-NAME")], as_json: Json = False) -> None:
    """Give a wallet or a contact another name. It is locked.

    Example: crt wallet rename treasury old-treasury
    """
    _free(to)
    agents().lock(name)
    say(as_json, "wallet", _document(made := folder().rename(name, to)), _line(made))


@app.command("remove")
def remove(name: Name, yes: _Yes = False, as_json: Json = False) -> None:
    """Remove a wallet or a contact for good. A key is gone then, unless you have its words or an export.

    Example: crt wallet remove old-treasury
    """
    wallets = folder()
    if not wallets.has(name):
        wallets.get(name)
    confirm(f"Remove {name} for good: without its words or an export, its key is lost.", yes, name)
    agents().lock(name)
    wallets.remove(name)
    say(as_json, "wallet-removed", {"name": name}, f"{name} is removed")


@app.command("export")
def export(
    name: Name,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to make, of mode 0600. Default: NAME.json, here.")
    ] = None,
    private_key: Annotated[
        bool, typer.Option("--private-key", help="The bare key: to --out, or on the terminal, asked twice.")
    ] = False,
    yes: _Yes = False,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Write a wallet's keystore to a file, still under its password; geth, cast and others read it.

    Example: crt wallet export treasury --out treasury.json
    """
    from ledger.wallet.files import write_new
    from ledger.wallet.folder import Kind

    found = folder().get(name)
    if found.kind is not Kind.KEY:
        raise InputError("there is no key to export", field="NAME", expected="a wallet with a key", found=found.kind)
    if private_key and out is None:
        _print_key(found, password_file, yes=yes, as_json=as_json)
        return
    out = Path(f"{name}.json") if out is None else out
    what = "The bare key: who reads the file has the account." if private_key else "The keystore, under its password."
    confirm(f"Write {out}. {what}", yes)
    if private_key:
        write_new(out, opened(found, password_file).secret().hex() + "\n")
    else:
        write_new(out, folder().file_of(name).read_text(encoding="utf-8"))
    document = {"name": name, "address": found.address, "file": str(out), "encrypted": not private_key}
    say(as_json, "wallet-export", document, f"written to {out}, for nobody else to read")


def _print_key(wallet: Wallet, password_file: Path | None, *, yes: bool, as_json: bool) -> None:
    if yes or as_json or not sys.stdout.isatty():
        expected = "a terminal, and neither --yes nor --json; or a file: --out"
        raise InputError("a key is printed on a terminal alone", field="--private-key", expected=expected, found="none")
    confirm("The bare key is shown on this terminal: who sees it has the account, for ever.", yes=False)
    confirm("Nobody looks over your shoulder, and nothing records the screen?", yes=False, expected=wallet.name)
    print(opened(wallet, password_file).secret().hex())


def _free(name: str) -> None:
    """Raise InputError for a name that is taken, or means something else where accounts are named."""
    from ledger.services.roles import Role
    from ledger.wallet.folder import check_name

    folder().check_free(check_name(name))
    if name.upper() in Role.__members__:
        raise InputError("this is the name of a role", field="NAME", expected="another name", found=repr(name))


def _keep(name: str, account: Account, password: str, as_json: bool) -> None:
    from ledger.wallet.keystore import encrypt

    made = folder().add_key(name, encrypt(account, password))
    say(as_json, "wallet", _document(made), _line(made), "its file is its only copy, beside its words: keep both safe")


def _keep_address(name: str, kind: Kind, address: str, as_json: bool, program: tuple[str, ...] = ()) -> None:
    _free(name)
    made = folder().add_address(name, kind, plain_address(address, "ADDRESS"), program)
    say(as_json, "wallet", _document(made), _line(made))


def _document(one: Wallet) -> dict[str, Any]:
    left = agents().left(one.name)
    more = {"program": list(one.program)} if one.program else {}
    state = {"unlockedForSeconds": None if left is None else int(left)}
    return {"name": one.name, "kind": one.kind.value, "address": one.address, **state, **more}


def _line(one: Wallet) -> str:
    left = agents().left(one.name)
    state = "" if left is None else f"  unlocked for {int(left) // 60}:{int(left) % 60:02}"
    return f"{one.name:16} {one.kind.value:8} {one.address}{state}"
