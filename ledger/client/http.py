"""A client of a service at a URL, and signing in to it with a wallet (EIP-4361)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

import httpx2

from ledger.client.calling import Answer, Request
from ledger.client.client import Client
from ledger.errors import InputError, NoAnswer

if TYPE_CHECKING:
    from ledger.client.types import Session

__all__ = ["Http", "connect", "sign_in"]

_HEADERS = ("content-type", "etag", "location", "retry-after", "x-request-id")
_CONNECT = 5.0  # seconds


class Http:
    """A :class:`~ledger.client.calling.Transport` to the service at ``url``.

    ``token`` is an API key, or what signing in gave; it is in no error, and not in what this object shows of itself.
    Redirects are not followed: they could lead the token elsewhere.
    """

    def __init__(self, url: str, token: str | None = None, *, insecure: bool = False, timeout: float = 30.0) -> None:
        """``timeout`` in seconds is for each answer, ``insecure`` lets secrets go to other machines without TLS.

        Raises InputError for what is no address of a service, and for such secrets without ``insecure``.
        """
        self._parts = _read(url)
        self._insecure = insecure
        self._client = httpx2.Client(
            base_url=f"{self._parts.scheme}://{self._parts.netloc}{self._parts.path.rstrip('/')}",
            timeout=httpx2.Timeout(timeout, connect=min(timeout, _CONNECT)),
            follow_redirects=False,
        )
        if token is not None:
            self.show(token)

    @property
    def place(self) -> str:
        """The service's ``host``, or ``host:port``: what wallets sign in to."""
        return self._parts.netloc

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"{self._parts.scheme}://{self._parts.netloc}"

    def show(self, token: str) -> None:
        """Show this to the service from now on. Raises InputError as the constructor does."""
        self.check_secret()
        if not token.isascii() or not token.isprintable() or not token or " " in token:
            raise InputError("not a key of the API", expected="crt_key_..., or what signing in gave")
        self._client.headers["authorization"] = f"Bearer {token}"

    def check_secret(self) -> None:
        """Raise InputError if what is sent could be read on its way."""
        if self._parts.scheme != "https" and not self._insecure and not _is_loopback(self._parts.hostname or ""):
            raise InputError(
                "a key would go to another machine without TLS, where it can be read",
                field="url",
                expected="https://, or an address of this machine",
                found=self.url,
                hint="put a proxy with TLS before the service",
            )

    def send(self, request: Request[Any]) -> Answer:
        """See :class:`~ledger.client.calling.Transport`."""
        try:
            found = self._client.request(
                request.method, _target(request), content=request.content(), headers=request.headers()
            )
        except httpx2.HTTPError as error:
            raise self._lost(error) from None
        return Answer(found.status_code, _headers(found), found.content)

    @contextmanager
    def stream(self, request: Request[Any]) -> Iterator[tuple[Answer, Iterator[bytes]]]:
        """See :class:`~ledger.client.calling.Transport`."""
        asked = {"content": request.content(), "headers": request.headers()}
        try:
            with self._client.stream(request.method, _target(request), **asked, timeout=None) as found:  # type: ignore[arg-type]
                content = found.read() if found.status_code >= 400 else b""
                yield Answer(found.status_code, _headers(found), content), found.iter_bytes()
        except httpx2.HTTPError as error:
            raise self._lost(error) from None

    def close(self) -> None:
        """See :class:`~ledger.client.calling.Transport`."""
        self._client.close()

    def __repr__(self) -> str:
        return f"Http({self.url})"

    def _lost(self, error: httpx2.HTTPError) -> NoAnswer:
        return NoAnswer(
            f"{self.url} does not answer ({type(error).__name__})",
            hint="check the address, and that the service runs; what was asked under an Idempotency-Key is done once",
        )


def connect(
    url: str, token: str | None = None, *, insecure: bool = False, timeout: float = 30.0, patience: float = 30.0
) -> Client:
    """A client of the service at ``url``; see :class:`Http`, and for ``patience`` :class:`Client`. Nothing is asked
    yet."""
    return Client(Http(url, token, insecure=insecure, timeout=timeout), patience=patience)


def sign_in(client: Client, address: str, sign: Callable[[str], str | bytes]) -> Session:
    """Sign in with a wallet: from now on the client is that of ``address``, as EIP-55 spells it.

    ``sign`` signs a text as `personal_sign` does (EIP-191) and returns the signature, as bytes or hexadecimal digits.
    Raises InputError if the service wants a text signed that is for another one, and what it answers instead.
    """
    transport = client.transport
    if not isinstance(transport, Http):
        raise InputError("one signs in to a service at a URL", expected="a client that connect() made")
    transport.check_secret()
    asked = client.make_nonce()
    if asked["domain"] != transport.place:
        # What is signed for it could be shown to that service by this one.
        raise InputError(
            "the service wants to have signed what is for another one",
            field="domain",
            expected=transport.place,
            found=asked["domain"],
            hint="use the service's own address; its operator sets it by --domain",
        )
    text = (
        f"{asked['domain']} wants you to sign in with your Ethereum account:\n{address}\n\n\n"
        f"URI: {transport.url}\nVersion: 1\nChain ID: {asked['chainId']}\n"
        f"Nonce: {asked['nonce']}\nIssued At: {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    )
    signature = sign(text)
    digits = signature.hex() if isinstance(signature, bytes) else signature
    session = client.make_session({"message": text, "signature": f"0x{digits.removeprefix('0x')}"})
    transport.show(session["token"])
    return session


def _read(url: str) -> SplitResult:
    try:
        found = urlsplit(url)
        port = found.port
    except ValueError:
        found, port = urlsplit(""), None
    if found.scheme not in ("http", "https") or not found.hostname or found.query or found.fragment or port == 0:
        raise InputError("not the address of a service", field="url", expected="https://HOST or http://127.0.0.1:PORT")
    if found.username is not None:
        raise InputError("a user's name and password are no part of a service's address", field="url")
    return found


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _target(request: Request[Any]) -> str:
    query = request.query_text()
    return f"{request.path}?{query}" if query else request.path


def _headers(found: httpx2.Response) -> dict[str, str]:
    return {name: found.headers[name] for name in _HEADERS if name in found.headers}
