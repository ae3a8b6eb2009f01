"""Working offline: the questions with one's answers as a text file, and the way back."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import FileField

from portal.domain import offline as packets
from portal.domain.offline import Header, Packet, Part, Told
from portal.domain.permissions import Policy
from portal.domain.verdict import Refused
from portal.queries.applications import Dossier
from portal.services import offline
from portal.services.offline import Change, Clash, TakenIn
from portal.web.applicant.common import blueprint, late_page, overview, own_dossier, user_id
from portal.web.applicant.forms import spoken
from portal.web.applicant.views import SectionPage, all_section_pages, section_page
from portal.web.errors import RefusedRequest
from portal.web.guard import received_at, settings
from portal.web.policies import policy
from portal.web.requests import takes_files

bp = blueprint("offline")


class PacketForm(FlaskForm):
    packet = FileField(
        "The text file that you wrote",
        description="Plain text, saved as UTF-8. It can come back as often as you like.",
    )


@bp.get("/<round>/offline")
@policy(Policy.SIGNED_IN)
def show(round_slug: str) -> ResponseReturnValue:
    return _page(own_dossier(round_slug), PacketForm(formdata=None))


@bp.get("/<round>/offline.txt")
@policy(Policy.SIGNED_IN)
def download(round_slug: str) -> ResponseReturnValue:
    """With a byte order mark and the line ends of every system, so that any editor opens it as what it is."""
    dossier = own_dossier(round_slug)
    text = packets.write(_header(dossier), _parts(dossier)).replace("\n", "\r\n")
    answer = Response(text.encode("utf-8-sig"), mimetype="text/plain")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="application-{dossier.round.slug}.txt"'
    )
    return answer


@bp.post("/<round>/offline")
@policy(Policy.SIGNED_IN)
@takes_files
def upload(round_slug: str) -> ResponseReturnValue:
    dossier = own_dossier(round_slug)
    form = PacketForm()
    sent = request.files.get("packet")
    text = packets.decode(sent.read(packets.LARGEST + 1) if sent else b"")
    if isinstance(text, Refused):
        return _refused(dossier, form, text)
    parts, header = _parts(dossier), _header(dossier)
    packet = packets.read(text, header, parts)
    foreign = _foreign(packet, header)
    if foreign is not None:
        return _refused(dossier, form, foreign)
    found, problems = packets.changes(packet, parts)
    known = packet.versions if packet.person is not None else {}
    changes = [
        Change(slug, answers, known.get(slug), packet.versions_asked(slug))
        for slug, answers in found.items()
    ]
    result = offline.take_in(user_id(), dossier.round.id, changes, received_at=received_at())
    if isinstance(result, Refused):
        raise RefusedRequest(result, overview(dossier), "Back to the round")
    return _taken_in(own_dossier(round_slug), result, [*packet.told, *problems])


def _foreign(packet: Packet, header: Header) -> Refused | None:
    """Why a text is no packet of this person for this round; None where it is, or its first line is damaged."""
    if not packet.answers and not packet.versions:
        return Refused(
            "No answers were found in this file.",
            "None of the lines in double brackets that mark the answers is in it. Nothing was taken in.",
            "Download the file again and put your answers between its lines.",
        )
    if packet.round_slug not in (None, header.round_slug):
        return Refused(
            "This file is for another round.",
            f"It was downloaded for “{packet.round_slug}”. Nothing was taken in.",
            "Upload it on that round's page, or download the file of this round.",
        )
    if packet.person not in (None, header.person):
        return Refused(
            "This file was downloaded by another account.",
            "Nothing was taken in, so that nobody's answers replace yours by mistake.",
            "Download the file with this account and copy your answers into it.",
        )
    return None


def _taken_in(dossier: Dossier, result: TakenIn, told: Sequence[Told]) -> ResponseReturnValue:
    titles = [page.title for slug in result.saved if (page := section_page(dossier, slug))]
    if titles:
        flash(f"Taken in from your file: {', '.join(titles)}.", "good")
    if result.late and not result.clashes and not told:
        return late_page(dossier, result.late[0])
    if not result.late and not result.clashes and not told:
        if not titles:
            flash("Your file says the same as what is saved here. Nothing had to change.", "info")
        return redirect(url_for("applicant_submissions.check", round=dossier.round.slug))
    rendered = render_template(
        "applicant/offline/taken_in.html",
        dossier=dossier,
        saved=titles,
        clashes=[_clash(dossier, clash) for clash in result.clashes],
        late=result.late,
        told=sorted(told, key=lambda each: each.line),
    )
    return rendered, 409 if result.late or result.clashes else 200


def _clash(dossier: Dossier, clash: Clash) -> dict[str, Any]:
    """Both texts of a section, and what a form sends that saves the packet's over the other."""
    page = section_page(dossier, clash.slug)
    assert page is not None
    mine, saved = spoken(page.fields, clash.mine), spoken(page.fields, clash.stale.answers)
    differing = [
        {"label": each.label, "mine": mine[each.name], "saved": saved[each.name]}
        for each in page.fields
        if mine[each.name] != saved[each.name]
    ]
    sent = {**clash.mine, "version": str(clash.stale.version), "writer": str(user_id())}
    return {"page": page, "differing": differing, "sent": sent}


def _refused(dossier: Dossier, form: PacketForm, refusal: Refused) -> ResponseReturnValue:
    form.packet.errors = [f"{refusal.what} {refusal.why} {refusal.next}"]
    return _page(dossier, form), 422


def _page(dossier: Dossier, form: PacketForm) -> str:
    at = received_at()
    return render_template(
        "applicant/offline/index.html",
        dossier=dossier,
        form=form,
        accepting=dossier.general().judge(at).accepted,
        pages=all_section_pages(dossier),
    )


def _parts(dossier: Dossier) -> list[Part]:
    return [_part(dossier, page) for page in all_section_pages(dossier)]


def _part(dossier: Dossier, page: SectionPage) -> Part:
    slug = page.slug
    return Part(slug, page.title, dossier.version(slug), page.fields, dossier.answers(slug) or {})


def _header(dossier: Dossier) -> Header:
    address = settings().base_url + url_for("applicant_offline.show", round=dossier.round.slug)
    return Header(dossier.round.slug, dossier.round.name, user_id(), address)
