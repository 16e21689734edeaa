"""What changes a ledger through its API: operators have it done, holders sign it themselves.

Both are tried out first and shown, asked about, and waited for. What is refused when it is tried out is a
:class:`~ledger.errors.WouldRevert`: nothing was done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar
from uuid import uuid4

from ledger.cli.asked import Asked
from ledger.cli.manners import Change
from ledger.cli.output import progress
from ledger.errors import InputError, Pending

if TYPE_CHECKING:
    from ledger.chain.signer import Signer
    from ledger.chain.signing import Transaction
    from ledger.client.calling import Writing
    from ledger.client.types import Operation, Prepared, Unsigned

__all__ = ["agreed", "operate", "send", "sent_text", "sign"]

P = ParamSpec("P")
T = TypeVar("T")


def operate(api: Asked, write: Writing[P, T], *args: P.args, **kwargs: P.kwargs) -> Operation[T] | None:
    """Have the ledger do something, and say what became of it: ``crt-api-operation/1``; ``crt-preview/1`` in a dry run.

    Gives the operation, None in a dry run. Raises what the API answers, and Pending if it takes longer than it may.
    """
    change = _change(api)
    if not _was_asked(api, change):  # tried out again, it would fail, as what is done already does
        with progress(change.as_json) as tell:
            tell("try it out")
            shown = write.dry_run(*args, **kwargs)
        if not agreed(api, shown):
            return None
    kwargs["idempotency_key"] = change.key or str(uuid4())
    operation = write(*args, **kwargs)
    if change.wait:
        operation = _waited(api, operation)
    _say_operation(api, operation)
    return operation


def _was_asked(api: Asked, change: Change) -> bool:
    """Whether something was asked for under this key: then asking again does nothing, and answers what came of it."""
    return change.key is not None and not change.dry_run and bool(api.client.list_operations(key=change.key)["data"])


def sign(api: Asked, who: str, prepared: Prepared[Any], rather: Callable[[Signer], Prepared[Any]] | None = None) -> Any:
    """Have the holder sign what was prepared, and send it; or write it to the file of ``--sign-only``.

    ``rather`` prepares, after it was agreed to, what makes the same of fewer transactions with another signature.

    Prints what became of it: ``crt-sent/1``, in a dry run ``crt-preview/1``. Gives the result, None if nothing was
    sent. Raises NotAllowed if whoever signs says no; of what is sent, what the API answers, and Pending.
    """
    from ledger.cli import signed_files

    change = _change(api)
    made = [_checked(api, change, one) for one in prepared["transactions"]]
    if not made:
        raise InputError("there is nothing to sign: it is so already", expected="a change", found="none")
    if not agreed(api, prepared):
        return None
    signer = api.signer(who)
    if signer.address != api.wallet:
        raise InputError("another wallet signs than was asked for", expected=str(api.wallet), found=signer.address)
    if rather is not None:
        other = rather(signer)
        if other["preview"]["result"] != prepared["preview"]["result"]:
            raise InputError("what is to be signed is not what was shown", expected="the same", found="another result")
        made = [_checked(api, change, one) for one in other["transactions"]]
    with progress(change.as_json) as tell:
        tell("sign")
        raws = [signer.sign_transaction(one).raw for one in made]
    if change.sign_only is not None:
        signed_files.write(api, change.sign_only, raws, prepared)
        return None
    sent = send(api, raws)
    result = prepared["preview"]["result"]
    api.say("sent", {"transactions": sent, "result": result}, lambda: sent_text(api, sent, result))
    return result


def send(api: Asked, raws: Iterable[bytes]) -> list[dict[str, Any]]:
    """Hand signed transactions to the API, in their order, and wait for each; gives their hashes and blocks.

    A transaction is its own key: sent again, it is the same. All are handed over before any is waited for, so that
    what comes after is done though nobody waits."""
    from ledger.chain.primitives import keccak

    change = _change(api)
    operations = []
    with progress(change.as_json) as tell:
        for raw in raws:
            name = f"0x{keccak(raw).hex()}"
            tell(f"send {name}")
            body: Any = {"raw": f"0x{raw.hex()}"}
            operations.append((name, api.client.relay_transaction(body, idempotency_key=name)))
    sent = []
    for name, operation in operations:
        found = _waited(api, operation) if change.wait else operation
        block = None if found["result"] is None else found["result"]["block"]
        sent.append({"hash": name, "block": block, "operation": found["id"], "state": found["state"]})
    return sent


def _change(api: Asked) -> Change:
    assert isinstance(api.context, Change)
    return api.context


def agreed(api: Asked, shown: Mapping[str, Any]) -> bool:
    """Show what would happen, and ask. A dry run's answer is printed."""
    change = _change(api)

    def text(where: str) -> str:
        from ledger.cli.draw.preview import preview

        look = api.look(full=change.full)
        return preview(shown, look, network=where, series=api.all_series, contracts=api.contracts)

    def draw(where: str) -> None:
        if change.dry_run:
            api.say("preview", shown, lambda: text(where))
        else:
            print(text(where), file=sys.stderr)

    return change.agreed(api.chain_id, draw)


