"""Vouchers: what graduates claim, who has how many, what was redeemed at providers, and what these were paid."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from api.commands import write
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.problems import Kind, Problem
from api.programmes import InPath, programme_of
from api.requests import routes_of
from api.security import EVERYBODY, OVERSIGHT, SENDERS, allow
from api.service import Asked
from api.typed import Deadline, ToSign, deadline_of, to_sign
from api.values import Address, Cash, Count, Document, Hash, Path32, PersonId, Plain, ProgrammeId, Units, cash, raw
from ledger.services import programmes, reading, roots
from ledger.services.access import Principal
from ledger.services.acting import relayer
from ledger.services.ledger import Ledger
from ledger.services.tokens import money_of

__all__ = ["router"]

router = routes_of("vouchers")

Block = Annotated[str, Field(description="Its block.", examples=["1042"])]
Invoice = Annotated[Hash, Field(description="Keccak-256 of the provider's invoice number, without white space around.")]
Account = Annotated[Address | None, Query(description="Only of this account.")]


class Claim(Document):
    """A leaf of the tree of claims: what a programme's root counts for a person."""

    person: PersonId
    points: Annotated[Count, Field(description="Of all their lines: thousandths of a line.", examples=["40000"])]
    last: Annotated[
        Count, Field(lt=2**48, description="The index of their last line in the tree of lines.", examples=["39"])
    ]


class Claims(Document):
    """Claims that stand beside each other, with the proof that the active root has them."""

    start: Annotated[Count, Field(description="The index of the first one in the tree of claims.", examples=["0"])]
    claims: Annotated[
        list[Claim],
        Field(
            min_length=1,
            max_length=programmes.CLAIMS_AT_ONCE,
            description="All below one node of the tree: 1, 2, 4... of them, or those up to the last.",
        ),
    ]
    path: Annotated[Path32, Field(description="From that node to the root (RFC 9162, 2.1.3).")]


class Claimed(Document):
    """What claims brought."""

    programme: ProgrammeId
    units: Annotated[Units, Field(description="Vouchers issued, to all of them. The rest stays claimable.")]


class Issue(Document):
    """Vouchers that a claim brought to an account."""

    programme: ProgrammeId
    account: Address
    units: Units
    block: Block


class Balance(Document):
    """Vouchers that an account has."""

    programme: ProgrammeId
    account: Address
    units: Units


class VoucherRedemption(Document):
    """Vouchers that paid a provider's invoice."""

    programme: ProgrammeId
    holder: Address
    provider: Address
    units: Units
    value: Annotated[Cash, Field(description="What the provider gets for them.")]
    invoice: Invoice
    block: Block


class Reimbursement(Document):
    """Cash that a provider got for vouchers."""

    provider: Address
    cash: Annotated[Address, Field(description="The token.")]
    amount: Cash
    block: Block


class Reimburse(Document):
    """Whom to pay, in which token."""

    provider: Address
    cash: Annotated[Address | None, Field(description="The token; the ledger's own by default.")] = None


class Reimbursed(Document):
    """Cash that was paid out."""

    provider: Address
    amount: Cash


def _own(who: Principal, account: str | None) -> str | None:
    """Whose rows are shown: all or those asked for, to who may see them; else one's own."""
    of = account if who.may(*OVERSIGHT) else who.wallet
    if account is not None and account != of:
        raise Problem(Kind.FORBIDDEN, "holders see their own only")
    return of


@write(router, "/programmes/{programme}/claims", *SENDERS)
def claim_vouchers(ledger: Ledger, key: str, programme: InPath, body: Claims) -> Claimed:
    """Issue the vouchers that these persons have coming, those who graduated, as far as the budget goes.

    Anybody may ask for it: vouchers go to the wallets of the persons. The publisher of the programme publishes the
    trees from which the proof is made.
    """
    claims = [roots.Claim(one.person, one.points, one.last) for one in body.claims]
    path = [raw(one) for one in body.path]
    return Claimed(
        programme=programme, units=roots.claim(ledger, programme, body.start, claims, path, relayer(ledger), key=key)
    )


@router.get("/programmes/{programme}/issues")
def list_issues(
    service: Asked,
    programme: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    account: Account = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Issue]:
    """What claims brought, in the order of the chain: one's own; operators and auditors see those of all."""
    of = _own(who, account)
    after = read_cursor(cursor, [int, int], "issues", programme, of)
    with service.reading() as connection:
        programme_of(connection, programme)
        found = reading.issues(connection, programme=programme, account=of, after=after, limit=limit + 1)

    def shown(one: reading.Issue) -> Issue:
        return Issue(programme=one.programme, account=one.account, units=one.units, block=str(one.at[0]))

    return page_of(found, limit, lambda one: one.at, shown, "issues", programme, of)


