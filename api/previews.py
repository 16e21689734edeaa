"""What a request would do, shown before anything is done."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field

from api.values import Address, Document, Number
from ledger.chain.signing import Transaction
from ledger.services.prepare import Prepared as PreparedBy
from ledger.services.preview import Change as ForeseenChange
from ledger.services.preview import Preview as PreviewBy

__all__ = ["Prepared", "Preview", "prepared", "previewed"]

T = TypeVar("T")


class Foreseen(Document):
    """An event that a contract would emit."""

    contract: Address
    kind: Annotated[str, Field(description="What kind of contract it is.", examples=["ComputeReceipt"])]
    name: Annotated[str, Field(description="The event's name.", examples=["TransferValue"])]
    args: Annotated[
        dict[str, Any], Field(description="Its arguments: integers as decimal strings, bytes as hexadecimal digits.")
    ]


class Change(Document):
    """By how much a balance would be more, or less."""

    holder: Annotated[Address, Field(description="Whose balance; with `account`, the contract whose books they are.")]
    account: Annotated[
        str | None,
        Field(description="The account in the journal; null for what the holder has on the chain.", examples=["cash"]),
    ]
    asset: Annotated[
        Literal["cash", "units", "vouchers", "money"],
        Field(description="`cash`: a token; `units`: of a series; `vouchers`: of a programme; `money`: in the books."),
    ]
    of: Annotated[
        str, Field(description="Which: a token's address, a series or a programme by its number, or a currency.")
    ]
    code: Annotated[str | None, Field(description="The token's symbol, or the series' code.", examples=["CRT01"])]
    amount: Annotated[
        str,
        Field(
            pattern=r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$",
            description="By how much, as a decimal string, with a minus sign if it is less.",
            examples=["-250.00"],
        ),
    ]


class Preview(Document, Generic[T]):
    """What a request would do if it were sent now without `dryRun`. Nothing was done."""

    result: Annotated[T, Field(description="What the operation's result would be.")]
    events: list[Foreseen]
    changes: Annotated[list[Change], Field(description="Balances that would be others, by holder.")]
    gas: Annotated[Number, Field(description="Gas that all its transactions would use.")]


class Unsigned(Document):
    """A transaction to be signed (EIP-1559, type 2), as wallets take it."""

    chain_id: Annotated[int, Field(description="The chain that it is for.", examples=[31337])]
    nonce: Annotated[int, Field(description="The wallet's next nonce.", examples=[7])]
    to: Address
    value: Annotated[Number, Field(description="Coins that it moves: none.", examples=["0"])]
    data: Annotated[str, Field(pattern="^0x([0-9a-f]{2})*$", description="The call.", examples=["0x1f2f..."])]
    gas: Annotated[Number, Field(description="Its limit of gas.", examples=["180000"])]
    max_fee_per_gas: Annotated[Number, Field(description="In wei.", examples=["2000000007"])]
    max_priority_fee_per_gas: Annotated[Number, Field(description="In wei.", examples=["1000000000"])]
    type: Annotated[Literal["0x2"], Field(description="EIP-1559.")] = "0x2"


class Prepared(Document, Generic[T]):
    """What a wallet has to sign, in this order, and what it does then. Send what is signed to `/v1/transactions`."""

    transactions: list[Unsigned]
    preview: Preview[T]


def previewed(found: PreviewBy[Any]) -> Preview[Any]:
    """A preview as it is answered."""
    return Preview(
        result=found.result,
        events=[Foreseen(contract=one.contract, kind=one.kind, name=one.name, args=one.args) for one in found.events],
        changes=[_change(one) for one in found.changes],
        gas=found.gas,
    )


def prepared(found: PreparedBy[Any]) -> Prepared[Any]:
    """What was prepared, as it is answered."""
    return Prepared(transactions=[_unsigned(tx) for tx in found.transactions], preview=previewed(found.preview))


def _change(one: ForeseenChange) -> Change:
    asset = one.asset
    whole, part = divmod(abs(one.amount), 10**asset.decimals)
    digits = f".{part:0{asset.decimals}d}" if asset.decimals else ""
    return Change(
        holder=one.holder,
        account=one.account or None,
        asset=asset.kind,
        of=asset.id,
        code=asset.code or None,
        amount=f"{'-' if one.amount < 0 else ''}{whole}{digits}",
    )


def _unsigned(tx: Transaction) -> Unsigned:
    assert tx.to is not None  # nothing here makes contracts
    return Unsigned(
        chain_id=tx.chain_id,
        nonce=tx.nonce,
        to=tx.to,
        value=tx.value,
        data=f"0x{tx.data.hex()}",
        gas=tx.gas,
        max_fee_per_gas=tx.max_fee,
        max_priority_fee_per_gas=tx.max_priority_fee,
    )
