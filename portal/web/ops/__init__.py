"""Pages for machines: health."""

from portal.web.ops import health

BLUEPRINTS = (health.bp,)
