"""Asking for an extension for what came too late, and letting it in once one is granted."""

from dataclasses import dataclass
from datetime import datetime

from portal.domain.rounds import Phase, phase
from portal.domain.verdict import Refused
from portal.models import LateDraft
from portal.services.desk import Desk, keep, open_desk, record, unsettled
from portal.services.work import writing

LONGEST_REASON = 5_000  # characters


@dataclass(frozen=True)
class Asked:
    """An extension was asked for, on the late draft of this id."""

    draft_id: int


def ask_for_extension(
    user_id: int, round_id: int, draft_id: int | None, reason: str, *, received_at: datetime
) -> Asked | Refused:
    """Ask for a later deadline, with a reason. It needs no deadline of its own: one asks because that has passed.

    The request is written on the person's own late draft `draft_id`, else on their newest and on a new empty one for
    each closed stream that none speaks of, while other streams are open.
    """
    if not reason.strip():
        return Refused(
            "Your request needs a reason.",
            "The people who decide about it know nothing but what you write here.",
            "A sentence or two is enough.",
        )
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        if phase(desk.dossier.round, received_at) in (Phase.RELEASED, Phase.ARCHIVED):
            return Refused(
                "This round is over.",
                "Its decisions have been released, so nobody can be given more time.",
                "Your text stays kept.",
            )
        late = unsettled(desk)
        if not late and not desk.dossier.has_missed(received_at):
            return Refused(
                "Your deadline has not passed.",
                "You can still write and submit.",
                "If you know already that you need longer, ask the programme a question.",
            )
        named = [each for each in late if each.id == draft_id]
        drafts = named or _concerned(desk, late)
        for draft in drafts:
            draft.extension_asked_at = received_at
            draft.extension_reason = reason.strip()[:LONGEST_REASON]
            record(desk, "extension.asked", ("late_draft", draft.id))
        return Asked(drafts[0].id)


def _concerned(desk: Desk, late: list[LateDraft]) -> list[LateDraft]:
    """What a request that names no text is about: the newest text, and closed streams while others are open."""
    dossier = desk.dossier
    spoken_of = {draft.stream_id for draft in late}
    streams = [each for each in dossier.closed_choices(desk.at) if each.id not in spoken_of]
    if not dossier.general().judge(desk.at).accepted:
        streams = []  # everything is closed: one request speaks of all streams
    new = [keep(desk, dossier.deadline_of(each), "extension", {}, each) for each in streams]
    # A request that was made already keeps its reason when another stream is asked about.
    waiting = [draft for draft in late if draft.extension_asked_at is None]
    newest = (waiting if new else waiting or late)[:1]
    return newest + new or [keep(desk, dossier.submit_deadline(), "extension", {}, None)]
