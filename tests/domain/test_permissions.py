"""Who may use a page, by policy; what a second factor and another person's eyes change."""

from dataclasses import FrozenInstanceError

import pytest

from portal.domain.permissions import (
    ANONYMOUS,
    Policy,
    StreamRole,
    Viewer,
    permits,
    waits_for_second_factor,
)

APPLICANT = Viewer(1)
READER = Viewer(2, roles={7: StreamRole.READER})
LEAD = Viewer(3, roles={7: StreamRole.LEAD, 8: StreamRole.READER})
CO_LEAD = Viewer(4, roles={9: StreamRole.CO})
ADMIN = Viewer(5, is_admin=True)
ADMIN_WHO_LEADS = Viewer(6, is_admin=True, roles={7: StreamRole.LEAD})
ADMIN_AS_APPLICANT = ADMIN.through_the_eyes_of(APPLICANT)
ADMIN_AS_LEAD = ADMIN.through_the_eyes_of(LEAD)

EVERYBODY = {
    "anonymous": ANONYMOUS,
    "applicant": APPLICANT,
    "reader": READER,
    "lead": LEAD,
    "co-lead": CO_LEAD,
    "admin": ADMIN,
    "admin who leads": ADMIN_WHO_LEADS,
    "admin as applicant": ADMIN_AS_APPLICANT,
    "admin as lead": ADMIN_AS_LEAD,
}
SIGNED_IN = set(EVERYBODY) - {"anonymous"}
THEMSELVES = SIGNED_IN - {"admin as applicant", "admin as lead"}
LEADING = {"lead", "co-lead", "admin who leads", "admin as lead"}
ALLOWED = {
    Policy.PUBLIC: set(EVERYBODY),
    Policy.OPS: set(EVERYBODY),
    Policy.ACCOUNT: THEMSELVES | {"anonymous"},
    Policy.SIGNED_IN: SIGNED_IN,
    Policy.OWN: THEMSELVES,
    Policy.MENTOR: LEADING | {"reader"},
    Policy.LEAD: LEADING,
    Policy.ADMIN: {"admin", "admin who leads"},
    Policy.DEMO: set(),
}


# -- pages ------------------------------------------------------------------------------------------


def test_each_policy_says_whom_it_lets_in():
    assert set(ALLOWED) == set(Policy)


@pytest.mark.parametrize("policy", list(Policy))
@pytest.mark.parametrize("who", list(EVERYBODY))
def test_who_may_use_a_page(policy, who):
    assert permits(policy, EVERYBODY[who]) is (who in ALLOWED[policy])


@pytest.mark.parametrize("who", list(EVERYBODY))
def test_pages_of_the_demonstration_are_there_in_a_demonstration_only(who):
    assert permits(Policy.DEMO, EVERYBODY[who], demo=True) is True
    assert permits(Policy.DEMO, EVERYBODY[who], demo=False) is False


@pytest.mark.parametrize("policy", [Policy.MENTOR, Policy.LEAD, Policy.ADMIN])
def test_rights_without_an_account_open_nothing(policy):
    nobody = Viewer(None, is_admin=True, roles={7: StreamRole.LEAD})
    assert permits(policy, nobody) is False


def test_a_demonstration_opens_no_other_page():
    for policy in set(Policy) - {Policy.DEMO}:
        assert permits(policy, ANONYMOUS, demo=True) is permits(policy, ANONYMOUS)


# -- streams ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "decides"),
    [(StreamRole.LEAD, True), (StreamRole.CO, True), (StreamRole.READER, False)],
)
def test_leads_and_co_leads_decide(role, decides):
    assert role.decides is decides
    assert Viewer(1, roles={7: role}).led_stream_ids == ({7} if decides else set())


def test_a_member_reads_every_stream_of_theirs_and_decides_where_they_lead():
    assert LEAD.stream_ids == {7, 8}
    assert LEAD.led_stream_ids == {7}
    assert ADMIN.stream_ids == set()


@pytest.mark.parametrize(
    ("who", "is_staff"),
    [
        (ANONYMOUS, False),
        (APPLICANT, False),
        (READER, True),
        (ADMIN, True),
        (ADMIN_WHO_LEADS, True),
    ],
)
def test_staff_has_rights_over_other_peoples_applications(who, is_staff):
    assert who.is_staff is is_staff


# -- the second factor ------------------------------------------------------------------------------


@pytest.mark.parametrize("who", [READER, LEAD, ADMIN, ADMIN_WHO_LEADS])
def test_staff_is_an_applicant_until_a_second_factor_was_shown(who):
    before = who.before_second_factor()

    assert (before.user_id, before.is_admin, before.roles) == (who.user_id, False, {})
    assert before.withheld is who
    assert before.in_full is who
    for policy in Policy:
        assert permits(policy, before) is permits(policy, APPLICANT)


@pytest.mark.parametrize("who", [ANONYMOUS, APPLICANT])
def test_nobody_else_waits_for_one(who):
    assert who.before_second_factor() is who
    assert who.in_full is who
    assert not any(waits_for_second_factor(policy, who) for policy in Policy)


@pytest.mark.parametrize(
    ("who", "waiting"),
    [
        (READER, {Policy.MENTOR}),
        (LEAD, {Policy.MENTOR, Policy.LEAD}),
        (ADMIN, {Policy.ADMIN}),
        (ADMIN_WHO_LEADS, {Policy.MENTOR, Policy.LEAD, Policy.ADMIN}),
    ],
)
def test_a_page_waits_for_the_factor_if_it_would_open_then(who, waiting):
    before = who.before_second_factor()
    answers = {policy: waits_for_second_factor(policy, before) for policy in Policy}

    assert answers == {policy: policy in waiting for policy in Policy}
    assert not any(waits_for_second_factor(policy, who) for policy in Policy)


# -- somebody else's eyes ---------------------------------------------------------------------------


def test_an_admin_sees_with_the_rights_of_that_person_and_none_of_their_own():
    seen = ADMIN_WHO_LEADS.through_the_eyes_of(Viewer(4, is_admin=True, blind=frozenset({9})))

    assert (seen.user_id, seen.is_admin, seen.roles) == (4, False, {})
    assert seen.blind == {9}
    assert seen.seen_by == ADMIN_WHO_LEADS.user_id
    assert not seen.may_change
    assert permits(Policy.ADMIN, seen) is False


def test_what_waits_for_that_persons_second_factor_stays_out_of_sight():
    assert ADMIN.through_the_eyes_of(LEAD.before_second_factor()).withheld is None


def test_who_sits_before_the_screen_is_on_record():
    assert (LEAD.reader_id, LEAD.eyes) == (LEAD.user_id, {LEAD.user_id})
    assert ADMIN_AS_LEAD.reader_id == ADMIN.user_id
    assert ADMIN_AS_LEAD.eyes == {LEAD.user_id, ADMIN.user_id}
    assert LEAD.may_change


# -- what others rely on ----------------------------------------------------------------------------


def test_a_viewer_cannot_be_given_rights_later():
    with pytest.raises(FrozenInstanceError):
        APPLICANT.is_admin = True


def test_rights_that_wait_and_eyes_are_given_by_name_so_that_none_is_given_by_mistake():
    with pytest.raises(TypeError):
        Viewer(1, False, {}, frozenset(), ADMIN)


def test_roles_are_stored_and_policies_are_printed_by_these_words():
    assert {role.value for role in StreamRole} == {"lead", "co", "reader"}
    assert {policy.value for policy in Policy} == {
        "public",
        "account",
        "signed_in",
        "own",
        "mentor",
        "lead",
        "admin",
        "demo",
        "ops",
    }
