"""What programmes count: roots that are proposed, can be challenged, and are then claimed by."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from api.commands import write
from api.paging import Cursor, Limit, Page, page_of, read_cursor
from api.programmes import InPath, programme_of
from api.proofs import Entry
from api.requests import routes_of
from api.security import EVERYBODY, SENDERS, allow
from api.service import Asked
from api.values import Count, Document, Hash, Path32, PersonId, ProgrammeId, Reason, RepositoryId, moment, raw
from api.vouchers import Claim
from ledger.services import programmes, reading, roots, watch
from ledger.services.access import Access, Principal
from ledger.services.acting import check_own, relayer
from ledger.services.ledger import Ledger
from ledger.services.reading import Fault, RootState
from ledger.services.roles import Role

__all__ = ["router"]

router = routes_of("programmes")

RootId = Annotated[Count, Field(description="A root, by its number over all programmes.", examples=["1"])]
LinesRoot = Annotated[Hash, Field(description="Of the tree of lines.")]
ClaimsRoot = Annotated[Hash, Field(description="Of the tree of claims.")]


class Root(Document):
    """What a programme's publisher says that it counts."""

    id: RootId
    programme: ProgrammeId
    lines_root: LinesRoot
    claims_root: ClaimsRoot
    claimable_from: Annotated[datetime, Field(description="Until then it can be challenged.")]
    state: Annotated[RootState, Field(description="`active`: the one that is claimed by.")]
    fault: Annotated[Fault | None, Field(description="What was proved to be wrong, if it is `fallen`.")]
    reason: Annotated[str | None, Field(description="Why the guardian stopped it, if it is `stopped`.")]


class Propose(Document):
    """Two trees, by their roots and sizes. Publish the trees themselves, for everybody to check."""

    lines_root: LinesRoot
    lines: Annotated[Count, Field(description="Leaves of the tree of lines.", examples=["40"])]
    claims_root: ClaimsRoot
    claims: Annotated[Count, Field(description="Leaves of the tree of claims.", examples=["2"])]


class Proposed(Document):
    """A root that was proposed."""

    programme: ProgrammeId
    root: RootId


class Gone(Document):
    """A programme whose proposal is gone."""

    programme: ProgrammeId


class Line(Document):
    """A leaf of a tree of lines."""

    line: Annotated[Hash, Field(description="The hash of the normalised line.")]
    start: Annotated[int, Field(alias="from", ge=0, lt=2**16, description="Its first thousandth.")]
    share: Annotated[int, Field(ge=0, lt=2**16, description="How many thousandths.", examples=[1000])]
    person: PersonId
    repository: RepositoryId
    index: Annotated[Count, Field(description="The number of the entry in the repository's log.", examples=["17"])]
    points: Annotated[int, Field(ge=0, lt=2**16, description="What it counts.", examples=[1000])]
    previous: Annotated[
        Count, Field(description="One more than the index of the person's line before; 0: none.", examples=["0"])
    ]
    running: Annotated[Count, Field(description="The person's points up to here.", examples=["1000"])]


class LineProof(Document):
    """A line in a tree of lines."""

    line: Line
    index: Count
    path: Path32

    def given(self) -> tuple[Any, ...]:
        """As the contract takes it."""
        one = self.line
        line = (one.line, one.start, one.share, one.person, one.repository, one.index, one.points)
        return ((raw(one.line), *line[1:], one.previous, one.running), self.index, [raw(step) for step in self.path])


class ClaimProof(Document):
    """A claim in a tree of claims."""

    claim: Claim
    index: Count
    path: Path32

    def given(self) -> tuple[Any, ...]:
        """As the contract takes it."""
        one = self.claim
        word = roots.Claim(one.person, one.points, one.last).word()
        return (word, self.index, [raw(step) for step in self.path])


Lines = Annotated[list[LineProof], Field(max_length=2, description="The lines on both sides, or the one there is.")]
Sides = Annotated[
    list[ClaimProof], Field(min_length=1, max_length=2, description="The claims on both sides, or the one at the end.")
]


class OrderFault(Document):
    """Two lines that follow each other are not in order, or overlap."""

    fault: Annotated[Literal["order"], Field(description="What is wrong.")]
    first: LineProof
    second: LineProof


class RunningFault(Document):
    """A line's running points are not its points and those of the same person's line before it."""

    fault: Annotated[Literal["running"], Field(description="What is wrong.")]
    line: LineProof
    before: LineProof


class TotalFault(Document):
    """A claim is not what the person's last line says."""

    fault: Annotated[Literal["total"], Field(description="What is wrong.")]
    claim: ClaimProof
    last: LineProof


