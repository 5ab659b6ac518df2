"""Operators steer instances from the command line, too: with a reason, and with plain words about what came of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import structlog

from engine import wiring
from engine.identity import bodies
from engine.runtime import instances, tasks
from engine.runtime.instances import Instance
from tests.engine.runtime.conftest import ASSESS, FOLLOW_UP, REVIEW
from web import cli


@pytest.fixture
def run(house: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Any]:
    """Runs a command on the test's database; returns status, output and what went to the error stream."""
    monkeypatch.setenv("REIFEGRAD_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("REIFEGRAD_VAR_DIR", house.settings.var_dir)

    def ran(*words: str) -> tuple[int, str, str]:
        status = cli.main(list(words))
        told = capsys.readouterr()
        return status, told.out, told.err

    yield ran
    structlog.reset_defaults()  # a command logs to the error stream it was started with, which ends with the test


@pytest.fixture
def instance(house: Any) -> UUID:
    """A review that waits for its first task."""
    with house.work() as work:
        for key in ("panel", "office"):
            bodies.add_body(work, key, key)
        work.session.flush()
        files = {"bpmn/pruefung.bpmn": REVIEW.encode(), "bpmn/nachlauf.bpmn": FOLLOW_UP.encode(),
                 "forms/pruefung/assess.json": json.dumps(ASSESS).encode()}
        wiring.deploy(work, {name: body.replace(b"test/tell", b"idea/publish_status")
                             if name.endswith(".bpmn") else body for name, body in files.items()})
        return instances.start(work, "pruefung", {"idee_id": "i-1"}, business_key="2026-00001", title="Eine Bank").id


def redeploy(house: Any, *changes: tuple[str, str]) -> None:
    source = REVIEW.replace("test/tell", "idea/publish_status")
    for before, after in changes:
        source = source.replace(before, after)
    with house.work() as work:
        wiring.deploy(work, {"bpmn/pruefung.bpmn": source.encode()})


def version_of(house: Any, instance: UUID) -> int:
    with house.look() as work:
        return work.get(Instance, instance).version


def test_an_instance_is_suspended_resumed_and_cancelled(run: Any, house: Any, instance: UUID) -> None:
    for verb, status in (("suspend", "suspended"), ("resume", "running"), ("cancel", "cancelled")):
        assert run(verb, str(instance), "--reason", "Umzug")[:2] == (
            0, f"{instance} 2026-00001 Eine Bank: {status}\n")
    with house.look() as work:
        assert tasks.siblings_open(work, instance) == []
    status, _, told = run("cancel", str(instance), "--reason", "Umzug")
    assert status == 2 and "ended already" in told


def test_steering_an_instance_that_does_not_exist_or_without_a_reason_is_refused(run: Any, instance: UUID) -> None:
    assert run("suspend", str(uuid4()), "--reason", "Umzug")[0] == 2
    status, _, told = run("suspend", str(instance), "--reason", "  ")
    assert status == 2 and "give the reason" in told
    for words in (["suspend", str(instance)], ["suspend", "keine-kennung", "--reason", "Umzug"]):
        with pytest.raises(SystemExit):
            run(*words)


def test_a_dry_run_says_what_would_become_of_each_and_changes_nothing(run: Any, house: Any, instance: UUID) -> None:
    redeploy(house, ('name="Bewerten"', 'name="Prüfen"'))
    status, told, _ = run("migrate", "pruefung", "--dry-run")
    assert status == 0 and "can go\n  “Bewerten” will be called “Prüfen”." in told
    assert told.endswith("1 instances, 1 can go on on version 2\n") and version_of(house, instance) == 1


def test_instances_are_migrated_to_the_newest_version_and_back(run: Any, house: Any, instance: UUID) -> None:
    redeploy(house, ('name="Bewerten"', 'name="Prüfen"'))
    assert run("migrate", "pruefung", "--reason", "Neue Namen")[:2] == (
        0, "1 instances migrated to version 2, 0 left where they were\n")
    assert version_of(house, instance) == 2
    assert run("migrate", "pruefung", "--to", "1", "--reason", "Doch nicht")[0] == 0
    assert version_of(house, instance) == 1


def test_what_cannot_go_is_named_and_stays(run: Any, house: Any, instance: UUID) -> None:
    redeploy(house, ('"assess"', '"appraise"'), (">assess<", ">appraise<"), ('value="appraise"', 'value="assess"'))
    for words in (["--dry-run"], ["--reason", "Neue Namen"]):
        status, told, _ = run("migrate", "pruefung", *words)
        assert status == 1 and "“Bewerten” (assess): The element no longer exists in the new version." in told
    assert version_of(house, instance) == 1


def test_a_process_or_version_that_does_not_exist_is_refused(run: Any, instance: UUID, tmp_path: Path) -> None:
    assert run("migrate", "gibt-es-nicht", "--dry-run")[0] == 2
    assert run("migrate", "pruefung", "--to", "7", "--dry-run")[0] == 2
    assert run("migrate", "pruefung")[:2] == (0, "0 instances migrated to version 1, 0 left where they were\n")
