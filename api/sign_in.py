"""Holders sign in with their wallets (EIP-4361): a number to sign, and the signed text for a token."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Request, Response
from pydantic import Field

from api.requests import routes_of
from api.security import PUBLIC, allow
from api.service import Asked
from api.values import Address, Document
from ledger.services.access import Access, Principal, end_session
from ledger.services.audit import recorded
from ledger.services.signing_in import challenge, sign_in

__all__ = ["router"]

router = routes_of("sign-in")


class Nonce(Document):
    """What the text to sign has to hold."""

    nonce: Annotated[str, Field(description="For `Nonce`; good once.", examples=["4c1f0d2a9b8e4f6f8a7c5d3e2b1a0f9e"])]
    domain: Annotated[str, Field(description="Who wants it signed, as it begins.", examples=["ledger.example.com"])]
    chain_id: Annotated[str, Field(description="For `Chain ID`.", examples=["20250102"])]
    expires_at: Annotated[datetime, Field(description="Until when it has to be signed and sent.")]


class SignedMessage(Document):
    """A text of EIP-4361, and who signed it."""

    message: Annotated[
        str,
        Field(
            min_length=1,
            max_length=4_000,
            description="The text that was signed, to the letter.",
            examples=["ledger.example.com wants you to sign in with your Ethereum account:\n0x..."],
        ),
    ]
    signature: Annotated[
        str,
        Field(
            pattern="^0x([0-9a-fA-F]{2}){1,4096}$",
            description="65 bytes `r`, `s`, `v` by the key of the account (EIP-191), with a low `s` and `v` 27 or 28; "
            "of an account that is a contract, whatever it takes (ERC-1271).",
            examples=["0x" + "ab" * 65],
        ),
    ]


class Session(Document):
    """A wallet that has signed in."""

    token: Annotated[
        str, Field(description="For `Authorization: Bearer`. A secret.", examples=["crt_session_Zm9vYmFyYmF6"])
    ]
    wallet: Address
    expires_at: Annotated[datetime, Field(description="Until when it is good: hours, and never after the text is.")]


@router.post("/sign-in/nonce", openapi_extra=PUBLIC)
def make_nonce(service: Asked) -> Nonce:
    """A number for a wallet to sign, good once and not for long."""
    nonce, until = challenge(service.ledger, service.sign_in)
    chain_id = str(service.ledger.deployment.chain_id)
    return Nonce(nonce=nonce, domain=service.sign_in.domain, chain_id=chain_id, expires_at=until)


@router.post("/sign-in", openapi_extra=PUBLIC)
def make_session(service: Asked, body: SignedMessage) -> Session:
    """Sign in with a wallet. Whatever comes of it, the number in the text is spent.

    It takes no Idempotency-Key: if the answer is lost, begin again with another number.
    """
    signature = bytes.fromhex(body.signature[2:])
    with recorded(service.ledger.database, "make_session", {}, actor="nobody") as note:
        wallet, token, until = sign_in(service.ledger, service.sign_in, body.message, signature)
        note.detail["wallet"] = wallet
    return Session(token=token, wallet=wallet, expires_at=until)


@router.delete("/sign-in", status_code=204)
def end_own_session(service: Asked, request: Request, who: Annotated[Principal, allow(Access.HOLDER)]) -> Response:
    """Sign out: the token is good for nothing any more."""
    end_session(service.ledger.database, request.state.token)
    service.forget_principals()
    return Response(status_code=204)
