"""`crt contrib`, people: who graduated, who somebody is, and their next wallet."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.accounts import account, address
from ledger.cli.context import As, Context, command
from ledger.cli.output import day_of, some
from ledger.errors import InputError, RuleError

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
) -> None:
    """Attest, as a university, that a person graduated on a day and may claim from a programme.

    Example: crt contrib attest 1 1 2026-06-30 --as university
    """
    from ledger.services import people, programmes

    graduated = day_of(day, "DAY")
    with context.ledger() as ledger:
        university = account(ledger, who)
        programmes.programme(ledger, programme)
        people.attest(ledger, person, programme, graduated, university)
        wallet = people.person(ledger, person).wallet
    document = {"person": person, "wallet": wallet, "programme": programme, "day": graduated.isoformat()}
    context.say(
        "attestation",
        {**document, "university": university.address},
        f"person {person} graduated on {graduated}, and may claim from programme {programme}",
    )


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
        before = people.person(ledger, person).wallet
        if before != old.address:
            raise RuleError(
                f"this is not the wallet of person {person}", field="--as", expected=before, found=old.address
            )
        people.rotate(ledger, person, old, new)
    document = {"person": person, "from": old.address, "to": new.address}
    context.say(
        "rotation",
        document,
        f"person {person} has wallet {new.address} now, instead of {old.address}",
        f"vouchers that the old wallet has follow with the next claim, and are its own until then: "
        f"crt contrib claim PROGRAMME LOG... --person {person}",
    )
