"""Pages that several audiences reach at one address, under one rule."""

from portal.web.shared import files, seeing_as

BLUEPRINTS = (files.bp, seeing_as.bp)
