"""A process that runs a payment date of the first series of a ledger in a file, to be killed on the way."""

from __future__ import annotations

import sys
from pathlib import Path

from ledger.services.ledger import open_local
from ledger.services.payment_date import payment_date
from ledger.services.series import Series

if __name__ == "__main__":
    with open_local(Path(sys.argv[1])) as ledger:
        payment_date(Series.load(ledger, 1), 0)
