"""The schema grows step by step, and the last step is what the models say."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from engine import migrations
from engine.database import Base, open_database
from engine.settings import Settings
from engine.wiring import open_house

STEPS = sorted((Path(migrations.FOLDER) / "versions").glob("*.py"))


def test_an_empty_database_becomes_what_the_models_say(empty_database_url: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    import engine.wiring  # noqa: F401  # importing it gives the metadata every table

    database = open_database(empty_database_url)
    migrations.upgrade(database.engine)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    database.engine.dispose()
    assert differences == []


def test_both_ways_to_a_schema_have_the_same_indexes_and_conditions(empty_database_url: str, tmp_path: Path) -> None:
    stepwise = open_database(empty_database_url)
    migrations.upgrade(stepwise.engine)
    found = inspect(stepwise.engine)
    for table in Base.metadata.sorted_tables:
        wanted = {index.name: [column.name for column in index.columns] for index in table.indexes}
        there = {index["name"]: index["column_names"] for index in found.get_indexes(table.name)
                 if not index.get("duplicates_constraint")}
        assert {name: there.get(name) for name in wanted} == wanted
        partial = {index.name for index in table.indexes if index.dialect_options["postgresql"]["where"] is not None}
        there_partial = {index["name"] for index in found.get_indexes(table.name)
                         if any("where" in key for key in index.get("dialect_options", {}))}
        assert partial <= there_partial
    stepwise.engine.dispose()


def test_a_second_start_changes_nothing(empty_database_url: str, tmp_path: Path) -> None:
    settings = Settings(database_url=empty_database_url, var_dir=str(tmp_path))
    open_house(settings).database.engine.dispose()
    house = open_house(settings)
    with house.database.engine.connect() as connection:
        assert migrations.step(connection) == migrations.LATEST
    house.database.engine.dispose()


def test_two_processes_that_start_at_once_make_one_schema(empty_database_url: str) -> None:
    databases = [open_database(empty_database_url) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda database: migrations.upgrade(database.engine), databases))
    with databases[0].engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    for database in databases:
        database.engine.dispose()


def test_a_step_that_fails_leaves_the_schema_as_it_was(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(empty_database_url)
    real = migrations._run

    def broken(connection: Any) -> None:
        real(connection)
        raise RuntimeError("the power went")

    monkeypatch.setattr(migrations, "_run", broken)
    with pytest.raises(RuntimeError, match="power"):
        migrations.upgrade(database.engine)
    assert inspect(database.engine).get_table_names() == []
    monkeypatch.undo()
    migrations.upgrade(database.engine)
    assert "event" in inspect(database.engine).get_table_names()
    database.engine.dispose()


def test_steps_follow_each_other_and_end_at_the_latest() -> None:
    names = [re.search(r'^revision = "(.+)"', step.read_text(), re.MULTILINE) for step in STEPS]
    before = [re.search(r'^down_revision = (?:"(.+)"|None)', step.read_text(), re.MULTILINE) for step in STEPS]
    revisions = [found[1] for found in names if found]
    assert [found[1] for found in before if found] == [None, *revisions[:-1]]
    assert revisions[-1] == migrations.LATEST


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.stem)
def test_a_step_does_not_know_the_models(step: Path) -> None:
    assert "from engine" not in step.read_text(), "models change later; a step must not change with them"
