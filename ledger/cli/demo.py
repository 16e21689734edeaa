"""`crt demo`: a whole case on an embedded chain in memory."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from ledger.cli.output import progress, terminal
from ledger.errors import InputError, LedgerError, SetupError
from ledger.services.document import document
from ledger.services.inputs.case import load_case
from ledger.services.ledger import open_local
from ledger.services.story import run_case

__all__ = ["example", "run_demo"]

_PACKAGE = Path(__file__).resolve().parent.parent


def example(name: str) -> Path:
    """A file of the example CRT01, of a checkout or of an installed package."""
    for place in (_PACKAGE.parent / "examples" / "crt01", _PACKAGE / "examples" / "crt01"):
        if (place / name).is_file():
            return place / name
    raise SetupError(f"the example's {name} is missing", hint="name your own files with the options of `crt demo`")


def run_demo(
    terms: Path | None,
    rent_roll: Path | None,
    subscriptions: Path | None,
    collections: Path | None,
    *,
    as_json: bool,
    report: Path | None,
    quiet: bool,
) -> None:
    """Read and check the files, run the case, and tell it. Nothing is deployed before all files are checked."""
    files = {
        "terms.toml": terms or example("terms.toml"),
        "rent-roll.csv": rent_roll,
        "subscriptions.csv": subscriptions,
        "collections.csv": collections,
    }
    paths = {name: path or _beside(files["terms.toml"], name) for name, path in files.items()}
    case = load_case(*paths.values())
    if report is not None:
        _check_writable(report, paths.values())
    with progress(quiet) as tell:
        tell("the files: " + ", ".join(str(path) for path in paths.values()))
        tell("start the embedded chain and deploy the contracts")
        start = case.terms.open_date - timedelta(days=14)
        with open_local(currency=case.terms.currency.code, start=start) as ledger:
            story = run_case(ledger, case, tell)
        if report is not None:
            from ledger.services.report import write

            tell(f"write the report to {report}")
            write(story, report)
    if as_json:
        print(json.dumps(document(story), ensure_ascii=False, indent=2))
    else:
        from ledger.cli.tables import tell_story

        tell_story(story, terminal())
        if report is not None:
            print(f"\nReport: {report}")
    broken = [check for check in story.checks if not check.holds]
    if broken:
        raise LedgerError(
            f"{len(broken)} of {len(story.checks)} checks do not hold: {broken[0].name}",
            hint="this is a fault of the ledger, not of the files: please report it with them",
        )


def _beside(terms: Path | None, name: str) -> Path:
    """A file that was not named: the one beside the term sheet, else the example's."""
    assert terms is not None
    there = terms.parent / name
    return there if there.is_file() else example(name)


def _check_writable(report: Path, inputs: Iterable[Path]) -> None:
    """A report that can't be written is refused before anything runs; its directory is made."""
    place = report.absolute()
    found = None
    if place.is_dir():
        found = "a directory"
    elif any(place.exists() and path.exists() and place.samefile(path) for path in inputs):
        found = "a file that this run reads"
    else:
        part = place.with_name(place.name + ".part")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            part.touch()
            part.unlink()
        except OSError as error:
            found = error.strerror or str(error)
    if found is not None:
        raise InputError(
            "the report can't be written", file=str(report), field="--report", expected="a new file", found=found
        )
