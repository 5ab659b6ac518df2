"""The documents speak of what is there: targets, commands, settings, dependencies."""

import contextlib
import io
import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from engine.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "docker-compose.yml", "Dockerfile")
TEXTS = {name: (ROOT / name).read_text() for name in DOCUMENTS}
SETTINGS = {PREFIX + field.name.upper(): field for field in fields(Settings)}


def code(text: str) -> str:
    """What stands in code spans and code blocks of a Markdown document."""
    return "\n".join(block or span for block, span in re.findall(r"```\n?(.*?)```|`([^`\n]+)`", text, re.DOTALL))


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_make_target_named_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)", code(TEXTS[document])))
    assert named
    assert named <= targets


def test_every_make_target_is_explained() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)) - {"help"}
    assert targets == set(re.findall(r"`make ([a-z-]+)`", TEXTS["CONTRIBUTING.md"])) & targets


def commands() -> set[str]:
    from web.cli import main

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.suppress(SystemExit):
        main(["--help"])
    return set(re.findall(r"^    ([a-z]+)(?: |$)", said.getvalue(), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_named_exists(document: str) -> None:
    text = TEXTS[document] if not document.endswith(".md") else code(TEXTS[document])
    named = set(re.findall(r"\breifegrad\"?,? \"?([a-z]+)(?= |\"|$|\n)", text, re.MULTILINE))
    assert named <= commands()


def test_every_command_is_in_the_readme() -> None:
    assert commands() <= set(re.findall(r"\breifegrad ([a-z]+)", code(TEXTS["README.md"])))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_setting_named_exists(document: str) -> None:
    assert set(re.findall(rf"{PREFIX}[A-Z_]+", TEXTS[document])) <= set(SETTINGS)


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_setting_is_in_the_readme_with_its_default(setting: str) -> None:
    row = re.search(rf"^\| `{setting}` \| (.*?) \|", TEXTS["README.md"], re.MULTILINE)
    assert row, f"{setting} is not in the README's table"
    default = SETTINGS[setting].default
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    assert row[1].strip("` ") == shown


def test_the_readme_has_a_figure_for_every_measured_case_on_both_databases() -> None:
    from tests.bench.cases import cases

    for case in cases(1):
        for database in ("sqlite", "postgresql"):
            row = rf"^\| {case}\b.* \| {database} \|.*\d"
            assert re.search(row, TEXTS["README.md"], re.MULTILINE), f"{case} on {database} is not measured"


@pytest.mark.parametrize("row", ["processes that complete tasks", "web servers", "workers", "bpmn-engine",
                                 "SpiffWorkflow", "Reifegrad"])
def test_the_readme_says_what_several_processes_do_and_what_other_engines_take(row: str) -> None:
    tables = re.findall(r"<!-- (growing|peers) -->(.*?)<!-- /\1 -->", TEXTS["README.md"], re.DOTALL)
    between = "".join(table for _, table in tables)
    assert re.search(rf"^\|.*{row}.*\|.*\d", between, re.MULTILINE)


def test_every_dependency_says_why_it_and_not_another() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"], *(line for group in project["dependency-groups"].values()
                                                       for line in group)]
    for line in wanted:
        name = re.split(r"[<>=\[; ]", line)[0]
        assert re.search(rf"^\| {name} \| .{{8,}} \|", TEXTS["CONTRIBUTING.md"], re.MULTILINE), f"{name}: why?"


def test_the_containers_take_their_secrets_from_the_environment() -> None:
    composed = yaml.safe_load(TEXTS["docker-compose.yml"])
    services = composed["services"]
    assert set(services) == {"proxy", "web", "worker", "database", "standby"}
    assert services["database"]["image"] == services["standby"]["image"] == "postgres:16"
    assert "ports" not in services["web"], "a published port would keep a second one from starting"
    assert {one["source"] for name in ("proxy", "database") for one in services[name]["configs"]} == set(
        composed["configs"])
    for name in ("POSTGRES_PASSWORD", "REIFEGRAD_SECRET_KEY"):
        assert f"${{{name}:?" in TEXTS["docker-compose.yml"], f"{name} needs to be asked for, never given"


def test_publiccode_says_what_portals_ask_for() -> None:
    said = yaml.safe_load((ROOT / "publiccode.yml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert said["publiccodeYmlVersion"] == "0.4"
    assert said["legal"]["license"] == project["license"] == "EUPL-1.2"
    assert said["softwareVersion"] == project["version"]
    assert {"name", "url", "platforms", "developmentStatus", "softwareType", "maintenance", "localisation"} <= set(said)
    assert said["localisation"]["availableLanguages"] == list(said["description"]) == ["de", "en"]
    for description in said["description"].values():
        assert len(description["shortDescription"]) <= 150 <= len(description["longDescription"]) <= 10_000
        assert description["features"]