def _waited(api: Asked, operation: Operation[T]) -> Operation[T]:
    change = _change(api)
    with progress(change.as_json) as tell:
        tell(f"wait for {operation['id']}")
        try:
            return api.client.wait(operation, change.timeout)
        except Pending as error:
            error.hint = f"it is accepted, and will be done or fail; ask again: crt operations show {operation['id']}"
            raise


def _say_operation(api: Asked, operation: Operation[Any]) -> None:
    def text() -> str:
        from ledger.cli.draw.operation import operation as drawn

        return drawn(operation, api.look(full=_change(api).full), network=api.network)

    api.say("api-operation", operation, text)


def sent_text(api: Asked, sent: list[dict[str, Any]], result: Any) -> str:
    """What :func:`send` gave, and what came of it."""
    from ledger.cli.draw.operation import result_lines

    lines = []
    for one in sent:
        where = f"in block {int(one['block']):,}" if one["block"] is not None else f"accepted, as {one['operation']}"
        lines.append(f"transaction {one['hash']}\n  {where}")
    look = api.look(full=_change(api).full)
    return look.text(*lines, *result_lines(result, look))


def _checked(api: Asked, change: Change, tx: Unsigned) -> Transaction:
    """A transaction as it is signed. Raises InputError for one that is for another chain, moves coins, calls what is
    no contract of the ledger, or offers more than the settings allow: then it is not this API that one thinks."""
    from ledger.chain.signing import Transaction

    most = change.settings.number("most_fee")
    wrong: tuple[str, str, str] | None = None
    if tx["chainId"] != api.chain_id:
        wrong = "it is for another chain", str(api.chain_id), str(tx["chainId"])
    elif int(tx["value"]):
        wrong = "it moves coins", "0", tx["value"]
    elif not api.may_call(tx["to"]):
        wrong = "it calls no contract of the ledger", "one of them", tx["to"]
    elif most is not None and int(tx["maxFeePerGas"]) > most * 10**9:
        wrong = "its fee is higher than the setting most_fee", f"{most} gwei", f"{tx['maxFeePerGas']} wei"
    if wrong is not None:
        what, expected, found = wrong
        raise InputError(f"what is to be signed is not signed: {what}", expected=expected, found=found)
    return Transaction(
        chain_id=tx["chainId"],
        nonce=tx["nonce"],
        max_priority_fee=int(tx["maxPriorityFeePerGas"]),
        max_fee=int(tx["maxFeePerGas"]),
        gas=int(tx["gas"]),
        to=tx["to"],
        value=0,
        data=bytes.fromhex(tx["data"].removeprefix("0x")),
    )
