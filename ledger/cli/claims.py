"""`crt contrib`, the side of the chain: what a programme counts, and what graduates claim by it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.accounts import account
from ledger.cli.anchored import open_log, policy_text, repository_of
from ledger.cli.context import Context
from ledger.cli.options import As, PolicyOption, command
from ledger.cli.output import moment, some
from ledger.cli.programme import check_open
from ledger.errors import InputError, RuleError

if TYPE_CHECKING:
    from ledger.attribution.counted import Counted
    from ledger.services.counting import Recount
    from ledger.services.ledger import Ledger
    from ledger.services.people import Person
    from ledger.services.programmes import Programme

__all__ = ["app"]

app = typer.Typer()

_Programme = Annotated[int, typer.Argument(metavar="PROGRAMME", min=1, help="The programme's number.")]
_Logs = Annotated[list[Path], typer.Argument(metavar="LOG...", help="All logs that the programme counts.")]


@command(app, "publish")
def publish(
    context: Context,
    programme: _Programme,
    logs: _Logs,
    who: As,
    policy: PolicyOption = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where the trees go. Default: programme-N-root-N.crtcount, here."),
    ] = None,
) -> None:
    """Count what is anchored and bound for a programme, and propose it; it can be claimed after the challenge window.

    Points are thousandths of a line. The trees are written to a file, to be published: so anybody can check them.

    Example: crt contrib publish 1 flask.crtlog click.crtlog --as district
    """
    from ledger.services import programmes

    with context.ledger() as ledger, _recount(ledger, logs, policy) as recount:
        publisher = account(ledger, who)
        found = programmes.programme(ledger, programme)
        if found.terms.publisher != publisher.address:
            raise RuleError(
                "only the programme's publisher publishes",
                field="--as",
                expected=found.terms.publisher,
                found=publisher.address,
            )
        _check_no_proposal(ledger, programme)
        counted = recount.next(programme)
        if not counted.lines:
            raise RuleError(
                "there is nothing to count",
                field="PROGRAMME",
                expected="lines with points, of contributors who are bound",
                found="none",
                hint="anchor the logs, and bind contributors: crt contrib bind",
            )
        if recount.active_is(programme, counted):
            raise RuleError("nothing new to count since the active root", field="PROGRAMME", found=str(programme))
        number = programmes.publish(ledger, programme, publisher.address, counted)
        until = int(ledger.claims.view(ledger.node, "rootAt", number)[5])
        others = sorted(recount.unknown - {programme})
    trees = output or Path(f"programme-{programme}-root-{number}.crtcount")
    try:
        counted.save(trees)
    except OSError as error:
        raise InputError(
            f"root {number} is proposed, but its trees can't be written", file=str(trees), found=str(error)
        ) from None
    points = sum(claim.points for claim in counted.claims)
    document = {
        "programme": programme,
        "root": number,
        "linesRoot": f"0x{counted.lines_tree.root.hex()}",
        "claimsRoot": f"0x{counted.claims_tree.root.hex()}",
        "lines": len(counted.lines),
        "persons": len(counted.claims),
        "points": points,
        "claimableFrom": until,
        "trees": str(trees),
        "notExcluded": others,
    }
    warning = [f"not regarded, since these logs don't explain them: programmes {', '.join(map(str, others))}"]
    context.say(
        "root",
        document,
        f"programme {programme}, root {number}: {points:,} points in {some(len(counted.lines), 'line')} of "
        f"{some(len(counted.claims), 'person')}, 0x{counted.claims_tree.root.hex()}",
        f"publish its trees: {trees}",
        f"it can be challenged until {moment(until)}; claim after that",
        *(warning if others else []),
    )


def _check_no_proposal(ledger: Ledger, number: int) -> None:
    from ledger.services.programmes import roots_of

    proposed = roots_of(ledger, number).proposed
    if proposed:
        until = int(ledger.claims.view(ledger.node, "rootAt", proposed)[5])
        raise RuleError(
            f"root {proposed} of the programme can still be challenged",
            field="PROGRAMME",
            expected=f"a time after {moment(until)}",
            found=moment(int(ledger.now().timestamp())),
            hint="publish the next one then; a local chain: crt chain advance 8",
        )


@command(app, "claim")
def claim(
    context: Context,
    programme: _Programme,
    logs: _Logs,
    who: As,
    person: Annotated[int | None, typer.Option(min=1, help="For whom. Default: for the person of --as.")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="For everybody who graduated.")] = False,
    policy: PolicyOption = None,
) -> None:
    """Claim the vouchers that graduates have coming by a programme's active root, as far as its budget goes.

    Example: crt contrib claim 1 flask.crtlog click.crtlog --as dev:1
    """
    from ledger.services import people, programmes

    with context.ledger() as ledger:
        sender = account(ledger, who)
        if person is not None and everybody:
            raise InputError("for one or for all", field="--all", expected="--person N or --all", found="both")
        if person is None and not everybody:
            person = people.person_of(ledger, sender.address).number
        found = check_open(ledger, programme)
        programmes.active_root(ledger, programme)
        if person is not None:
            _check_graduated(people.person(ledger, person), programme)
        with _recount(ledger, logs, policy) as recount:
            counted = recount.active(programme)
        persons = [item.person for item in counted.claims] if everybody else [person or 0]
        before = {number: _issued(ledger, programme, number) for number in persons}
        follow = {number: _held_before(ledger, programme, number) for number in persons}
        if everybody:
            issued = programmes.claim_all(ledger, programme, counted, sender.address)
        else:
            if not follow[persons[0]]:
                _check_anything(found, counted, persons[0], before[persons[0]])
            issued = programmes.claim(ledger, programme, counted, persons[0], sender.address)
        rows = [_claimed(ledger, found, counted, number, before[number]) for number in persons]
        for row in rows:
            row["moved"] = follow[row["person"]] - _held_before(ledger, programme, row["person"])
        free = programmes.programme(ledger, programme).free
    _say_claim(context, found, rows, issued, free)


def _say_claim(context: Context, programme: Programme, rows: list[dict[str, Any]], issued: int, free: int) -> None:
    left = sum(row["left"] for row in rows)
    lines = [f"{some(issued, 'voucher')} issued"]
    for row in rows:
        got = f"{some(row['issued'], 'voucher')} now, {row['had']:,} before" if row["graduated"] else "not graduated"
        moved = f"; {some(row['moved'], 'voucher')} followed from a former wallet" if row["moved"] else ""
        lines.append(f"person {row['person']}: {row['points']:,} points, {got}{moved}")
    if left and free == 0:
        lines.append(
            f"the budget is empty: {left:,} vouchers stay claimable; after crt voucher fund {programme.number} AMOUNT, "
            "claim again"
        )
    elif left:
        lines.append(f"{left:,} vouchers stay claimable: a wallet did not accept them; claim again")
    document = {"programme": programme.number, "issued": issued, "stillClaimable": left, "freeUnits": free}
    context.say("claim", {**document, "persons": rows}, *lines)


def _held_before(ledger: Ledger, programme: int, person: int) -> int:
    """Vouchers that a person's former wallets hold: they follow with the next claim."""
    from ledger.services import programmes
    from ledger.services.people import past_wallets

    return sum(programmes.units_of(ledger, programme, wallet) for wallet in past_wallets(ledger, person))


