"""`crt voucher`: a programme from its opening to its end, in cash of the chain's currency."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.accounts import account, address
from ledger.cli.anchored import policy_text
from ledger.cli.context import Context
from ledger.cli.options import As, PolicyOption, command
from ledger.cli.output import day_of, money_of, some
from ledger.cli.programme import check_open, say_programme
from ledger.errors import InputError, RuleError

__all__ = ["app"]

app = typer.Typer(
    help="Model vouchers: programmes that districts open and fund, and what graduates spend at providers.",
    no_args_is_help=True,
)

_Programme = Annotated[int, typer.Argument(metavar="PROGRAMME", min=1, help="The programme's number.")]
_Units = Annotated[int, typer.Argument(metavar="UNITS", min=1, help="How many vouchers.")]
_DAY = 86_400


@command(app, "open")
def open_(
    context: Context,
    providers: Annotated[
        list[str], typer.Option("--provider", metavar="ACCOUNT", help="Who takes the vouchers. Can be repeated.")
    ],
    unit_value: Annotated[str, typer.Option("--unit-value", metavar="AMOUNT", help="What one voucher is worth.")],
    points_per_unit: Annotated[
        int, typer.Option("--points-per-unit", min=1, max=2**64 - 1, help="Points (thousandths of a line) for one.")
    ],
    expires: Annotated[str, typer.Option("--expires", metavar="DAY", help="The last day (UTC): YYYY-MM-DD.")],
    who: As,
    cap: Annotated[int, typer.Option(min=0, max=2**64 - 1, help="Vouchers for one person at most; 0: no limit.")] = 0,
    transferable: Annotated[bool, typer.Option("--transferable", help="Holders may pass them on.")] = False,
    publisher: Annotated[
        str | None, typer.Option(metavar="ACCOUNT", help="Who says what counts. Default: --as.")
    ] = None,
    policy: PolicyOption = None,
    uri: Annotated[str, typer.Option(help="Where the token's metadata are.")] = "",
    cash: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="The token it pays in. Default: the deployment's.")
    ] = None,
) -> None:
    """Open a programme of vouchers; amounts are in the currency of its cash, and its terms never change.

    Example: crt voucher open --provider dev:9 --unit-value 5.00 --points-per-unit 100000 --expires 2027-12-31
    --as district
    """
    from ledger.domain.daycount import day_number
    from ledger.services import programmes

    last = day_of(expires, "--expires")
    with context.ledger(create=True) as ledger:
        issuer = account(ledger, who)
        money = money_of(ledger, None if cash is None else address(ledger, cash, "--cash"))
        end = (day_number(last) + 1) * _DAY - 1
        if end <= ledger.now().timestamp():
            raise InputError(
                "the programme would be over already",
                field="--expires",
                expected=f"a day after {ledger.now():%Y-%m-%d}, the chain's",
                found=expires,
            )
        terms = programmes.Terms(
            publisher=issuer.address if publisher is None else address(ledger, publisher, "--publisher"),
            cash=ledger.cash.address if cash is None else address(ledger, cash, "--cash"),
            unit_value=money.read(unit_value, "--unit-value"),
            points_per_unit=points_per_unit,
            expiry=end,
            cap=cap,
            transferable=transferable,
            policy=policy_text(policy),
            uri=uri,
        )
        accepted = [address(ledger, name, "--provider") for name in providers]
        number = programmes.open_programme(ledger, issuer.address, terms, accepted)
        found = programmes.programme(ledger, number)
        say_programme(context, ledger, found, money)


@command(app, "fund")
def fund(
    context: Context,
    programme: _Programme,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Cash, such as 1,000.00.")],
    who: As,
) -> None:
    """Pay cash into a programme's budget; a local chain makes the cash that the payer lacks.

    Example: crt voucher fund 1 100,000.00 --as district
    """
    from ledger.services import programmes
    from ledger.services.cash import top_up

    with context.ledger() as ledger:
        payer = account(ledger, who)
        found = check_open(ledger, programme)
        money = money_of(ledger, found.terms.cash)
        value = money.read(amount, "AMOUNT")
        made = top_up(ledger, payer.address, value) if found.terms.cash == ledger.cash.address else 0
        programmes.fund(ledger, programme, payer.address, value)
        now = programmes.programme(ledger, programme)
    document = {
        "programme": programme,
        "amount": money.plain(value),
        "made": money.plain(made),
        "budget": money.plain(now.cash),
        "freeUnits": now.free,
    }
    context.say(
        "funding",
        document,
        *([f"made {money.show(made)} of the local chain's cash for the payer"] if made else []),
        f"programme {programme}: {money.show(value)} paid in, budget {money.show(now.cash)}, "
        f"room for {some(now.free, 'voucher')}",
    )


@command(app, "show")
def show(
    context: Context,
    programme: _Programme,
    holder: Annotated[str | None, typer.Option(metavar="ACCOUNT", help="Also what this account holds.")] = None,
) -> None:
    """Show a programme: its terms, budget in cash, vouchers, and the root it is claimed by.

    Example: crt voucher show 1 --holder dev:1
    """
    from ledger.services import programmes

    with context.ledger() as ledger:
        found = programmes.programme(ledger, programme)
        money = money_of(ledger, found.terms.cash)
        whose = None if holder is None else address(ledger, holder, "--holder")
        units = None if whose is None else programmes.units_of(ledger, programme, whose)
        say_programme(context, ledger, found, money, whose, units)


@command(app, "redeem")
def redeem(
    context: Context,
    programme: _Programme,
    units: _Units,
    provider: Annotated[str, typer.Option(metavar="ACCOUNT", help="Who signs the invoice.")],
    invoice: Annotated[str, typer.Option(metavar="TEXT", help="The provider's invoice number; each is paid once.")],
    who: As,
) -> None:
    """Pay a provider's invoice in vouchers; the provider signs it, the holder sends it.

    Example: crt voucher redeem 1 40 --provider dev:9 --invoice 2026-0117 --as dev:1
    """
    from ledger.services import programmes

    with context.ledger() as ledger:
        holder, seller = account(ledger, who), account(ledger, provider, "--provider")
        found = check_open(ledger, programme)
        money = money_of(ledger, found.terms.cash)
        value = programmes.redeem(ledger, programme, holder, seller, units, invoice)
        left = programmes.units_of(ledger, programme, holder.address)
    document = {
        "programme": programme,
        "units": units,
        "value": money.plain(value),
        "provider": seller.address,
        "invoice": invoice,
        "left": left,
    }
    context.say(
        "redemption",
        document,
        f"{some(units, 'voucher')} of programme {programme} for invoice {invoice!r}: {seller.address} has "
        f"{money.show(value)} to get",
        f"{some(left, 'voucher')} left",
    )


@command(app, "reimburse")
def reimburse(
    context: Context,
    programme: _Programme,
    provider: Annotated[str, typer.Argument(metavar="PROVIDER", help="Whom to pay.")],
    who: As,
) -> None:
    """Pay a provider all that it has to get in the programme's cash; anyone may send it.

    Example: crt voucher reimburse 1 dev:9 --as dev:9
    """
    from ledger.services import programmes

    with context.ledger() as ledger:
        sender, whom = account(ledger, who), address(ledger, provider, "PROVIDER")
        cash = programmes.programme(ledger, programme).terms.cash
        money = money_of(ledger, cash)
        if not ledger.vouchers.view(ledger.node, "owed", whom, cash):
            raise RuleError("the provider has nothing to get", field="PROVIDER", found=whom)
        amount = programmes.reimburse(ledger, whom, cash, sender.address)
    document = {"programme": programme, "provider": whom, "amount": money.plain(amount)}
    context.say("reimbursement", document, f"{whom} was paid {money.show(amount)}")


@command(app, "revoke")
def revoke(
    context: Context,
    programme: _Programme,
    holder: Annotated[str, typer.Argument(metavar="HOLDER", help="From whom.")],
    units: _Units,
    reason: Annotated[str, typer.Argument(metavar="REASON", help="Published on chain.")],
    who: As,
) -> None:
    """Take vouchers back from a holder, as the programme's issuer, for a reason that everybody can read.

    Example: crt voucher revoke 1 dev:1 20 'issued for copied code' --as district
    """
    from ledger.services import programmes

    with context.ledger() as ledger:
        issuer, whose = account(ledger, who), address(ledger, holder, "HOLDER")
        found = check_open(ledger, programme)
        if found.issuer != issuer.address:
            raise RuleError(
                "only the programme's issuer takes vouchers back",
                field="--as",
                expected=found.issuer,
                found=issuer.address,
            )
        programmes.revoke(ledger, programme, whose, units, reason)
        left = programmes.units_of(ledger, programme, whose)
    document = {"programme": programme, "holder": whose, "units": units, "reason": reason, "left": left}
    context.say(
        "revocation", document, f"{some(units, 'voucher')} taken back from {whose}, who has {left:,} left: {reason}"
    )


@command(app, "close")
def close(context: Context, programme: _Programme, who: As) -> None:
    """Return to the issuer, after a programme's last day, the cash that no provider has to get; anyone may send it.

    Example: crt voucher close 1 --as district
    """
    from ledger.services import programmes

    with context.ledger() as ledger:
        sender = account(ledger, who)
        found = programmes.programme(ledger, programme)
        money = money_of(ledger, found.terms.cash)
        amount = programmes.close(ledger, programme, sender.address)
    document = {"programme": programme, "issuer": found.issuer, "amount": money.plain(amount)}
    context.say(
        "closing", document, f"programme {programme} is closed: {money.show(amount)} went back to {found.issuer}"
    )
