"""Taking in an offline packet: each section by the rule of every save, all in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from portal.domain.rounds import Arrival
from portal.domain.saving import Origin
from portal.domain.verdict import Refused
from portal.services.applications import StaleSection, clean, field_names, put_answers
from portal.services.desk import Desk, Late, begun, judge, open_desk
from portal.services.work import writing


@dataclass(frozen=True)
class Change:
    """What a packet says anew of one section: its answers by field, and the version that it was written from.

    `version` is None where the packet does not say. `asked` are the versions of the questions it holds, by field.
    """

    slug: str
    answers: Mapping[str, str]
    version: int | None
    asked: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Clash:
    """A section that was saved in the meantime: what stands, and the whole section as the packet would make it."""

    slug: str
    stale: StaleSection
    mine: Mapping[str, str]


@dataclass(frozen=True)
class TakenIn:
    """What became of each section of a packet. Nothing was overwritten, and nothing late was dropped."""

    saved: tuple[str, ...] = ()
    clashes: tuple[Clash, ...] = ()
    late: tuple[Late, ...] = ()


def take_in(
    user_id: int, round_id: int, changes: list[Change], *, received_at: datetime
) -> TakenIn | Refused:
    """Save every changed section of a packet. Raises LookupError for a section that this round does not have."""
    saved: list[str] = []
    clashes: list[Clash] = []
    late: list[Late] = []
    with writing() as session:
        for change in changes:
            session.flush()
            # Read anew for each section: the first one may have begun the application.
            desk = open_desk(session, user_id, round_id, received_at)
            result = _save(desk, change)
            if isinstance(result, Refused):
                return result  # about the round, so the same for every section: nothing was written
            if isinstance(result, Late):
                late.append(result)
            elif isinstance(result, Clash):
                clashes.append(result)
            else:
                saved.append(change.slug)
    return TakenIn(tuple(saved), tuple(clashes), tuple(late))


def _save(desk: Desk, change: Change) -> int | Clash | Refused | Late:
    dossier, slug = desk.dossier, change.slug
    current, stands = dossier.answers(slug) or {}, dossier.version(slug)
    given = {name: current.get(name, "") for name in field_names(dossier, slug)}
    given |= {name: clean(text) for name, text in change.answers.items() if name in given}
    stream = dossier.stream_of_section(slug)
    arrival = judge(desk, dossier.section_deadline(slug), slug, given, stream)
    if not isinstance(arrival, Arrival):
        return arrival
    if stands and {name: current.get(name, "") for name in given} == given:
        return stands
    if stands and change.version != stands:
        return Clash(slug, StaleSection(stands, dossier.saved_at(slug), current), given)
    origin = Origin(asked=change.asked)
    return put_answers(desk, begun(desk, arrival), slug, given, arrival, origin=origin)
