"""What is wrong with an uploaded file: one sentence each, with the place and what to do."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from engine.errors import Invalid, Sentence

Severity = Literal["error", "warning"]
NO_HINT = Sentence("", "")


@dataclass(frozen=True)
class Finding:
    """One thing a check has to say about one place in one file.

    An "error" stops a deployment, a "warning" does not. `element` is the id of
    a diagram's element or the key of a form's field, `line` counts from 1 and is
    None where it is not known, `rule` is the stable id of the check.
    """

    file: str
    process: str
    element: str
    line: int | None
    rule: str
    severity: Severity
    message: Sentence
    hint: Sentence = NO_HINT

    @classmethod
    def error(
        cls, file: str, line: int | None, rule: str, element: str, de: str, en: str, hint: Sentence = NO_HINT,
        process: str = "",
    ) -> "Finding":
        """A finding that stops a deployment, said in both languages."""
        return cls(file, process, element, line, rule, "error", Sentence(de, en), hint)


def errors(found: Iterable[Finding]) -> list[Finding]:
    """Those of *found* that stop a deployment."""
    return [finding for finding in found if finding.severity == "error"]


def ordered(found: Iterable[Finding]) -> list[Finding]:
    """*found* in the order a person mends them: by file and line, errors before warnings on a line."""
    return sorted(found, key=lambda one: (one.file, one.line or 0, one.severity, one.rule, one.element))


def refusals(error: Invalid, file: str, rule: str, process: str = "") -> list[Finding]:
    """What the engine's door refused, as findings; *file* and *rule* hold where the door says nothing of its own."""
    said = error.findings or [None]
    return [
        Finding(
            getattr(one, "file", "") or file, process, getattr(one, "element", None) or "", getattr(one, "line", None),
            getattr(one, "rule", "") or rule, "error", getattr(one, "message", None) or Sentence(error.de, error.en),
        )
        for one in said
    ]
