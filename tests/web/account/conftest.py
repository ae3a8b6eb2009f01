"""Who the pages of accounts are for in these tests."""

import pytest

from tests.web.account.steps import with_password


@pytest.fixture
def mira(make):
    return with_password(make.user("Mira Okonjo", email="mira@example.org"))
