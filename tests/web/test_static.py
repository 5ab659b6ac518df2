"""The built files: whole, of this machine only, and with the notices of everybody whose work they hold."""

import json
import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
STATIC = WEB / "static"
SHEETS = sorted(STATIC.glob("*.css"))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_everything_a_style_sheet_asks_for_is_there_and_ours(sheet: Path) -> None:
    wanted = re.findall(r"url\(\s*[\"']?([^\"')]+)", sheet.read_text("utf-8"))
    assert [address for address in wanted if not (STATIC / address).is_file()] == []
    assert "@import" not in sheet.read_text("utf-8")


def test_no_file_carries_a_picture_the_policy_forbids() -> None:
    assert [file.name for file in (*SHEETS, *STATIC.glob("icons/*.svg")) if "data:" in file.read_text("utf-8")] == []


@pytest.mark.parametrize("script", ["viewer.js", "app.js"])
def test_no_script_needs_eval(script: str) -> None:
    assert not re.search(r"\beval\(|new Function\(", (STATIC / script).read_text("utf-8"))


def test_every_package_that_was_asked_for_is_named_with_its_version() -> None:
    notices = (STATIC / "THIRD-PARTY.txt").read_text("utf-8")
    asked = json.loads((WEB / "assets" / "package.json").read_text("utf-8"))["dependencies"]
    assert [name for name, version in asked.items() if f"{name} {version}" not in notices] == []
    assert "SIL OPEN FONT LICENSE" in notices and "watermark" in notices


def test_the_lock_names_versions_and_check_sums_but_no_download_address() -> None:
    packages = json.loads((WEB / "assets" / "package-lock.json").read_text("utf-8"))["packages"]
    assert all("integrity" in package for name, package in packages.items() if name)
    assert [name for name, package in packages.items() if "resolved" in package] == []


@pytest.mark.parametrize("template", sorted((WEB / "templates").rglob("*.html")), ids=lambda file: file.stem)
def test_no_page_carries_styles_or_scripts_of_its_own(template: Path) -> None:
    text = template.read_text("utf-8")
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|<script(?![^>]*\ssrc=)", text)
