"""Pages for this audience: mentor."""

from portal.web.mentor import decision, profile, queue, ranking, review, streams

BLUEPRINTS = (queue.bp, review.bp, ranking.bp, decision.bp, streams.bp, profile.bp)
