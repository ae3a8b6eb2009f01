"""Pages for this audience: mentor."""

from portal.web.mentor import queue, review

BLUEPRINTS = (queue.bp, review.bp)
