"""What is installed has everything that the source tree has to run."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from the source tree without asking a registry."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT,
                           capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    [path] = folder.glob("reifegrad-*.whl")
    return zipfile.ZipFile(path)


@pytest.mark.parametrize("pattern", [
    "bpmn/**/*.bpmn", "bpmn/**/*.dmn", "forms/**/*.json", "engine/**/*.py", "engine/demo/*.json",
    "engine/documents/*.typ", "engine/migrations/versions/*.py", "engine/migrations/*.mako", "web/**/*.py",
    "web/templates/**/*.*", "web/static/**/*.*", "web/translations/**/*.mo",
])
def test_the_wheel_has_what_the_tree_has(wheel: zipfile.ZipFile, pattern: str) -> None:
    wanted = {path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern) if path.is_file()}
    assert wanted
    assert wanted <= set(wheel.namelist())


def test_the_wheel_has_nothing_that_only_developers_need(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.startswith("reifegrad-")} == {"engine", "web", "bpmn", "forms"}
    assert not [name for name in wheel.namelist() if name.startswith("web/assets") or "node_modules" in name]


def test_the_wheel_brings_the_command_and_the_licence(wheel: zipfile.ZipFile) -> None:
    [entry_points] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "reifegrad = web.cli:main" in wheel.read(entry_points).decode()
    assert [name for name in wheel.namelist() if name.endswith("licenses/LICENSE")]
