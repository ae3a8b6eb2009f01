"""The key that signs receipts: where it comes from, and what refuses to start without a good one."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from portal.adapters import signing
from portal.config import Mode, SettingsError


@pytest.fixture
def production(settings, tmp_path):
    return replace(settings, mode=Mode.PRODUCTION, data_dir=tmp_path)


def test_production_without_a_key_says_which_setting_is_missing(production):
    with pytest.raises(SettingsError, match="PORTAL_SIGNING_KEY is not set"):
        signing.load(production)


def test_a_demo_makes_its_key_and_keeps_it(settings, tmp_path):
    demo = replace(settings, mode=Mode.DEMO, data_dir=tmp_path)

    assert signing.load(demo).fingerprint == signing.load(demo).fingerprint
    assert (tmp_path / "signing.key").stat().st_mode & 0o777 == 0o600


def test_many_that_start_at_once_share_one_key(settings, tmp_path):
    demo = replace(settings, mode=Mode.DEMO, data_dir=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: signing.load(demo).fingerprint, range(8)))

    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["signing.key"]


def test_the_setting_comes_before_the_file_and_may_stand_on_one_line(production, tmp_path):
    signing.make_key(tmp_path / "elsewhere")
    pem = (tmp_path / "elsewhere" / "signing.key").read_text()
    signing.make_key(tmp_path)

    given = signing.load(replace(production, signing_key=pem))
    on_one_line = signing.load(replace(production, signing_key=pem.replace("\n", "\\n")))

    assert given.fingerprint == on_one_line.fingerprint != signing.load(production).fingerprint


def other_kind():
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        .decode()
    )


@pytest.mark.parametrize("value", ["nonsense", other_kind()], ids=["nonsense", "another kind"])
def test_a_setting_that_is_no_such_key_is_refused_without_repeating_it(production, value):
    with pytest.raises(SettingsError, match="PORTAL_SIGNING_KEY must be") as refused:
        signing.load(replace(production, signing_key=value))
    assert value not in str(refused.value)


def test_production_refuses_a_key_that_others_can_read(production, tmp_path):
    signing.make_key(tmp_path)
    (tmp_path / "signing.key").chmod(0o644)

    with pytest.raises(SettingsError, match="chmod 600"):
        signing.load(production)


def test_only_what_was_signed_verifies(settings):
    signer = signing.load(settings)
    signature = signer.sign(b"this")

    assert signing.verifies(signer.public_key, signature, b"this")
    assert not signing.verifies(signer.public_key, signature, b"that")
    assert not signing.verifies(signer.public_key, "no base64!", b"this")
    assert not signing.verifies("no key", signature, b"this")
    assert "PRIVATE" not in repr(signer)