@router.get("/programmes/{programme}/balances")
def list_balances(
    service: Asked,
    programme: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    account: Account = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[Balance]:
    """Who has vouchers of a programme, in the order of the addresses: oneself; operators and auditors see all."""
    of = _own(who, account)
    after = read_cursor(cursor, [str], "balances", programme, of)
    with service.reading() as connection:
        programme_of(connection, programme)
        if of is None:
            found = reading.balances(connection, programme, after=after[0] if after else "", limit=limit + 1)
        else:
            units = reading.balance(connection, programme, of)
            found = [(of, units)] if units and after is None else []

    def shown(one: tuple[str, int]) -> Balance:
        return Balance(programme=programme, account=one[0], units=one[1])

    return page_of(found, limit, lambda one: [one[0]], shown, "balances", programme, of)


@router.get("/programmes/{programme}/redemptions")
def list_voucher_redemptions(
    service: Asked,
    programme: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    holder: Annotated[Address | None, Query(description="Only by this one.")] = None,
    provider: Annotated[Address | None, Query(description="Only at this one.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[VoucherRedemption]:
    """What was redeemed, in the order of the chain: one's own, or with oneself as `provider` what was redeemed there;
    operators and auditors see that of all."""
    if not who.may(*OVERSIGHT):
        if provider is None:
            holder = _own(who, holder)
        elif provider != who.wallet and holder != who.wallet:
            raise Problem(Kind.FORBIDDEN, "holders and providers see their own only")
    after = read_cursor(cursor, [int, int], "redemptions", programme, holder, provider)
    with service.reading() as connection:
        money = service.catalogue.money(programme_of(connection, programme).cash)
        found = reading.redemptions(
            connection, programme=programme, holder=holder, provider=provider, after=after, limit=limit + 1
        )

    def shown(one: reading.Redemption) -> VoucherRedemption:
        return VoucherRedemption(
            programme=one.programme,
            holder=one.holder,
            provider=one.provider,
            units=one.units,
            value=cash(one.value, money),
            invoice=f"0x{one.invoice.hex()}",
            block=str(one.at[0]),
        )

    return page_of(found, limit, lambda one: one.at, shown, "redemptions", programme, holder, provider)


@router.get("/programmes/{programme}/redemptions/typed-data")
def get_redemption_to_sign(
    service: Asked,
    programme: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    holder: Annotated[Address, Query()],
    provider: Annotated[Address, Query()],
    units: Annotated[Units, Query()],
    invoice: Annotated[Plain, Query(max_length=200, description="The number of the provider's invoice.")],
    deadline: Deadline = None,
) -> ToSign:
    """What one of holder and provider signs; the other one sends it, from their own account."""
    with service.reading() as connection:
        programme_of(connection, programme)
        until = deadline_of(connection, deadline)
    redemption = programmes.Redemption(programme, holder, provider, units, programmes.invoice_id(invoice), until)
    return to_sign(redemption.to_sign(service.ledger), until)


@router.get("/reimbursements")
def list_reimbursements(
    service: Asked,
    who: Annotated[Principal, allow(*EVERYBODY)],
    provider: Annotated[Address | None, Query(description="Only to this one.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Reimbursement]:
    """What providers were paid, in the order of the chain: one's own; operators and auditors see those of all."""
    of = _own(who, provider)
    after = read_cursor(cursor, [int, int], "reimbursements", of)
    with service.reading() as connection:
        found = reading.reimbursements(connection, of, after=after, limit=limit + 1)

    def shown(one: reading.Reimbursement) -> Reimbursement:
        money = service.catalogue.money(one.cash)
        return Reimbursement(provider=one.provider, cash=one.cash, amount=cash(one.amount, money), block=str(one.at[0]))

    return page_of(found, limit, lambda one: one.at, shown, "reimbursements", of)


@write(router, "/reimbursements", *SENDERS)
def reimburse_provider(ledger: Ledger, key: str, body: Reimburse) -> Reimbursed:
    """Pay a provider all that it has to get in a token. Anybody may ask for it: the cash goes to the provider."""
    token = body.cash or ledger.cash.address
    amount = programmes.reimburse(ledger, body.provider, token, relayer(ledger), key=key)
    return Reimbursed(provider=body.provider, amount=cash(amount, money_of(ledger, token)))
