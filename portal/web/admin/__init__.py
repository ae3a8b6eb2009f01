"""Pages for admins."""

from portal.web.admin import (
    announcements,
    applications,
    audit,
    content,
    dashboard,
    decisions,
    enquiries,
    extensions,
    mail,
    people,
    references,
    round_dates,
    round_parts,
    rounds,
    streams,
    work_tests,
)

BLUEPRINTS = (
    dashboard.bp,
    rounds.bp,
    applications.bp,
    decisions.bp,
    round_dates.bp,
    round_parts.bp,
    extensions.bp,
    references.bp,
    streams.bp,
    work_tests.bp,
    announcements.bp,
    enquiries.bp,
    audit.bp,
    content.bp,
    mail.bp,
    people.bp,
)
