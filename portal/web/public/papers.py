"""Past papers: search, filters, export, and the page of one."""

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.permissions import Policy
from portal.queries.papers import (
    PaperFilter,
    PaperView,
    all_papers,
    directions_illustrated,
    find_papers,
    paper_by_slug,
    paper_choices,
)
from portal.web import structured
from portal.web.csv_export import csv_file
from portal.web.guard import settings
from portal.web.pagination import page_href, page_number, same_filters
from portal.web.policies import policy

bp = Blueprint("public_papers", __name__)

CSV_HEADS = ("title", "authors", "fellows", "mentors", "date", "topics", "summary", "url", "page")


def paper_filter() -> PaperFilter:
    """The filter that the address asks for; unknown slugs find nothing, what is no year is left out."""
    year = request.args.get("year", "")
    known = year.isascii() and year.isdigit() and len(year) == 4 and 0 < int(year) < 9999
    return PaperFilter(
        q=request.args.get("q", "").replace("\x00", ""),
        topic=_slug("topic"),
        year=int(year) if known else None,
        mentor=_slug("mentor"),
        fellow=_slug("fellow"),
        sort=request.args.get("sort", ""),
    )


def _slug(name: str) -> str:
    return request.args.get(name, "")[:120].replace("\x00", "")


@bp.get("/papers")
@policy(Policy.PUBLIC)
def index() -> ResponseReturnValue:
    wanted = paper_filter()
    return render_template(
        "public/papers/list.html",
        wanted=wanted,
        found=find_papers(wanted, page_number()),
        choices=paper_choices(),
        href=page_href(),
        csv_href=same_filters("/papers.csv"),
        canonical_url=f"{settings().base_url}/papers",
    )


@bp.get("/papers.csv")
@policy(Policy.PUBLIC)
def export() -> ResponseReturnValue:
    return csv_file("papers.csv", CSV_HEADS, map(_csv_row, all_papers(paper_filter())))


def _csv_row(paper: PaperView) -> tuple[object, ...]:
    return (
        paper.title,
        "; ".join(author.name for author in paper.authors),
        "; ".join(author.name for author in paper.fellows),
        "; ".join(mentor.name for mentor in paper.mentors),
        paper.date.isoformat(),
        "; ".join(topic.name for topic in paper.topics),
        " ".join(paper.summary.split()),
        paper.url,
        f"{settings().base_url}/papers/{paper.slug}",
    )


@bp.get("/papers/<slug>")
@policy(Policy.PUBLIC)
def show(slug: str) -> ResponseReturnValue:
    paper = paper_by_slug(slug)
    if paper is None:
        abort(404)
    base_url = settings().base_url
    return render_template(
        "public/papers/page.html",
        paper=paper,
        directions=directions_illustrated(paper.id),
        bibtex=bibtex(paper),
        canonical_url=f"{base_url}/papers/{slug}",
        data=structured.article(paper, base_url),
    )


def bibtex(paper: PaperView) -> str:
    """An entry to cite a paper by; braces of a title are left out, they mean something to BibTeX."""

    def plain(text: str) -> str:
        return text.translate({ord("{"): None, ord("}"): None, ord("\\"): None})

    fields = [
        ("title", f"{{{plain(paper.title)}}}"),
        ("author", " and ".join(plain(author.name) for author in paper.authors)),
        ("year", str(paper.date.year)),
        ("month", f"{paper.date:%b}".lower()),
    ]
    if paper.url:
        fields.append(("url", plain(paper.url)))
    body = "".join(f"  {name} = {{{text}}},\n" for name, text in fields)
    return f"@misc{{{paper.slug},\n{body}}}"
