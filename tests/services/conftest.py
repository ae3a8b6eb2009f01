"""Who acts in the tests of the services, and on what."""

import pytest

from portal.domain.permissions import Viewer


@pytest.fixture
def boss(make):
    return Viewer(make.admin().id, is_admin=True)


@pytest.fixture
def draft(make):
    """A draft with everything a round needs."""
    round_ = make.round("Summer 2027", published_at=None, opens_at=None, summary="What it is.")
    make.stream(round_, "Mira", mentors=[make.mentor()], questions=["What would you do?"])
    return round_


@pytest.fixture
def round_(make):
    return make.round()
