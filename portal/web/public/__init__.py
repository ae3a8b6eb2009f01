"""Pages for this audience: public."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
