"""Everything that is held about a person, in one file for that person: JSON that a machine reads, and their files."""

import json
import zipfile
from base64 import b64encode
from datetime import date, datetime
from enum import Enum
from shutil import copyfileobj
from typing import IO, Any

from portal.adapters.storage import CHUNK, StorageError
from portal.domain.holdings import HOLDINGS
from portal.domain.instants import iso
from portal.extensions import db
from portal.queries import subjects
from portal.services import audit, files
from portal.services.work import writing

ABOUT = """This is everything the portal holds about you that can be given to you.

data.json   each table with your rows, by the names of its columns; instants are in UTC
files/      the files you handed in, by their reference (`ref` in the table `files`), as they arrived
withheld    in data.json: which columns are not here, and why
"""


def write(user_id: int, target: IO[bytes], *, by: int | None, now: datetime) -> int:
    """Write a zip of everything that is the person's into `target`; answers how many rows. Leaves an entry in the log.

    Reads rows and files outside any write transaction. Raises `LookupError` where there is no such account.
    """
    reading = db.session()
    subject = subjects.person(reading, user_id)
    if subject is None:
        raise LookupError(user_id)
    tables = dict(subjects.exported(reading, subject, now))
    rows = sum(len(each) for each in tables.values())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("about.txt", ABOUT)
        missing = [ref for ref in _keys(tables["files"]) if not _add_file(archive, *ref)]
        data = {
            "made_at": iso(now),
            "tables": tables,
            "withheld": {each.table: each.excluded for each in HOLDINGS if each.excluded},
            "files_that_could_not_be_read": [ref for ref, _ in missing],
        }
        archive.writestr(
            "data.json", json.dumps(data, default=_plain, ensure_ascii=False, indent=1)
        )
    with writing() as session:
        audit.record(
            session, "account.exported", at=now, actor_id=by, subject=("user", user_id),
            after={"rows": rows},
        )  # fmt: skip
    return rows


def _keys(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Reference and key of each file: the key is the storage's, and is not in the export."""
    return [(row["ref"], key) for row in rows if (key := subjects.key_of(db.session(), row["ref"]))]


def _add_file(archive: zipfile.ZipFile, ref: str, key: str) -> bool:
    try:
        with files.opened(key) as source, archive.open(f"files/{ref}.pdf", "w") as target:
            copyfileobj(source, target, CHUNK)
    except (OSError, StorageError):
        return False
    return True


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no place in an export")
