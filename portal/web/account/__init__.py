"""Pages for this audience: account."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
