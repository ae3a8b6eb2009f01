"""The form beside an application: a score for each criterion, a recommendation, a comment."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice

from portal.domain.questions import Gap
from portal.domain.review import HIGHEST, LOWEST, Recommendation
from portal.models import Criterion
from portal.queries.reading import OwnReview
from portal.services.reviews import Written
from portal.web.numbers import whole_or

SCALE = tuple(str(value) for value in range(LOWEST, HIGHEST + 1))
LONGEST_COMMENT = 20_000  # characters


class ReviewForm(FlaskForm):
    """The fields every round has; `review_form` adds one for each criterion."""

    version = HiddenField()
    submission = HiddenField()
    recommendation = RadioField(
        "Recommendation",
        choices=[SelectChoice(each.value, each.words) for each in Recommendation],
        validate_choice=False,
    )
    comment = TextAreaField(
        "Comment",
        description="For the other readers of this stream and the programme. The applicant does not see it.",
    )


def review_form(criteria: Sequence[Criterion], own: OwnReview | None, submission_id: int) -> Any:
    """The form of a round with these criteria, filled with the reader's own review where there is one."""
    fields = {
        f"score_{c.slug}": RadioField(
            c.label,
            description=c.help,
            choices=[SelectChoice(value, value) for value in SCALE],
            validate_choice=False,
        )
        for c in criteria
    }
    form_class = type("CriteriaForm", (ReviewForm,), fields)
    values: dict[str, Any] = {"version": own.version if own else 0, "submission": submission_id}
    if own:
        values.update({f"score_{slug}": str(value) for slug, value in own.scores.items()})
        values["recommendation"] = own.recommendation.value if own.recommendation else None
        values["comment"] = own.comment
    return form_class(data=values)


def score_fields(form: Any, criteria: Sequence[Criterion]) -> list[Any]:
    return [form[f"score_{criterion.slug}"] for criterion in criteria]


def written(form: Any, criteria: Sequence[Criterion]) -> Written:
    """What was typed. A value outside the scale counts as not given."""
    scores = {c.slug: form[f"score_{c.slug}"].data for c in criteria}
    chosen = form.recommendation.data or ""
    return Written(
        version=whole_or(form.version.data, 0),
        submission_id=whole_or(form.submission.data, 0),
        scores={slug: int(value) for slug, value in scores.items() if value in SCALE},
        recommendation=Recommendation(chosen) if chosen in set(Recommendation) else None,
        comment=(form.comment.data or "").replace("\r\n", "\n").strip(),
    )


def show_gaps(form: Any, gaps: Sequence[Gap]) -> None:
    """Put what is missing at its fields."""
    for gap in gaps:
        name = gap.field if gap.section == "recommendation" else f"score_{gap.field}"
        form[name].errors = [*form[name].errors, gap.problem]


def too_long(form: Any) -> bool:
    over = len(form.comment.data or "") - LONGEST_COMMENT
    if over > 0:
        form.comment.errors = [f"Comment: {over} characters over the limit of {LONGEST_COMMENT}"]
    return over > 0
