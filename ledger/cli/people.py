"""`crt contrib`, people: who graduated, who somebody is, and their next wallet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.accounts import account, address
from ledger.cli.context import Context
from ledger.cli.files import check_chain, json_of, write_new
from ledger.cli.options import As, command
from ledger.cli.output import day_of, moment, some
from ledger.errors import InputError, RuleError

if TYPE_CHECKING:
    from ledger.chain.signer import Signer
    from ledger.services.ledger import Ledger
    from ledger.services.people import Attestation

__all__ = ["app"]

app = typer.Typer()

_Person = Annotated[int, typer.Argument(metavar="PERSON", min=1, help="The person's number.")]


@command(app, "attest")
def attest(
    context: Context,
    person: _Person,
    programme: Annotated[int, typer.Argument(metavar="PROGRAMME", min=1, help="The programme's number.")],
    day: Annotated[str, typer.Argument(metavar="DAY", help="Of graduation: YYYY-MM-DD.")],
    who: As,
    output: Annotated[Path | None, typer.Option("-o", "--out", help="The attestation's file, for the person.")] = None,
    wallet: Annotated[str | None, typer.Option(help="Instead, the person's account, if its key is here too.")] = None,
) -> None:
    """Attest, as a university, that a person graduated on a day and may claim from a programme; good for 7 days.

    It takes effect when the person agrees: with `crt contrib graduate`, or here with --wallet.

    Example: crt contrib attest 1 1 2026-06-30 --as university --out graduation.json
    """
    from ledger.services import people, programmes

    graduated = day_of(day, "DAY")
    if (output is None) == (wallet is None):
        raise InputError(
            "the person has to agree as well", field="--out", expected="--out FILE, for them; or --wallet ACCOUNT"
        )
    with context.ledger() as ledger:
        university = account(ledger, who)
        programmes.programme(ledger, programme)
        attestation, signature = people.sign_attestation(ledger, person, programme, graduated, university)
        if wallet is not None:
            _graduate(context, ledger, attestation, signature, account(ledger, wallet, "--wallet"), "--wallet")
            return
        _check_member(ledger, university.address, local=context.rpc is None)
        chain = {"chainId": ledger.deployment.chain_id, "contract": ledger.claims.address}
    document = {
        **chain,
        **_shown(attestation),
        "deadline": attestation.deadline,
        "signature": f"0x{signature.hex()}",
    }
    assert output is not None
    write_new(output, (json.dumps({"schema": "crt-attestation/1", **document}, indent=2) + "\n").encode())
    context.say(
        "attestation",
        {**document, "file": str(output)},
        f"{output}: person {person} graduated on {graduated}, and may claim from programme {programme}",
        f"good until {moment(attestation.deadline)}, if the person agrees: "
        f"crt contrib graduate {output} --as {attestation.wallet}'s account",
    )


@command(app, "graduate")
def graduate(
    context: Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `crt contrib attest --out` wrote.")],
    who: As,
) -> None:
    """Agree to a university's attestation, as the person, and become a graduate of its programme on chain.

    A person claims from one programme, for good once something was claimed: look at which one it is.

    Example: crt contrib graduate graduation.json --as dev:1
    """
    found = json_of(file, "attestation", "crt contrib attest --out")
    with context.ledger() as ledger:
        check_chain(ledger, found, file, "attestation")
        attestation, signature = _read(found, file)
        _graduate(context, ledger, attestation, signature, account(ledger, who), "--as")


def _graduate(
    context: Context, ledger: Ledger, attestation: Attestation, signature: bytes, wallet: Signer, field: str
) -> None:
    from ledger.services import people

    _check_wallet(wallet.address, attestation.wallet, attestation.person, field)
    people.graduate(ledger, attestation, signature, wallet)
    document = _shown(attestation)
    context.say(
        "graduation",
        document,
        f"person {attestation.person} graduated on {document['day']}, "
        f"and may claim from programme {attestation.programme}",
    )


def _shown(attestation: Attestation) -> dict[str, Any]:
    from ledger.domain.daycount import date_of

    return {
        "person": attestation.person,
        "wallet": attestation.wallet,
        "programme": attestation.programme,
        "day": date_of(attestation.day).isoformat(),
        "university": attestation.university,
    }


def _read(found: dict[str, Any], file: Path) -> tuple[Attestation, bytes]:
    """An attestation as `attest --out` wrote it. Raises InputError."""
    from ledger.domain.daycount import day_number
    from ledger.services.people import Attestation

    try:
        attestation = Attestation(
            person=int(found["person"]),
            wallet=str(found["wallet"]),
            programme=int(found["programme"]),
            day=day_number(day_of(str(found["day"]), "day")),
            deadline=int(found["deadline"]),
            university=str(found["university"]),
        )
        return attestation, bytes.fromhex(found["signature"].removeprefix("0x"))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError("the attestation is not whole", file=str(file), found=repr(error)) from None


def _check_member(ledger: Ledger, university: str, *, local: bool) -> None:
    """What the contract will look at only when the person sends it."""
    from ledger.cli.refusals import grant_hint
    from ledger.services.roles import Role

    member, delay = ledger.authority.view(ledger.node, "hasRole", int(Role.UNIVERSITY), university)
    if not member or delay:
        raise RuleError(
            f"{university} is no university here" + (", for its role has a delay" if member else ""),
            field="--as",
            expected="an account with the role university, without a delay",
            hint=grant_hint(Role.UNIVERSITY, university, ledger.authority.address, local=local),
        )


def _check_wallet(given: str, wallet: str, person: int, field: str) -> None:
    if given != wallet:
        raise RuleError(f"this is not the wallet of person {person}", field=field, expected=wallet, found=given)


@command(app, "person")
def person(
    context: Context,
    number: Annotated[int | None, typer.Argument(metavar="NUMBER", min=1, help="The person's number.")] = None,
    wallet: Annotated[str | None, typer.Option(help="A wallet that they have or had, instead.")] = None,
) -> None:
    """Show a person: wallets, contributors of repositories, graduation and vouchers.

    Example: crt contrib person --wallet dev:1
    """
    from ledger.domain.daycount import date_of
    from ledger.services import people, programmes

    if (number is None) == (wallet is None):
        raise InputError("who is not said", field="NUMBER", expected="a person's number, or --wallet")
    with context.ledger() as ledger:
        if wallet is not None:
            found = people.person_of(ledger, address(ledger, wallet, "--wallet"))
        else:
            found = people.person(ledger, number or 0)
        past = people.past_wallets(ledger, found.number)
        bound = people.contributors_of(ledger, found.number)
        units = programmes.units_of(ledger, found.programme, found.wallet) if found.programme else 0
    day = date_of(found.day) if found.programme else None
    contributors = [{"repository": repo, "contributor": f"0x{contributor.hex()}"} for repo, contributor in bound]
    document = {
        "person": found.number,
        "wallet": found.wallet,
        "pastWallets": past,
        "contributors": contributors,
        "graduation": None if day is None else {"programme": found.programme, "day": day.isoformat()},
        "vouchers": units,
    }
    context.say(
        "person",
        document,
        f"person {found.number}: wallet {found.wallet}" + (f", before {', '.join(past)}" if past else ""),
        *(f"repository {item['repository']}: contributor {item['contributor']}" for item in contributors),
        "not graduated"
        if day is None
        else f"graduated on {day} for programme {found.programme}: has {some(units, 'voucher')}",
    )


@command(app, "rotate")
def rotate(
    context: Context,
    person: _Person,
    who: As,
    to: Annotated[str, typer.Option("--to", help="The new wallet's account; nobody had it before.")],
) -> None:
    """Give a person another wallet, signed by both; their vouchers follow with the next claim.

    Until that claim the old wallet can spend them: claim at once.

    Example: crt contrib rotate 1 --as dev:1 --to key:new.key
    """
    from ledger.services import people

    with context.ledger() as ledger:
        old, new = account(ledger, who), account(ledger, to, "--to")
        _check_wallet(old.address, people.person(ledger, person).wallet, person, "--as")
        people.rotate(ledger, person, old, new)
    document = {"person": person, "from": old.address, "to": new.address}
    context.say(
        "rotation",
        document,
        f"person {person} has wallet {new.address} now, instead of {old.address}",
        f"vouchers that the old wallet has follow with the next claim, and are its own until then: "
        f"crt contrib claim PROGRAMME LOG... --person {person}",
    )
