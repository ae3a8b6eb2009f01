"""One file as it was handed in: always a download, never shown as a page, to nobody but those who may read it."""

from flask import Blueprint, abort, current_app, render_template, request, send_file
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from portal.adapters.storage import StorageError
from portal.domain.permissions import Policy
from portal.queries import files as found_files
from portal.queries.files import Readable
from portal.services import files
from portal.services.opened_files import note_opened
from portal.web.guard import ask_second_factor, received_at, viewer
from portal.web.policies import policy

bp = Blueprint("files", __name__, url_prefix="/files")

# Were a browser to show the file after all, it could run nothing, load nothing, and would have no origin.
HARMLESS = "sandbox; default-src 'none'"


def _is_recorded(found: Readable) -> bool:
    """Whether somebody else's file was opened: also by an admin who sees the portal as its owner."""
    return not found.is_own or not viewer().may_change


@bp.get("/<ref>")
@policy(Policy.SIGNED_IN)
def show(ref: str) -> ResponseReturnValue:
    """The bytes, in parts if asked so. Whoever may not read it meets the page of a file that is not there."""
    found = found_files.readable(viewer(), ref)
    if found is None:
        if found_files.readable(viewer().in_full, ref):
            return ask_second_factor()
        abort(404)
    file = found.file
    try:
        stream = files.opened(file.key)
    except StorageError:
        current_app.logger.exception("the bytes of file %s cannot be read", file.id)
        return render_template("shared/files/unreadable.html"), 503
    response = send_file(
        stream,
        mimetype=file.media_type,
        as_attachment=True,
        download_name=file.name,
        conditional=False,
        etag=file.sha256,
        last_modified=file.created_at,
    )
    response.content_length = file.size
    response.headers["Content-Security-Policy"] = HARMLESS
    try:
        response.make_conditional(request.environ, accept_ranges=True, complete_length=file.size)
    except RequestedRangeNotSatisfiable:
        stream.close()
        raise
    if request.method == "GET" and response.status_code in (200, 206) and _is_recorded(found):
        note_opened(viewer(), found, now=received_at())
    return response
