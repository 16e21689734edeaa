"""A place to listen at, taken before anything is made for those who ask there."""

from __future__ import annotations

import errno
import socket

from ledger.errors import InputError

__all__ = ["listen"]

_WAITING = 128  # connections that nobody has accepted yet
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def listen(host: str, port: int, *, field: str | None = None) -> socket.socket:
    """A socket that listens at ``host``, a name or an address of this machine, and ``port``, 0 for a free one.

    Raises InputError that names ``field``: for a port that is in use or not for this user, and for a host that is not
    this machine.
    """
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def refused(message: str, expected: str, hint: str) -> InputError:
        return InputError(f"{place} {message}", field=field, expected=expected, found=place, hint=hint)

    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
    except (OSError, UnicodeError):
        raise refused("is no place: the host is not known", "an address of this machine", "127.0.0.1 is one") from None
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # not to wait for connections that have ended
        made.bind(address)
        made.listen(_WAITING)
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise refused(
                "is in use", "a port where nobody listens", "end what listens there, or take another port"
            ) from None
        if error.errno in _NOT_HERE:
            raise refused("is not on this machine", "an address of this machine", "127.0.0.1 is one") from None
        said = error.strerror or str(error)
        raise refused(
            f"can't be listened on: {said}", "a port that this user may use", "1024 or higher, as a rule"
        ) from None
    return made
