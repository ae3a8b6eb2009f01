"""Pages for this audience: admin."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
