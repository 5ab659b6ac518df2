"""The environment is read once, and a value that cannot be read is named."""

import os
import stat
from pathlib import Path

import pytest

from engine.errors import Invalid
from engine.settings import Settings, from_environment


def test_nothing_set_gives_the_defaults() -> None:
    assert from_environment({}) == Settings()


def test_a_setting_is_read_by_its_kind() -> None:
    read = from_environment({"REIFEGRAD_PORT": "9000", "REIFEGRAD_SECURE_COOKIES": "true",
                             "REIFEGRAD_SANDBOX_SECONDS": "0.5", "REIFEGRAD_SMTP_HOST": "mail.example.org"})
    assert (read.port, read.secure_cookies, read.sandbox_seconds) == (9000, True, 0.5)
    assert read.smtp_host == "mail.example.org"


def test_the_prefixed_name_goes_before_the_plain_one() -> None:
    assert from_environment({"PORT": "1", "REIFEGRAD_PORT": "2"}).port == 2
    assert from_environment({"DATABASE_URL": "sqlite:///x.db"}).url == "sqlite:///x.db"


def test_links_lead_to_the_port_that_is_served() -> None:
    assert from_environment({"PORT": "9000"}).base_url == "http://127.0.0.1:9000"
    assert from_environment({"PORT": "9000", "REIFEGRAD_BASE_URL": "https://ideen.example.org"}).base_url == (
        "https://ideen.example.org")


@pytest.mark.parametrize(("name", "text"), [("REIFEGRAD_PORT", "eighty"), ("REIFEGRAD_SECURE_COOKIES", "maybe"),
                                            ("REIFEGRAD_SANDBOX_SECONDS", "fast")])
def test_a_value_that_cannot_be_read_is_named(name: str, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        from_environment({name: text})
    assert name in refused.value.en and text in refused.value.de


def test_the_cookie_key_is_made_once_and_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(var_dir=str(tmp_path / "var"))
    key = settings.key()
    assert len(key) == 64 and settings.key() == key
    assert stat.S_IMODE(os.stat(tmp_path / "var" / "secret_key").st_mode) == 0o600
    assert Settings(secret_key="given").key() == "given"
