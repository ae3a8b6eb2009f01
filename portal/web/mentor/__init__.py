"""Pages for this audience: mentor."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
