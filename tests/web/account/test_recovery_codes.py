"""Recovery codes of today, and those that somebody still keeps from before they were made longer."""

from hashlib import sha256

from portal.extensions import db
from portal.models import RecoveryCode
from tests.conftest import NOW
from tests.support.factors import give_app
from tests.web.account.test_second_factor import GATE, ada, recovery_codes

__all__ = ["ada"]


def test_new_recovery_codes_are_long_and_one_of_former_times_still_lets_in(browser, ada):
    give_app(ada, NOW)
    made = recovery_codes(browser(ada))
    assert {len(code.replace("-", "")) for code in made} == {28}
    digest = sha256(f"{ada.id}:ABCDEFGHJKLMNPQR".encode()).hexdigest()
    db.session.add(RecoveryCode(user_id=ada.id, digest=digest))
    db.session.commit()

    former = browser(ada, second_factor=False)
    assert former.submit(f"{GATE}/recovery", {"code": "abcd-efgh-jklm-npqr"}).status_code == 302
    assert former.get("/admin").status_code == 200


def test_new_codes_replace_the_old_ones(browser, ada):
    give_app(ada, NOW)
    old = recovery_codes(browser(ada))
    new = recovery_codes(browser(ada))

    someone = browser(ada, second_factor=False)
    assert someone.submit(f"{GATE}/recovery", {"code": old[0]}).status_code == 422
    assert someone.submit(f"{GATE}/recovery", {"code": new[0]}).status_code == 302
