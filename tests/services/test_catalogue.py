"""What never changes of a series is asked of the chain once, whoever asks again; and no chain is opened to read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ledger.services.catalogue import Catalogue
from ledger.services.ledger import open_local
from ledger.services.reading import spvs
from tests.nodes import ROOT
from tests.services.small import active, small_case

READ = """
import sys
from pathlib import Path
from api.inside import Inside
from ledger.client.client import Client
from ledger.services.ledger import open_local

with open_local(Path(sys.argv[1]), new_database=False) as ledger, Client(Inside(ledger)) as client:
    print([one["units"]["amount"] for one in client.list_receipts()["data"]], client.get_series(1)["size"]["currency"])
print([name for name in ("eth", "api.vouchers", "uvicorn") if name in sys.modules])
"""


def test_facts_are_asked_for_once(tmp_path: Path) -> None:
    case = small_case()
    path = tmp_path / "chain.db"
    with open_local(path, start=case.terms.open_date) as ledger:
        active(ledger, case, 100_000, 50_000)
        with ledger.reading() as connection:
            (spv,) = spvs(connection)
        first, cash = Catalogue(ledger).of(spv), Catalogue(ledger).money(ledger.deployment.cash)
    asked: list[object] = []
    with open_local(path) as ledger:
        node = ledger.node
        node.expect(lambda: asked.append(1))  # type: ignore[attr-defined]
        again = Catalogue(ledger)
        assert again.of(spv) == first and again.money(ledger.deployment.cash) == cash and not asked
        assert first.name == case.terms.name and first.periods and asked == []
        assert node.nonce(spv.address) == 1 and asked == [1]  # now it is the chain that is asked

    read = subprocess.run([sys.executable, "-c", READ, str(path)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert read.stdout.splitlines() == ["['1000.00', '500.00'] CNY", "[]"]
