"""What a reader of a stream meets at all, and by which name. A mentor reaches nothing but through `visible_to`."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from portal.domain.anonymity import FIRST_CODE, LABELLED, LAST_CODE, code_of, label
from portal.domain.applications import ApplicationState
from portal.domain.permissions import Viewer
from portal.domain.text import fold
from portal.models import Application, StreamApplication, Submission, User
from portal.queries.conflicts import kept_from


def name_or_label(identity: str | None, key: int) -> str:
    """What readers call an applicant."""
    return label(key) if identity is None else identity


def visible_to(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Submitted applications to the viewer's streams, never one's own, nor of somebody one is in conflict with.

    Every query of the review side goes through it. Needs Application joined. An admin who sees the portal as a reader
    meets neither what is kept from that reader nor what is kept from themselves.
    """
    return sa.and_(
        StreamApplication.stream_id.in_(viewer.stream_ids),
        StreamApplication.submission_id.is_not(None),
        Application.state == ApplicationState.SUBMITTED,
        *(StreamApplication.application_id.not_in(kept_from(each)) for each in viewer.eyes),
    )


def named_to(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Those whose applicants the viewer may know: not while the review is anonymised. Needs Application joined."""
    return sa.and_(visible_to(viewer), StreamApplication.stream_id.not_in(viewer.blind))


def key_of(viewer: Viewer) -> Any:
    """What names an application to the viewer in addresses and forms: its id, or its code while it is anonymised."""
    return blind_or(viewer, StreamApplication.code, StreamApplication.id)


def at_keys(viewer: Viewer, keys: Collection[int]) -> sa.ColumnElement[bool]:
    """The applications that the viewer knows by these numbers. An id means nothing where the review is anonymised."""
    ids = [key for key in keys if key < FIRST_CODE]
    codes = [key for key in keys if FIRST_CODE <= key <= LAST_CODE]
    shown = StreamApplication.stream_id.not_in(viewer.blind)
    by_id = sa.and_(StreamApplication.id.in_(ids), shown)
    return sa.or_(by_id, StreamApplication.code.in_(codes)) if codes else by_id


def at_key(viewer: Viewer, key: int) -> sa.ColumnElement[bool]:
    return at_keys(viewer, [key])


def blind_or(viewer: Viewer, instead: Any, shown: Any) -> Any:
    """`shown`, but `instead` for applications whose review is anonymised for this viewer."""
    if not viewer.blind:
        return shown
    return sa.case((StreamApplication.stream_id.in_(viewer.blind), instead), else_=shown)


NAME = sa.func.coalesce(sa.func.nullif(Submission.applicant_name, ""), User.name)


def identity_for(viewer: Viewer) -> Any:
    """The applicant's name, or NULL while it is withheld from the viewer. Needs Submission and User joined."""
    return blind_or(viewer, sa.null(), NAME)


def is_called(viewer: Viewer, word: str) -> sa.ColumnElement[bool]:
    """The applications whose label a searched word is, or begins, where the review is anonymised."""
    if not viewer.blind:
        return sa.false()
    if fold(LABELLED).startswith(word):
        return StreamApplication.stream_id.in_(viewer.blind)
    return sa.and_(
        StreamApplication.code == code_of(word), StreamApplication.stream_id.in_(viewer.blind)
    )
