"""The newest blocks of a testnet go, as in a reorganisation, and what was in them is done again.

    python scripts/testnet_reorg.py 5

Needs anvil (`testnet.py up --anvil`), which can replace its newest blocks by empty ones. The embedded chain never takes
a block back. Begins with a testnet that is seeded: an investor splits its receipt in each of the blocks that go.
"""

from __future__ import annotations

from testnet import FIRST_INVESTOR, node_of, open_testnet, options, told
from testnet_seed import example_case, series_of
from testnet_year import agree

from ledger.chain.devkeys import dev_account
from ledger.chain.rpc import AnvilNode
from ledger.cli.output import some
from ledger.errors import InputError
from ledger.services import receipts
from ledger.services.ledger import Ledger, fund_account
from ledger.services.reconcile import reconcile

MOST = 64  # blocks; each of them is mined for this


def reorganise(ledger: Ledger, depth: int) -> None:
    series = series_of(ledger, example_case())
    assert isinstance(ledger.node, AnvilNode)

    # A block for each split. The key says which of them is meant, for good.
    holder = fund_account(ledger, dev_account(FIRST_INVESTOR))
    receipt = receipts.receipts_of(ledger, series.slot, holder.address)[0].token_id
    first = ledger.node.block_number()
    keys = [f"{series.spv.address}/reorg/{first}/{number}" for number in range(depth)]
    made = [receipts.split(ledger, receipt, [1], key=key)[0] for key in keys]
    before = ledger.sync()
    print(f"{some(depth, 'split')}; block {before.number} is {before.hash.hex()[:16]}")

    # Anvil puts empty blocks in their place, and forgets the transactions.
    ledger.node.request("anvil_reorg", depth, [])
    ledger.node.request("anvil_dropAllTransactions")
    after = ledger.sync()
    gone = [token_id for token_id in made if receipts.find(ledger, token_id) is None]
    print(f"{some(depth, 'block')} replaced; block {after.number} is {after.hash.hex()[:16]}")
    print(f"the index has taken back {some(len(gone), 'receipt')}")

    # The sender sees that what it has done is gone, and sends the same bytes again. Who asks again waits for that.
    again = [receipts.split(ledger, receipt, [1], key=key)[0] for key in keys]
    found = [token_id for token_id in again if receipts.find(ledger, token_id) is not None]
    print(f"sent again: {some(len(found), 'receipt')}, {'the same' if again == made else 'others'} as before")
    agree(reconcile(ledger))
    print("chain, index and journal agree")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("depth", type=int, nargs="?", default=3, help="how many blocks go")
    given = parser.parse_args()
    if not 1 <= given.depth <= MOST:
        raise InputError("not a depth", field="depth", expected=f"1 to {MOST} blocks", found=str(given.depth))
    if node_of(given.folder).chain.name != "anvil.json":
        raise InputError(
            "the embedded chain can't be reorganised: it never takes a block back",
            field="--folder",
            expected="a testnet on anvil",
            found=str(given.folder),
            hint="python scripts/testnet.py up --anvil, in another --folder",
        )
    with open_testnet(given.folder) as ledger:
        reorganise(ledger, given.depth)


if __name__ == "__main__":
    told(main)
