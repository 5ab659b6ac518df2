"""`python -m tests.engine.old_states write` freezes this release; it never writes over one that is there."""

import argparse
import json
import shutil
import sys
import tempfile
import tomllib
from pathlib import Path

from engine.settings import Settings
from engine.wiring import open_house
from tests import postgres
from tests.engine.old_states import database
from tests.engine.old_states.models import Model, models
from tests.engine.old_states.way import Way

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def release() -> str:
    """The version of this tree."""
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return version


def frozen(model: Model) -> dict[str, object]:
    """Everything about a model: its files, its way, each place it waited at, and what was seen after each act."""
    way = Way(model.name, model.files)
    way.start(model.data)
    places, then = [], [way.stands()]
    for act in model.acts:
        places.append(way.frozen())
        way.do(act)
        then.append(way.stands())
    assert way.ended, f"{model.name} does not end: {way.stands()}"
    return {"model": model.name, "files": {path: text.decode() for path, text in model.files.items()},
            "data": model.data, "acts": model.acts, "places": places, "then": then}


def write(folder: Path) -> None:
    """Freeze this release in the new *folder*, wholly or not at all."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as unfinished:
        _write(Path(unfinished))
        shutil.copytree(unfinished, folder)


def _write(folder: Path) -> None:
    for model in models():
        text = json.dumps(frozen(model), ensure_ascii=False, indent=1)
        (folder / f"{model.name}.json").write_text(text + "\n")
    with tempfile.TemporaryDirectory() as var:
        path = Path(var, "old.db")
        _fill(f"sqlite:///{path}", var)
        (folder / database.FILES["sqlite"]).write_text(database.sqlite_text(path))
        with postgres.Server() as server:
            name = server.create()
            _fill(server.url(name), var)
            (folder / database.FILES["postgresql"]).write_text(database.postgresql_text(server.dump(name)))


def _fill(url: str, var: str) -> None:
    house = open_house(Settings(database_url=url, var_dir=var, secret_key="only for old states"))
    database.fill(house)
    house.database.engine.dispose()


def main() -> int:
    """Write the folder of this release; 2 if it is there already."""
    parser = argparse.ArgumentParser(prog="python -m tests.engine.old_states", description=__doc__)
    parser.add_argument("verb", choices=["write"])
    parser.parse_args()
    folder = HERE / release()
    if folder.exists():
        print(f"{folder.relative_to(ROOT)} is written. What a release left behind does not change.", file=sys.stderr)
        return 2
    write(folder)
    print(f"{folder.relative_to(ROOT)}: {len(models())} models and a database of each kind")
    return 0


if __name__ == "__main__":
    sys.exit(main())
