"""Pages for machines, and the mail of a demonstration."""

from portal.web.ops import demo, health

BLUEPRINTS = (health.bp, demo.bp)
