"""Addresses that hold secrets: whatever is wrong with them, errors don't show them."""

from __future__ import annotations

import http.client
import traceback

import pytest

from ledger.chain.node import Unreachable
from ledger.chain.transport import Transport
from ledger.errors import InputError


@pytest.mark.parametrize(
    "url",
    [
        "http://user:pa#SECRET@host/",
        "http://user:12#SECRET@host/",
        "http://u:p@host:SECRET/",
        "http://[::1/SECRET",
        "http://host/v2/SECRÈT",
        "http://host/v2/SECRET KEY",
        "http://host/v2/SECRET\x7f",
        "http://SECRET..host/",
        "http:///SECRET",
        "ftp://u:SECRET@host/",
        "SECRET",
        "",
    ],
)
def test_an_address_that_is_none_is_not_repeated(url: str) -> None:
    with pytest.raises(InputError) as caught:
        Transport(url, 1.0)
    shown = "".join(traceback.format_exception(caught.value, chain=True)).partition("Error: ")[2]
    assert "SEC" not in shown and "pa#" not in shown
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_space_around_an_address_is_no_part_of_it() -> None:
    transport = Transport("\t http://127.0.0.1:9/v2/SECRETKEY \n", 1.0)
    with pytest.raises(Unreachable) as caught:
        transport.request("eth_chainId")
    assert "SECRETKEY" not in str(caught.value) and "127.0.0.1:9" in str(caught.value)


def test_an_address_that_the_client_refuses_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object) -> bytes:
        raise http.client.InvalidURL("URL can't contain control characters. '/v2/SECRETKEY '")

    transport = Transport("http://127.0.0.1:9/v2/SECRETKEY", 1.0)
    monkeypatch.setattr(transport, "_exchange", refuse)
    with pytest.raises(Unreachable, match="cannot be reached: InvalidURL") as caught:
        transport.request("eth_chainId")
    assert "SECRETKEY" not in str(caught.value)
