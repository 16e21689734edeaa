"""Make docs/images/report.png: the top of the reference case's page, as a browser shows it.

    python scripts/picture_report.py [PAGE.html]

Runs CRT01 on a chain in memory (about 13 s) and draws its page; with a file, draws that one. Needs Chromium, and for
the Chinese names a font such as Noto CJK: `apt-get install chromium fonts-noto-cjk`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

CASE = ROOT / "examples" / "crt01"
FILES = ("terms.toml", "rent-roll.csv", "subscriptions.csv", "collections.csv")
TARGET = ROOT / "docs" / "images" / "report.png"
WIDTH, HEIGHT = 1200, 2310  # down to the end of the chart
MOST_BYTES = 300_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)


def make_page(path: Path) -> None:
    from ledger.services import report
    from ledger.services.inputs import load_case
    from ledger.services.ledger import open_local
    from ledger.services.story import run_case

    case = load_case(*(CASE / name for name in FILES))
    with open_local(start=case.terms.open_date - timedelta(days=14)) as ledger:
        report.write(run_case(ledger, case, print), path)


def take_picture(page: Path, target: Path) -> None:
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise SystemExit("no browser found: apt-get install chromium fonts-noto-cjk")
    with tempfile.TemporaryDirectory() as profile:
        sized = (f"--user-data-dir={profile}", f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={target}")
        subprocess.run([browser, *QUIET, *sized, page.resolve().as_uri()], check=True, capture_output=True, timeout=120)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(folder) / "report.html"
        if len(sys.argv) == 1:
            make_page(page)
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        take_picture(page, TARGET)
    size = TARGET.stat().st_size
    print(f"{TARGET.relative_to(ROOT)}: {WIDTH} x {HEIGHT}, {size:,} bytes")
    if size > MOST_BYTES:
        raise SystemExit(f"larger than {MOST_BYTES:,} bytes")


if __name__ == "__main__":
    main()
