"""Pages for this audience: applicant."""

from portal.web.applicant import (
    applications,
    carrying,
    choices,
    conflicts,
    drafts,
    enquiries,
    file_answers,
    late_drafts,
    offline,
    references,
    sections,
    submissions,
    survey,
    work_test_drafts,
    work_tests,
)

# `sections` takes any word as the name of a section, so what has a page of its own comes with a fixed path.
BLUEPRINTS = (
    applications.bp,
    choices.bp,
    carrying.bp,
    submissions.bp,
    late_drafts.bp,
    offline.bp,
    enquiries.bp,
    file_answers.bp,
    work_tests.bp,
    work_test_drafts.bp,
    drafts.bp,
    references.bp,
    conflicts.bp,
    survey.bp,
    sections.bp,
)
