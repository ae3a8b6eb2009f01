"""Settings: production by default, and it refuses what is unsafe by name, never by value."""

import pytest

from portal.config import Mode, Settings, SettingsError

SAFE = {
    "PORTAL_SECRET_KEY": "vK3x9-Qm2_Zp8rT1wYb6LhNc4Uf7Sg0JaDeXoPqR5",
    "PORTAL_BASE_URL": "https://apply.example.org",
    "PORTAL_SMTP_URL": "smtps://mail.example.org",
    "PORTAL_MAIL_FROM": "portal@example.org",
    "PORTAL_CONTACT_ADDRESS": "people@example.org",
}


def test_production_is_the_default_mode():
    assert Settings.from_environ(SAFE).mode is Mode.PRODUCTION


@pytest.mark.parametrize("missing", sorted(SAFE))
def test_production_refuses_a_missing_setting_by_name(missing):
    left = {name: value for name, value in SAFE.items() if name != missing}

    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(left)

    assert [p for p in caught.value.problems if p.startswith(missing)]
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_SECRET_KEY", "short"),
        ("PORTAL_SECRET_KEY", "change-me-change-me-change-me-change-me"),
        ("PORTAL_BASE_URL", "http://apply.example.org"),
        ("PORTAL_BASE_URL", "https://"),
        ("PORTAL_SMTP_URL", "mail.example.org"),
        ("FLASK_DEBUG", "1"),
        ("PORTAL_SKIP_SECOND_FACTOR", "please"),
        ("PORTAL_WORKERS", "4"),
        ("PORTAL_FILES_URL", "/srv/files"),
        ("PORTAL_FILES_URL", "https://bucket.example.org"),
        ("PORTAL_FILES_URL", "s3:///prefix/without/bucket"),
        ("PORTAL_FILES_URL", "s3://key:secret@bucket"),
        ("PORTAL_FILES_URL", "s3://bucket?acces_key=abc"),
        ("PORTAL_FILES_URL", "s3://bucket?endpoint=http://s3.example.org"),
        ("PORTAL_FILES_URL", "s3://bucket?endpoint=https://key:secret@s3.example.org"),
        ("PORTAL_FILES_URL", "s3://bucket?endpoint="),
        ("PORTAL_WORKERS", "many"),
        ("PORTAL_MODE", "staging"),
    ],
)
def test_production_refuses_an_unsafe_value_without_repeating_it(name, value):
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({**SAFE, name: value})

    named = "PORTAL_REDIS_URL" if (name, value) == ("PORTAL_WORKERS", "4") else name
    assert [p for p in caught.value.problems if p.startswith(named)]
    if len(value) > 4:
        assert value not in str(caught.value)


def test_a_demonstration_alone_goes_without_second_factors():
    assert Settings.from_environ(SAFE).asks_second_factor
    assert Settings.from_environ({"PORTAL_MODE": "test"}).asks_second_factor
    assert Settings.from_environ(
        {"PORTAL_MODE": "test", "PORTAL_SKIP_SECOND_FACTOR": "1"}
    ).asks_second_factor
    assert not Settings.from_environ({"PORTAL_MODE": "demo"}).asks_second_factor


def test_several_workers_are_safe_with_redis():
    settings = Settings.from_environ(
        {**SAFE, "PORTAL_WORKERS": "4", "PORTAL_REDIS_URL": "redis://127.0.0.1/0"}
    )
    assert settings.workers == 4


def test_every_problem_is_told_at_once():
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({})
    assert len(caught.value.problems) == 5


def test_demo_needs_no_settings():
    settings = Settings.from_environ({"PORTAL_MODE": "demo", "PORT": "8123"})
    assert settings.is_demo
    assert settings.base_url == "http://127.0.0.1:8123"


def test_arrivals_are_believed_from_a_proxy_only():
    told = {"PORTAL_MODE": "demo", "PORTAL_ARRIVAL_HEADER": "X-Arrival"}
    with pytest.raises(SettingsError, match="PORTAL_ARRIVAL_HEADER"):
        Settings.from_environ(told)
    assert Settings.from_environ({**told, "PORTAL_PROXIES": "1"}).arrival_header


@pytest.mark.parametrize(
    "address",
    [
        "",
        "s3://bucket",
        "s3://bucket/prefix/below",
        "s3://bucket?endpoint=https://s3.example.org",
        "s3://bucket/prefix?endpoint=http://127.0.0.1:9000",
    ],
)
def test_files_may_lie_in_the_folder_or_on_a_server_reached_safely(address):
    assert Settings.from_environ({**SAFE, "PORTAL_FILES_URL": address}).files_url == address


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (
            "PORTAL_DATABASE_URL",
            "postgresql+psycopg://ada@db.example.org/portal?sslmode=verify-full",
        ),
        ("PORTAL_DATABASE_URL", "postgresql+psycopg://ada@127.0.0.1/portal"),
        ("PORTAL_DATABASE_URL", "postgresql+psycopg:///portal?host=/run/postgresql"),
        ("PORTAL_REDIS_URL", "rediss://redis.example.org/0"),
        ("PORTAL_REDIS_URL", "redis://localhost/0"),
        ("PORTAL_REDIS_URL", "unix:///run/redis.sock"),
        ("PORTAL_SMTP_URL", "smtp://mail.example.org:587"),
        ("PORTAL_SMTP_URL", "smtp://relay.example.org?encrypt=no"),
    ],
)
def test_what_is_reached_safely_is_taken(name, address):
    Settings.from_environ({**SAFE, name: address})


def test_a_server_of_files_in_the_clear_is_for_trying_only():
    address = "s3://bucket?endpoint=http://s3.example.org"
    assert Settings.from_environ({"PORTAL_MODE": "demo", "PORTAL_FILES_URL": address}).files_url
