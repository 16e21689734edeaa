"""One HTTP POST to an address that somebody else has chosen.

Such an address must not lead to where only this machine can go: only ``https`` to public addresses is allowed, the
name is looked up once and the connection goes to what was checked, and nothing is redirected. The whole exchange ends
in time, however slowly the other side speaks.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import monotonic, time
from urllib.parse import SplitResult, urlsplit

from ledger.errors import InputError

__all__ = ["Answer", "NotDelivered", "check", "post"]

_ENOUGH = 64 * 1024  # bytes of an answer, of which nothing is used
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class NotDelivered(Exception):
    """There was no answer; the text says why, and nothing of the address but its host."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other side said; ``retry_after`` in seconds from now, if it asked for that."""

    status: int
    retry_after: float | None


def check(url: str, *, local: bool = False) -> None:
    """Raises :class:`~ledger.errors.InputError` for an address that is not allowed, whatever its name stands for: other
    than ``https``, with a user name or password, or a private address; with ``local`` also ``http`` and those."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = SplitResult("", "", "", "", ""), None, None
    schemes = ("https", "http") if local else ("https",)
    plain = all("\x21" <= char <= "\x7e" for char in url)
    if not host or parts.scheme not in schemes or port == 0 or parts.username is not None or not plain:
        raise InputError(
            "not an address for a webhook",
            field="url",
            expected=f"{' or '.join(schemes)}://HOST[:PORT]/PATH in ASCII, without a user name or password",
            found=f"{parts.scheme or 'no scheme'}, host {host or 'none'}",
        )
    if not local and not (_is_public(host) if _is_number(host) else _is_name(host)):
        raise InputError("a webhook goes to a public address", field="url", expected="a public address", found=host)


def post(url: str, headers: Mapping[str, str], body: bytes, *, timeout: float, local: bool = False) -> Answer:
    """The answer to one request. ``timeout`` in seconds for all of it, but for looking up the name.

    Raises :class:`NotDelivered`.
    """
    check(url, local=local)
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _port(parts)
    connection = _Connection(host, port, _addresses(host, port, local), timeout, secure=parts.scheme == "https")
    late = threading.Timer(timeout, connection.cut)
    late.daemon = True
    late.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, dict(headers))
        response = connection.getresponse()
        response.read(_ENOUGH)  # only its status counts
        if not connection.was_cut:
            return Answer(response.status, _seconds(response.headers.get("Retry-After")))
        why = ""
    except (OSError, http.client.HTTPException) as error:
        why = "" if isinstance(error, TimeoutError) else _why(error)
    finally:
        late.cancel()
        connection.close()
    if connection.was_cut or not why:
        raise NotDelivered(f"{host} took longer than {timeout:g} s")
    raise NotDelivered(f"{host}: {why}")


class _Connection(http.client.HTTPConnection):
    """To one of the addresses that were checked, under the name that was asked for. Any thread may :meth:`cut` it."""

    def __init__(self, host: str, port: int, addresses: list[str], timeout: float, *, secure: bool) -> None:
        super().__init__(host, port, timeout=timeout)
        self._addresses, self._limit, self._secure = addresses, timeout, secure
        self.was_cut = False

    def connect(self) -> None:
        made = self._reach()
        if self._secure:
            made = ssl.create_default_context().wrap_socket(
                made, server_hostname=self.host, do_handshake_on_connect=False
            )
        self.sock = made
        if self.was_cut:
            raise TimeoutError
        if isinstance(made, ssl.SSLSocket):
            made.do_handshake()

    def cut(self) -> None:
        """End it now."""
        self.was_cut = True
        found = self.sock
        if found is not None:
            with suppress(OSError):
                # The call of a plain socket: that of a TLS one would forget what is being read.
                socket.socket.shutdown(found, socket.SHUT_RDWR)

    def _reach(self) -> socket.socket:
        end = monotonic() + self._limit
        for address in self._addresses[:-1]:
            with suppress(OSError):
                return socket.create_connection((address, self.port), self._limit / len(self._addresses))
        return socket.create_connection((self._addresses[-1], self.port), max(end - monotonic(), 0.001))


def _addresses(host: str, port: int, local: bool) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not addresses or not (local or all(map(_is_public, addresses))):
        # In the same words, or one could ask which names there are on a private network.
        raise NotDelivered(f"{host} has no address that is allowed")
    return addresses


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_name(host: str) -> bool:
    """Whether it may be one that others have: with a dot, and not a number as only some resolvers read it."""
    _, dot, last = host.removesuffix(".").rpartition(".")
    return bool(dot) and last[:1].isalpha() and last != "localhost"


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        # Addresses that stand for another one, of version 4, go where that goes.
        inner = found.ipv4_mapped or found.sixtofour
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        found = inner or found
    return found.is_global and not found.is_multicast


def _port(parts: SplitResult) -> int:
    return 443 if parts.scheme == "https" else 80


def _seconds(text: str | None) -> float | None:
    """A Retry-After header: seconds, or a date."""
    if text is None:
        return None
    if text.isascii() and text.strip().isdigit():
        return float(text)
    try:
        return max(parsedate_to_datetime(text).timestamp() - time(), 0.0)
    except (ValueError, OverflowError):
        return None


def _why(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not good: {error.verify_message}"
    if isinstance(error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError):
        return "closed the connection"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__
