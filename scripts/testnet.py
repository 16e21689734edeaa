"""A local testnet: a node in the background, and a folder with all that it keeps.

    python scripts/testnet.py up              start it: the embedded chain, served by `crt node`
    python scripts/testnet.py up --anvil      the same with anvil instead
    python scripts/testnet.py status          where it is, how far it is, whose accounts are whose
    python scripts/testnet.py down            end it; what happened stays in the folder

The folder (`build/testnet`, or `--folder`) has the chain, the deployment and the ledger's database, `node.json` with
the process's number and its URL, and `node.log` with what it says. To begin anew: `down`, and remove the folder.

The embedded chain survives `kill -9` with all that was answered. Anvil writes its state every second and at its end:
what is younger is lost with `kill -9`; all of it, if it was just writing.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import IO, NamedTuple

from ledger.chain.devkeys import dev_account
from ledger.chain.listening import listen
from ledger.chain.node import DevNode
from ledger.chain.rpc import connect
from ledger.cli.configured import configured
from ledger.cli.output import moment
from ledger.errors import ChainError, InputError, LedgerError, SetupError
from ledger.services import reading
from ledger.services.deployment import Deployment
from ledger.services.ledger import Ledger, open_remote
from ledger.services.roles import Role
from ledger.services.series import Series
from ledger.services.storekeeping import deployment_beside

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0  # seconds for a node to start, and to end

# Public development accounts by number. The first ones are those that the ledger takes on local chains; from 20 on they
# are nobody's, and `crt` calls them dev:0, dev:1 and so on.
DEPLOYER = 1
_MEMBERS: list[Role] = [role for role in Role if role is not Role.FACTORY]
ROLES = {role: number for number, role in enumerate(_MEMBERS, 2)}
PARTIES = {"originator": 10, "fees": 11, "unclaimed": 12, "valuation agent": 13}
FIRST_INVESTOR = 20


class Running(NamedTuple):
    """The node of a folder, as `up` started it. ``chain`` is the file that it keeps its chain in."""

    pid: int
    url: str
    chain: Path

    @property
    def deployment(self) -> Path:
        """Where the deployment is, if there is one; the ledger's database is beside it."""
        return deployment_beside(self.chain)


# --- For the other scripts --------------------------------------------------------------------------------------------


def options(description: str | None) -> argparse.ArgumentParser:
    """The options of every script: which testnet."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("build/testnet"), help="the testnet's folder")
    return parser


def node_of(folder: Path) -> Running:
    """The node of a testnet. Raises InputError if it does not run."""
    found = running(folder)
    if found is None:
        hint = "python scripts/testnet.py up"
        raise InputError("the testnet does not run", field="--folder", found=str(folder), hint=hint)
    return found


def open_testnet(folder: Path) -> Ledger:
    """The ledger of a testnet that runs and has the contracts. It can sign for all roles. Close it after use."""
    found = node_of(folder)
    if not found.deployment.exists():
        raise InputError(
            "the testnet has no contracts yet",
            file=str(found.deployment),
            found="nothing",
            hint="python scripts/testnet_deploy.py",
        )
    url = configured({"rpc": found.url}).text("database")
    return open_remote(found.url, found.deployment, database_url=url, new_database=False)


def told(main: Callable[[], int | None]) -> None:
    """Run a script; an error of the ledger is one message, and its exit code."""
    try:
        sys.exit(main())
    except LedgerError as error:
        print(f"{Path(sys.argv[0]).name}: {error}", file=sys.stderr)
        sys.exit(error.exit_code)


# --- The node -------------------------------------------------------------------------------------------------------


def running(folder: Path) -> Running | None:
    """The node of a folder, if it runs.

    It has inherited the lock on `node.json` from `up`, and holds it until it ends, in whatever way. So another process
    that has its number since is not taken for it.
    """
    try:
        file = (folder / "node.json").open()
    except FileNotFoundError:
        return None
    with file:
        if _takes(file, fcntl.LOCK_SH):
            return None
        try:
            pid, url, chain = json.load(file).values()
        except ValueError:
            raise ChainError("the testnet is being started", hint="try again in a moment") from None
    return Running(pid, url, folder / chain)


def up(folder: Path, port: int, *, anvil: bool) -> None:
    """Start the node of a folder, and wait until it answers."""
    folder.mkdir(parents=True, exist_ok=True)
    chain, other = folder / "chain.db", folder / "anvil.json"
    if anvil:
        chain, other = other, chain
    if other.exists():
        raise InputError(
            "the folder has a chain of the other kind",
            field="--anvil",
            expected=f"a folder without {other.name}",
            found=str(other),
            hint="name another --folder, or leave --anvil as it was",
        )
    with (folder / "node.json").open("a+") as file, (folder / "node.log").open("ab") as log:
        if not _takes(file, fcntl.LOCK_EX):
            found = node_of(folder)
            print(f"it runs already: process {found.pid}, {found.url}")
            return
        said_before = log.tell()
        file.truncate(0)  # what it said was of the one before
        with listen("127.0.0.1", port, field="--port") as free:  # a port that is taken is said here
            port = free.getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        process = subprocess.Popen(
            _anvil(chain, port) if anvil else _embedded(chain, port),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C here does not reach it
            pass_fds=[file.fileno()],  # and with it the lock
        )
        print(json.dumps({"pid": process.pid, "url": url, "chain": chain.name}), file=file, flush=True)
        _wait_until_it_answers(process, url, folder / "node.log", said_before)
        if anvil:
            _set_clock_of_anvil(url)
    print(f"the testnet runs: process {process.pid}, {url}")


def down(folder: Path) -> None:
    """End the node of a folder, and wait until it has ended."""
    found = running(folder)
    if found is None:
        print("it does not run")
        return
    os.kill(found.pid, signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    while running(folder) is not None:
        if time.monotonic() > until:
            raise ChainError(f"process {found.pid} does not end", hint=f"look at {folder / 'node.log'}")
        time.sleep(0.05)
    print(f"ended; what happened is in {folder}")


def _takes(file: IO[str], lock: int) -> bool:
    """Whether nobody else holds the file, so that this process does now, until it is closed."""
    try:
        fcntl.flock(file, lock | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _embedded(chain: Path, port: int) -> list[str]:
    program = [sys.executable, "-c", "from ledger.cli import main; main()"]
    return [*program, "node", "--chain", str(chain), "--port", str(port)]


def _anvil(state: Path, port: int) -> list[str]:
    """Anvil as the embedded chain is: the same chain id, rules and beginning."""
    from ledger.chain.evm import CHAIN_ID, GENESIS_TIME  # which takes a second, and only this needs it

    installed = sorted(ROOT.glob("contracts/node_modules/@foundry-rs/anvil-*/bin/anvil"))
    program = str(installed[0]) if installed else shutil.which("anvil")
    if program is None:
        raise SetupError("anvil is not installed", hint="python scripts/install_packages.py contracts")
    rules = ["--chain-id", CHAIN_ID, "--hardfork", "prague", "--gas-limit", 100_000_000, "--base-fee", 7]
    kept = ["--state", state, "--state-interval", 1]
    begin = ["--timestamp", GENESIS_TIME]  # each time: a start at another time has another block 0
    return [program, "--quiet", *(str(part) for part in ("--port", port, *rules, *kept, *begin))]


def _wait_until_it_answers(process: subprocess.Popen[bytes], url: str, log: Path, begin: int) -> None:
    """What the node says is in the log from ``begin`` on."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return connect(url).close()
        except ChainError as error:
            if process.poll() is not None or time.monotonic() > until:
                process.kill()
                said = log.read_bytes()[begin:].decode(errors="replace").splitlines() or [str(error)]
                raise ChainError(f"the node did not start: {said[0]}", hint=f"look at {log}") from None
        time.sleep(0.05)


