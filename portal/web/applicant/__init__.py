"""Pages for this audience: applicant."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