def _check_graduated(found: Person, programme: int) -> None:
    if found.programme == programme:
        return
    raise RuleError(
        f"person {found.number} has not graduated for programme {programme}",
        field="person",
        expected="a university's attestation",
        found="none" if not found.programme else f"one for programme {found.programme}",
        hint="the university attests it: "
        f"crt contrib attest {found.number} {programme} DAY --as university --out FILE; "
        "then they agree: crt contrib graduate FILE --as ACCOUNT",
    )


def _check_anything(programme: Programme, counted: Counted, person: int, before: int) -> None:
    found = counted.claim_of(person)
    if found is None:
        raise RuleError(
            f"there is nothing to claim for person {person}",
            field="person",
            expected="lines that the active root counts",
            found="none",
            hint="what was bound after the root was proposed is in the next one: crt contrib publish",
        )
    entitled = _entitled(programme, found[1].points)
    if entitled <= before:
        raise RuleError(
            f"there is nothing to claim for person {person}",
            field="person",
            expected=f"{programme.terms.pointsPerUnit:,} points for each voucher, and less than the cap",
            found=f"{found[1].points:,} points, {before:,} vouchers issued before",
        )


def _claimed(ledger: Ledger, programme: Programme, counted: Counted, number: int, before: int) -> dict[str, Any]:
    """What one person had coming, and got."""
    from ledger.services.people import person

    found = counted.claim_of(number)
    points = found[1].points if found else 0
    graduated = person(ledger, number).programme == programme.number
    now = _issued(ledger, programme.number, number)
    left = max(0, _entitled(programme, points) - now) if graduated else 0
    row = {"person": number, "graduated": graduated, "points": points, "had": before, "issued": now - before}
    return row | {"left": left}


def _entitled(programme: Programme, points: int) -> int:
    units = points // int(programme.terms.pointsPerUnit)
    return min(units, programme.terms.cap) if programme.terms.cap else units


def _issued(ledger: Ledger, programme: int, person: int) -> int:
    return int(ledger.claims.view(ledger.node, "redeemedBy", programme, person))


@contextmanager
def _recount(ledger: Ledger, logs: list[Path], policy: Path | None) -> Iterator[Recount]:
    """The logs, opened, with their repositories' numbers."""
    from ledger.services.counting import Recount

    with ExitStack() as files:
        found = {}
        for path in logs:
            log = files.enter_context(open_log(path))
            number = repository_of(ledger, log, None)
            if number in found:
                raise InputError("two logs of one repository", file=str(path), found=f"repository {number}")
            found[number] = log
        yield Recount(ledger, found, policy_text(policy))
