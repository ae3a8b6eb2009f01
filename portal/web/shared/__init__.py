"""Pages that several audiences reach at one address, under one rule."""

from portal.web.shared import files

BLUEPRINTS = (files.bp,)
