"""Put the contracts on a testnet that runs, and hand out the roles.

    python scripts/testnet_deploy.py

Where they are is written beside the chain, and `crt` finds them by it: `crt reconcile --rpc URL --deployment FILE`.
Broken off, it goes on where it was when it is repeated; what is there is left as it is.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from testnet import DEPLOYER, ROLES, node_of, options, told

from ledger.chain.devkeys import dev_account
from ledger.chain.node import DevNode
from ledger.chain.rpc import connect
from ledger.cli.configured import configured
from ledger.cli.demo import example
from ledger.services.founding import deploy_to
from ledger.services.inputs.case import load_case

DAY = 86_400  # seconds


def deploy(folder: Path) -> None:
    found = node_of(folder)
    terms = load_case(example("terms.toml"), example("rent-roll.csv")).terms

    # The clock of a new chain stands in 1999. It goes to two weeks before the example's offering opens.
    start = datetime.combine(terms.open_date - timedelta(days=14), time(), UTC)
    with closing(connect(found.url)) as node:
        assert isinstance(node, DevNode)
        if node.block().timestamp < start.timestamp():
            node.set_time(int(start.timestamp()))
            node.mine()

    # One development account for each role. On a network that counts, `members.toml` names them: docs/operations.md.
    members = {role: [dev_account(number).address] for role, number in ROLES.items()}
    made = deploy_to(
        found.url,
        dev_account(DEPLOYER),
        members,
        found.deployment,
        currency=terms.currency.code,
        challenge_window=7 * DAY,
        recovery_delay=14 * DAY,
        database_url=configured({"rpc": found.url}).text("database"),
    )
    print(f"the contracts are on chain {made.chain_id}, from block {made.block} on: {found.deployment}")


if __name__ == "__main__":
    told(lambda: deploy(options(__doc__).parse_args().folder))
