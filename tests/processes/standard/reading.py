"""The models as they lie in the folders: files, script, what they cover."""

import re
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml
from lxml import etree

from engine.definitions import rehearsals, scenarios
from engine.definitions.rehearsals import Outcome
from engine.definitions.scenarios import Scenario

HERE = Path(__file__).parent
ASKED_BY = "decide.bpmn"
OWN = ("covers", "patterns", "note")


@dataclass(frozen=True)
class Model:
    """One model with its script."""

    script_file: Path
    said: dict[str, Any] = field(hash=False, repr=False)

    @property
    def name(self) -> str:
        return self.script_file.stem

    @property
    def file(self) -> Path:
        """The model itself."""
        drawn = self.script_file.with_suffix(".bpmn")
        return drawn if drawn.exists() else self.script_file.with_suffix(".dmn")

    @property
    def covers(self) -> list[str]:
        return list(self.said["covers"])

    @property
    def patterns(self) -> list[int]:
        return list(self.said.get("patterns", ()))

    @property
    def note(self) -> str | None:
        return self.said.get("note")

    @property
    def refused(self) -> list[str] | None:
        """The rules it is refused for; None if it runs."""
        rules = self.said["expect"].get("refused")
        return None if rules is None else list(rules)

    @cached_property
    def script(self) -> Scenario:
        return scenarios.read(self.script_file.read_bytes(), self.script_file.name, also=OWN)

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Everything that is needed to run it, by name."""
        drawn = [self.file] if self.file.suffix == ".bpmn" else [self.file.with_name(ASKED_BY)]
        needed = [*drawn, *(self.file.with_name(name) for name in self.script.beside)]
        return {path.name: path.read_bytes() for path in needed}

    @cached_property
    def documentation(self) -> str:
        """The first documentation (BPMN) or description (DMN) in the file."""
        root = etree.fromstring(self.file.read_bytes())
        found = next(root.iter("{*}documentation", "{*}description"), None)
        return " ".join(found.text.split()) if found is not None and found.text else ""

    def rehearse(self, script: Scenario | None = None) -> Outcome:
        """Run it, with its own script or another."""
        return rehearsals.rehearse(self.files, script or self.script)


@lru_cache
def models() -> tuple[Model, ...]:
    """Every model, by folder and name."""
    return tuple(Model(path, yaml.safe_load(path.read_text())) for path in sorted(HERE.glob("*/*.yaml")))


def names_a_section(text: str) -> bool:
    """Whether a documentation begins with the standard and a section of it."""
    return bool(re.match(r"(BPMN 2\.0\.2|DMN 1\.[1-5]), \d+(\.\d+)*\b.*: \S", text))
