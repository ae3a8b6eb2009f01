"""The tables that the migrations make are the ones the models describe. CI also walks them on populated data."""

from flask import Flask

from tests.support.migrations import differences


def test_models_and_migrations_agree(app: Flask) -> None:
    with app.app_context():
        assert differences() == []