def _set_clock_of_anvil(url: str) -> None:
    """To where its chain is: it starts where that began, and its next block would be older than the one before."""
    with closing(connect(url)) as node:
        assert isinstance(node, DevNode)
        newest = node.block()
        if newest.number > 0:
            node.set_time(newest.timestamp + 1)


# --- What is there ----------------------------------------------------------------------------------------------------


def status(folder: Path) -> int:
    """Say how the testnet is; 1 if it does not run."""
    found = running(folder)
    if found is None:
        print("it does not run: python scripts/testnet.py up")
        return 1
    with closing(connect(found.url)) as node:
        assert isinstance(node, DevNode)
        newest = node.block()
        print(f"{'node':10} {found.url}, process {found.pid}")
        print(f"{'chain':10} {node.chain_id()}, in {found.chain}")
        print(f"{'block':10} {newest.number}, {moment(newest.timestamp)}")
    names = {DEPLOYER: "deployer"} | {number: role.name.lower() for role, number in ROLES.items()}
    names |= {number: party for party, number in PARTIES.items()}
    if found.deployment.exists():
        contracts = Deployment.load(found.deployment)
        print(f"{'contracts':10} {found.deployment}")
        for name in ("operator", "receipts", "factory", "cash", "authority", "contributions", "claims", "vouchers"):
            print(f"{'':10} {getattr(contracts, name)} {name}")
        names |= _series(folder)
    else:
        print(f"{'contracts':10} none yet: python scripts/testnet_deploy.py")
    print(f"{'accounts':10} with public keys: never use them where anything has value")
    for number, name in sorted(names.items()):
        print(f"{'':10} {dev_account(number).address} {_name(number):<8} {name}")
    return 0


def _name(number: int) -> str:
    """What `crt` calls an account, if it has a name for it."""
    return f"dev:{number - FIRST_INVESTOR}" if number >= FIRST_INVESTOR else ""


def _series(folder: Path) -> dict[int, str]:
    """Say which series there are; returns what their subscribers are called, by number of the account."""
    with open_testnet(folder) as ledger:
        with ledger.reading() as connection:
            spvs = reading.spvs(connection)
            buyers = {one.holder for one in reading.subscriptions(connection)}
        for spv in spvs:
            series = Series.load(ledger, spv.slot)
            print(f"{'series':10} {series.code}, {series.state().value} on {series.today()}: SPV {series.spv.address}")
        if not spvs:
            print(f"{'series':10} none yet: python scripts/testnet_seed.py")
    numbers = range(FIRST_INVESTOR, FIRST_INVESTOR + len(buyers))
    return {number: "investor" for number in numbers if dev_account(number).address in buyers}


def main() -> int | None:
    parser = options(__doc__)
    parser.add_argument("what", choices=("up", "down", "status"))
    parser.add_argument("--port", type=int, default=8545, help="of `up`: where to listen, 0 for a free port")
    parser.add_argument("--anvil", action="store_true", help="of `up`: anvil instead of the embedded chain")
    given = parser.parse_args()
    if given.what == "up":
        up(given.folder, given.port, anvil=given.anvil)
    elif given.what == "down":
        down(given.folder)
    else:
        return status(given.folder)
    return None


if __name__ == "__main__":
    told(main)