class LogFault(Document):
    """A line is not what the repository's log says."""

    fault: Annotated[Literal["log"], Field(description="What is wrong.")]
    line: LineProof
    entry: Annotated[Entry | None, Field(description="What is in the log there; null when nothing has to be shown.")]
    size: Annotated[Count, Field(description="Entries of the log that the path is for.", examples=["48210"])]
    path: Path32


class DroppedFault(Document):
    """A line of the active root is gone, or less."""

    fault: Annotated[Literal["dropped"], Field(description="What is wrong.")]
    held: LineProof
    beside: Lines


class ElsewhereFault(Document):
    """A line is counted by another programme's root that was proposed before."""

    fault: Annotated[Literal["elsewhere"], Field(description="What is wrong.")]
    mine: LineProof
    other: RootId
    theirs: LineProof
    beside: Lines


class ClaimsFault(Document):
    """Two claims that follow each other are not in the order of persons."""

    fault: Annotated[Literal["claims"], Field(description="What is wrong.")]
    first: ClaimProof
    second: ClaimProof


class MissingFault(Document):
    """Somebody has a line, and no claim."""

    fault: Annotated[Literal["missing"], Field(description="What is wrong.")]
    line: LineProof
    beside: Sides


_Faults: TypeAlias = OrderFault | RunningFault | TotalFault | LogFault
_MoreFaults: TypeAlias = DroppedFault | ElsewhereFault | ClaimsFault | MissingFault
Challenge = Annotated[_Faults | _MoreFaults, Field(discriminator="fault")]


@router.get("/programmes/{programme}/roots")
def list_roots(
    service: Asked,
    programme: InPath,
    who: Annotated[Principal, allow(*EVERYBODY)],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Root]:
    """All that was proposed to be counted, the oldest first, and what became of it."""
    after = read_cursor(cursor, [int], "roots", programme)
    with service.reading() as connection:
        programme_of(connection, programme)
        tip = reading.tip(connection)
        found = reading.roots_of(connection, programme, tip.timestamp if tip else 0)
    rows = [one for one in found if after is None or one.root.number > after[0]][: limit + 1]
    return page_of(rows, limit, lambda one: [one.root.number], _shown, "roots", programme)


@write(router, "/programmes/{programme}/roots", Access.DISTRICT)
def propose_root(ledger: Ledger, key: str, programme: InPath, body: Propose) -> Proposed:
    """Propose what a programme counts from now on, if the district is its publisher. It can be challenged for a while,
    and is claimed by then."""
    publisher = programmes.programme(ledger, programme).terms.publisher
    check_own(ledger, Role.DISTRICT, publisher, f"the publisher of programme {programme}")
    trees = raw(body.lines_root), body.lines, raw(body.claims_root), body.claims
    return Proposed(programme=programme, root=roots.propose(ledger, programme, publisher, *trees, key=key))


@write(router, "/programmes/{programme}/roots/stop", Access.GUARDIAN)
def stop_root(ledger: Ledger, key: str, programme: InPath, body: Reason) -> Gone:
    """Stop a programme's proposal that can still be challenged, for a reason that is published."""
    roots.stop(ledger, programme, body.reason, key=key)
    return Gone(programme=programme)


@write(router, "/programmes/{programme}/roots/challenge", *SENDERS)
def challenge_root(ledger: Ledger, key: str, programme: InPath, body: Challenge) -> Gone:
    """Prove a fault of a programme's proposal, which falls by it. Anybody may."""
    name = f"challenge{body.fault.capitalize()}"
    fault = watch.Fault(body.fault, name, _arguments(body))
    watch.challenge(ledger, programme, fault, relayer(ledger), key=key)
    return Gone(programme=programme)


def _arguments(body: Any) -> tuple[Any, ...]:
    """As the contract takes them: the members of a challenge in their order, after its name."""
    if isinstance(body, LogFault):
        return (body.line.given(), _entry(body.entry), body.size, [raw(one) for one in body.path])
    values = [getattr(body, name) for name in list(type(body).model_fields)[1:]]
    return tuple(_given(one) for one in values)


def _given(value: Any) -> Any:
    if isinstance(value, list):
        return [_given(one) for one in value]
    return value.given() if isinstance(value, LineProof | ClaimProof) else value


def _entry(one: Entry | None) -> tuple[Any, ...]:
    return watch.NO_ENTRY if one is None else one.given().values()


def _shown(one: reading.KnownRoot) -> Root:
    root = one.root
    return Root(
        id=root.number,
        programme=root.programme,
        lines_root=f"0x{root.lines_root.hex()}",
        claims_root=f"0x{root.claims_root.hex()}",
        claimable_from=moment(root.claimable_from),
        state=one.state,
        fault=one.fault,
        reason=one.reason,
    )
