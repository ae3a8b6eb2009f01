"""Anchors: how far the audit log went, signed and kept where whoever changes the database does not reach."""

import logging
from datetime import datetime
from pathlib import Path

from portal.adapters import anchors, signing
from portal.domain.audit import Anchor, anchor_text, read_anchor
from portal.domain.instants import iso
from portal.extensions import db
from portal.queries.audit_chain import digest_at, tip
from portal.services.signing_keys import kept_key
from portal.services.work import writing

log = logging.getLogger(__name__)


class LogChanged(RuntimeError):
    """The log is not what the last anchor says. Nothing more is signed until somebody has looked."""


def make(now: datetime) -> Anchor:
    """An anchor of the log as it stands, signed with the key that signs receipts."""
    signer = signing.signer()
    with writing() as session:
        kept_key(session, signer, now)
        count, digest = tip(session)
    at = iso(now)
    signature = signer.sign(anchor_text(count, digest, at))
    return Anchor(count, digest, at, signer.fingerprint, signature)


def keep(data_dir: Path, now: datetime) -> Anchor | None:
    """Add an anchor to the file in the data folder, unless the log still is as the last one says.

    Raises `LogChanged` where the log is no longer what that one says, and OSError.
    """
    line = anchors.last(data_dir)
    before = read_anchor(line) if line else None
    if before is not None:
        if digest_at(db.session(), before.count) != before.digest:
            raise LogChanged(
                f"the audit log is not what its anchor of {before.at} says: run `portal audit-verify`"
            )
        if tip(db.session())[0] == before.count:
            return None
    anchor = make(now)
    if anchor.count:
        anchors.append(data_dir, anchor.line)
    return anchor


def keep_each_minute(data_dir: Path, now: datetime) -> None:
    """What the worker does: a log that was changed is told to the log of the worker, each time."""
    try:
        keep(data_dir, now)
    except LogChanged as changed:
        log.error("%s", changed)
