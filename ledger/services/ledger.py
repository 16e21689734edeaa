"""What every use case works with: a chain, its contracts, a sender, and the index of what happened."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Connection

from ledger.chain.artifacts import Contract
from ledger.chain.bindings import Bound
from ledger.chain.devkeys import dev_account
from ledger.chain.embedded import EmbeddedNode
from ledger.chain.networks import Network
from ledger.chain.node import DevNode, Node
from ledger.chain.signer import Signer
from ledger.chain.signing import Account
from ledger.engine.indexer import Indexer
from ledger.engine.keyring import Keyring
from ledger.engine.operations import Operation, Outcome, Sender, Step
from ledger.engine.outgoing import Sending
from ledger.engine.rehearsing import Rehearsal
from ledger.engine.sender import DurableSender
from ledger.errors import ChainError, InputError
from ledger.services.deployment import Deployment, cash_symbol, deploy
from ledger.services.roles import Role
from ledger.services.storekeeping import check_used, deployment_beside, file_beside
from ledger.store.database import Database, sqlite_url
from ledger.store.index import IndexedBlock

__all__ = ["Ledger", "Sending", "fund_account", "give_coins", "open_local", "open_remote", "typed_fields"]

S = TypeVar("S", bound=Signer)


@dataclass
class Ledger:
    """One ledger on one chain. Close it, or use it in a ``with`` statement.

    ``keys`` names the account that acts for each role, by address; the sender can sign for it.
    """

    node: Node
    sender: Sender
    deployment: Deployment
    database: Database
    keys: dict[Role, str] = field(default_factory=dict)
    keyring: Keyring = field(default_factory=Keyring, repr=False)
    confirmations: int = 0
    """Blocks on top of a transaction's own until it is final."""

    @cached_property
    def receipts(self) -> Bound:
        """The contract of all receipts."""
        return Bound(Contract("ComputeReceipt"), self.deployment.receipts)

    @cached_property
    def factory(self) -> Bound:
        """The contract that makes SPVs."""
        return Bound(Contract("SpvFactory"), self.deployment.factory)

    @cached_property
    def authority(self) -> Bound:
        """The contract that knows the roles."""
        return Bound(Contract("AccessManager"), self.deployment.authority)

    @cached_property
    def cash(self) -> Bound:
        """The stand-in for settlement cash of a local chain."""
        return Bound(Contract("SettlementCash"), self.deployment.cash)

    @cached_property
    def contributions(self) -> Bound:
        """The contract of all contribution logs."""
        return Bound(Contract("ContributionLog"), self.deployment.contributions)

    @cached_property
    def claims(self) -> Bound:
        """The contract of contributors, graduations and claims."""
        return Bound(Contract("Claims"), self.deployment.claims)

    @cached_property
    def vouchers(self) -> Bound:
        """The contract of all vouchers."""
        return Bound(Contract("Vouchers"), self.deployment.vouchers)

    @cached_property
    def index(self) -> Indexer:
        """Brings what happened on the chain into the database; what it says there is read by ``ledger.store.index``."""
        return Indexer(self.database, self.node, self.deployment.kinds, self.deployment.block)

    def sync(self) -> IndexedBlock:
        """Bring the index up to the newest block of the chain, which is returned.

        It is made from the chain alone: one that is missing is made anew. Raises what the node raises.
        """
        tip = self.index.sync()
        if tip is None:
            raise ChainError(
                f"the chain ends before block {self.deployment.block}, which the contracts are in",
                hint="the node is not there yet, or its chain was reset",
            )
        return tip

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A view of the database of one moment, with the index up to date."""
        tip = self.sync()
        if isinstance(self.sender, Rehearsal) and self.sender.node.done:
            with self.sender.foresee(self.index, tip) as foreseen:
                yield foreseen.connection
        else:
            with self.database.read() as connection:
                yield connection

    def rehearsing(self, others: Collection[str] = ()) -> Ledger:
        """A ledger for one thread in which nothing is done: operations are rehearsed on the newest state, each after
        those before it, and whatever is read shows what they would have done. Nothing of it is kept. ``others`` may
        act in it too: accounts whose keys are elsewhere."""
        keyring = Keyring(self.keyring)
        sender = Rehearsal(self.database, self.node, keyring, others)
        return replace(self, node=sender.node, sender=sender, keyring=keyring)

    def rebuild(self) -> IndexedBlock:
        """Make the index anew from the chain; see :meth:`Indexer.rebuild <ledger.engine.indexer.Indexer.rebuild>`."""
        self.index.rebuild()
        return self.sync()

    def account(self, role: Role) -> str:
        """The account that acts for a role. Raises InputError if there is none."""
        if role not in self.keys:
            raise InputError("there is no key for the role", field="role", expected=f"a key for {role.name.lower()}")
        return self.keys[role]

    def take_roles(self, first: str | None = None) -> None:
        """Act for each role by an account of the key ring that has it on the chain, and need not wait to use it; for
        the others by none. Of several, ``first`` comes before those that act already."""
        asked = [(role, account.address) for role in _OWN_ROLES for account in self.keyring]
        answers = self.authority.view_many(self.node, "hasRole", [(int(role), account) for role, account in asked])
        able = [one for one, (is_member, delay) in zip(asked, answers, strict=True) if is_member and not delay]
        found = dict(reversed(able))  # of several, the first one
        stay = {role: account for role, account in self.keys.items() if (role, account) in able}
        self.keys = found | stay | {role: account for role, account in able if account == first}

    def operate(self, role: Role, kind: str, *steps: Step, key: str | None = None) -> Outcome:
        """Do something as the administrator's account, with the key of a role behind it."""
        operation = Operation(kind, key or _new_key(kind), self.account(role), steps, through=self.deployment.operator)
        return self.sender.submit(operation)

    def act(self, holder: str, kind: str, step: Step, *, key: str | None = None, intent: str = "") -> Outcome:
        """Do something as ``holder``, who signs it; ``intent`` as in :class:`Operation`."""
        return self.sender.submit(Operation(kind, key or _new_key(kind), holder, (step,), intent=intent))

    def anyone(self, kind: str, step: Step, *, key: str | None = None) -> Outcome:
        """Do something that everybody may do, with the servicer's key."""
        return self.act(self.account(Role.SERVICER), kind, step, key=key)

    def typed_domain(self, contract: Bound, name: str) -> dict[str, Any]:
        """The EIP-712 domain of one of the contracts, version 1."""
        return {
            "name": name,
            "version": "1",
            "chainId": self.deployment.chain_id,
            "verifyingContract": contract.address,
        }

    def now(self) -> datetime:
        """The newest block's time, in UTC."""
        return datetime.fromtimestamp(self.node.block().timestamp, UTC)

    def go_to(self, day: date, *, utc_offset: int = 0, at: time = time(9)) -> None:
        """Move a local chain's clock to a day, in the time zone ``utc_offset`` minutes east of UTC.

        A clock that is there or later stays as it is. Raises ChainError on a network that keeps its own time.
        """
        if not isinstance(self.node, DevNode):
            raise ChainError("only a local chain's clock can be moved", hint="use the embedded chain, or anvil")
        _set_clock(self.node, datetime.combine(day, at, timezone(timedelta(minutes=utc_offset))))

    def close(self) -> None:
        """Release the accounts, the database and the node."""
        self.sender.close()
        self.database.close()
        self.node.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


