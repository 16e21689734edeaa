"""A network is asked for its chain id, when it is added and when it is examined."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from contextlib import closing
from http.client import HTTPException
from typing import Final

from ledger.chain.node import Unreachable
from ledger.cli.config_values import shown
from ledger.cli.settings import SETTINGS, Settings
from ledger.errors import ChainError, InputError

__all__ = ["chain_id_of"]

_PATIENCE: Final = 10.0  # seconds
_MOST: Final = 1_000_000  # bytes of an answer


def chain_id_of(settings: Settings) -> int:
    """The chain's id, as the node says it, or the API; of a local chain's file, as its deployment says it. Contracts
    that a deployment names are looked for. Raises InputError, Unreachable
    and NetworkMismatch."""
    from ledger.services.deployment import Deployment
    from ledger.services.storekeeping import deployment_beside

    if settings.place == "api":
        return _of_api(str(settings.text("api")))
    if settings.place == "chain":
        chain = settings.path("chain")
        assert chain is not None
        if not chain.is_file():
            raise InputError(
                "there is no such chain",
                file=str(chain),
                field="chain",
                expected="a local chain's file that is there",
                found="nothing",
            )
        return Deployment.load(deployment_beside(chain)).chain_id
    from ledger.chain.rpc import connect

    deployment, rpc = settings.path("deployment"), settings.text("rpc")
    assert deployment is not None and rpc is not None
    found = Deployment.load(deployment)
    with closing(connect(rpc)) as node:
        found.check(node)
    return found.chain_id


def _of_api(url: str) -> int:
    """Anyone may ask an API which chain a signature is for."""
    where = shown(SETTINGS["api"], url)
    asked = urllib.request.Request(f"{url.rstrip('/')}/v1/sign-in/nonce", method="POST")  # noqa: S310 - http or https
    try:
        with urllib.request.urlopen(asked, timeout=_PATIENCE) as answer:  # noqa: S310
            return int(json.loads(answer.read(_MOST))["chainId"])
    except urllib.error.HTTPError as error:
        with closing(error):
            hint = "see that it is an API of ours, and that the address ends before /v1"
            raise ChainError(f"{where} answered with status {error.code}", hint=hint) from None
    except (ValueError, LookupError, TypeError):
        hint = "see that the address is right"
        raise ChainError(f"{where} answered with something else than an API of ours", hint=hint) from None
    except (OSError, HTTPException):
        hint = "see that it runs, and that the address is right"
        raise Unreachable(f"{where} cannot be reached", hint=hint) from None
