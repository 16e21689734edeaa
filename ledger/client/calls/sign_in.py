"""What is asked for under `sign-in`.

Made by scripts/make_client.py from the document of the HTTP API: change that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.client.calling import Caller, Request

if TYPE_CHECKING:
    from ledger.client.types import Nonce, Session, SignedMessage

__all__ = ["SignInCalls"]


class SignInCalls(Caller):
    """What is asked for under `sign-in`."""

    def make_nonce(self) -> Nonce:
        """A number for a wallet to sign, good once and not for long."""
        return self._json(Request("sign-in", "POST", "/v1/sign-in/nonce"))

    def make_session(self, body: SignedMessage) -> Session:
        """Sign in with a wallet. Whatever comes of it, the number in the text is spent.

        It takes no Idempotency-Key: if the answer is lost, begin again with another number.
        """
        return self._json(Request("sign-in", "POST", "/v1/sign-in", body=body))

    def end_own_session(self) -> None:
        """Sign out: the token is good for nothing any more."""
        self._nothing(Request("sign-in", "DELETE", "/v1/sign-in"))
