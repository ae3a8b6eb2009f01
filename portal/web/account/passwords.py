"""Which passwords Flask-Security takes: our rule, after its normalisation."""

from typing import Any

from flask import current_app
from flask_security.password_util import PasswordUtil

from portal.adapters.common_passwords import common_passwords
from portal.domain.accounts import password_gap


class PasswordRules(PasswordUtil):
    def validate(
        self, password: str, is_register: bool, **kwargs: Any
    ) -> tuple[list[str] | None, str]:
        """`kwargs` holds the fields of the registration, or the `user` whose password is set."""
        normal = self.normalize(password)
        user = kwargs.get("user")
        about = [
            str((kwargs.get(name) if user is None else getattr(user, name)) or "")
            for name in ("name", "email")
        ]
        programme = current_app.extensions["settings"].programme_name
        gap = password_gap(normal, [*about, programme], common_passwords())
        return ([gap] if gap else None), normal
