"""Pages for this audience: mentor."""

from portal.web.mentor import profile, queue, review

BLUEPRINTS = (queue.bp, review.bp, profile.bp)