_OWN_ROLES: Sequence[Role] = tuple(role for role in Role if role is not Role.FACTORY)
_CURRENCY = "CNY"  # of the cash of a new local chain
_COINS = 10**21  # wei for each account of a local chain


def open_local(
    path: Path | None = None,
    *,
    currency: str | None = None,
    start: date | None = None,
    database_url: str | None = None,
    new_database: bool = True,
) -> Ledger:
    """A ledger on an embedded chain, in memory or in a file, with public development keys for every role.

    A new chain gets the contracts, with cash in ``currency`` (CNY if not given); ``start`` sets its clock to that day
    before. A file that has them is opened as it is: where they are stands beside it, in ``<path>.deployment.json``,
    and is found on the chain if that is missing; what a broken-off deployment left out is done. What is to be done is
    kept in ``<path>.ledger.sqlite``, which is made if there is none, unless ``new_database`` is False. Raises
    NetworkMismatch if these don't belong together, InputError if the chain's cash is in another currency than the one
    given, and what :class:`~ledger.store.database.Database` raises.
    """
    node = EmbeddedNode(path)
    try:
        beside = None if path is None else sqlite_url(file_beside(path))
        if path is not None and not new_database and database_url is None:
            check_used(path)
        database = Database(database_url or beside, create=new_database)
        try:
            known = None if path is None else deployment_beside(path)
            return _local(node, database, known, currency, start)
        except BaseException:
            database.close()
            raise
    except BaseException:
        node.close()
        raise


