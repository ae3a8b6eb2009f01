"""Pages for this audience: mentor."""

from portal.web.mentor import (
    conflicts,
    decision,
    profile,
    queue,
    ranking,
    review,
    streams,
    work_tests,
)

BLUEPRINTS = (
    queue.bp,
    review.bp,
    ranking.bp,
    decision.bp,
    conflicts.bp,
    streams.bp,
    work_tests.bp,
    profile.bp,
)
