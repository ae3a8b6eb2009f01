"""Asking for an extension for what came too late, and letting it in once one is granted."""

from dataclasses import dataclass
from datetime import datetime

from portal.domain.verdict import Refused
from portal.services.desk import keep, open_desk, record, unsettled
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

    The request is written on the person's own late draft `draft_id`, else on their newest, else on a new empty one.
    """
    if not reason.strip():
        return Refused(
            "Your request needs a reason.",
            "The people who decide about it know nothing but what you write here.",
            "A sentence or two is enough.",
        )
    with writing() as session:
        desk = open_desk(session, user_id, round_id, received_at)
        deadline = desk.dossier.submit_deadline()
        late = unsettled(desk)
        if not late and deadline.judge(received_at).accepted:
            return Refused(
                "Your deadline has not passed.",
                "You can still write and submit.",
                "If you know already that you need longer, ask the programme a question.",
            )
        draft = next((each for each in late if each.id == draft_id), late[0] if late else None)
        if draft is None:
            draft = keep(desk, deadline, "extension", {}, None)
        draft.extension_asked_at = received_at
        draft.extension_reason = reason.strip()[:LONGEST_REASON]
        record(desk, "extension.asked", ("late_draft", draft.id))
        return Asked(draft.id)