def open_remote(
    url: str,
    deployment: Path,
    *,
    database_url: str | None = None,
    sending: Sending | None = None,
    new_database: bool = True,
) -> Ledger:
    """A ledger on the node at ``url``, with the contracts that a deployment file names.

    Its operations are kept in the database at ``database_url``, or in a file beside the deployment, which is made if
    there is none, unless ``new_database`` is False; ``sending`` is how the network is used. It can sign for nobody
    until accounts are added; on anvil, for the public development keys. Raises NetworkMismatch if the contracts are not
    there, or the database is about another chain, Unreachable if nobody answers, and what
    :class:`~ledger.store.database.Database` raises.
    """
    found = Deployment.load(deployment)
    node = Network("rpc", url=url, chain_id=found.chain_id).open()
    try:
        found.check(node)
        accounts = _local_accounts()[1:] if isinstance(node, DevNode) else []
        keyring = Keyring(accounts)
        keys = {role: account.address for role, account in zip(_OWN_ROLES, accounts, strict=False)}
        database = Database(database_url or sqlite_url(file_beside(deployment)), create=new_database)
        try:
            how = replace(sending or Sending(), first_block=found.block)
            sender = DurableSender(database, node, keyring, sending=how)
            return Ledger(node, sender, found, database, keys, keyring, how.confirmations)
        except BaseException:
            database.close()
            raise
    except BaseException:
        node.close()
        raise


def _local_accounts() -> list[Account]:
    """The deployer of local chains, and who has each of their roles."""
    # Account 0 hands out coins on the embedded chain, so that its nonces are not ours to count.
    return [dev_account(index + 1) for index in range(len(_OWN_ROLES) + 1)]


def _local(
    node: EmbeddedNode, database: Database, known: Path | None, currency: str | None, start: date | None
) -> Ledger:
    deployer, *accounts = _local_accounts()
    keyring = Keyring([deployer, *accounts])
    keys = {role: account.address for role, account in zip(_OWN_ROLES, accounts, strict=True)}
    sender = DurableSender(database, node, keyring)
    saved = known is not None and known.exists()
    if known is not None and saved:
        deployment = Deployment.load(known)
        deployment.check_chain(node)
        node.expect(lambda: deployment.check(node))  # which takes a while
    else:
        if start is not None and node.nonce(deployer.address) == 0:
            _set_clock(node, datetime.combine(start, time(), UTC))
        members = {role: [address] for role, address in keys.items()}
        # The deployer does nothing else: its first nonce is that of the first contract, now or when it was done.
        deployment = deploy(node, sender, deployer.address, members, currency=currency or _CURRENCY, first=0)
        deployment.check(node)
    ledger = Ledger(node, sender, deployment, database, keys, keyring)
    if currency is not None and (found := ledger.cash.view(node, "symbol")) != cash_symbol(currency):
        raise InputError(
            "the chain's cash is in another currency", field="currency", expected=cash_symbol(currency), found=found
        )
    if known is not None and not saved:
        deployment.save(known)
    return ledger


def _set_clock(node: DevNode, moment: datetime) -> None:
    """A clock that is there or later stays as it is."""
    timestamp = int(moment.timestamp())
    if timestamp > node.block().timestamp:
        node.set_time(timestamp)
        node.mine()


def fund_account(ledger: Ledger, account: S) -> S:
    """Let the ledger sign for an account, and give it coins for gas on a local chain; returns it."""
    ledger.keyring.add(account)
    if isinstance(ledger.node, DevNode):
        give_coins(ledger.node, account.address)
    return account


def give_coins(node: DevNode, address: str) -> None:
    """Give an account coins for gas, on a local chain."""
    node.fund(address, _COINS)


def typed_fields(text: str) -> list[dict[str, str]]:
    """The fields of an EIP-712 struct, from how its type string lists them: ``uint256 repo,address wallet``."""
    return [dict(zip(("type", "name"), field.split(), strict=True)) for field in text.split(",")]


def _new_key(kind: str) -> str:
    return f"{kind}/{uuid4()}"
