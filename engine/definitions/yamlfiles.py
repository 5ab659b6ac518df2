"""YAML text -> plain values and the line of each; every fault is a finding.

Plain means: texts are texts.  Of YAML only `true` and `false` are yes and no,
`null` and `~` nothing, numbers are written as in JSON (007 stays a text), and
2026-03-02 is a date.  Anchors, aliases and tags are refused: they can make a
small file a huge one, and nobody needs them here.
"""

import re
from typing import Any

import yaml

from engine.definitions.findings import Finding
from engine.errors import Invalid, Sentence

LARGEST = 250_000
Path = tuple[str | int, ...]
"""The way to a value: keys and places in lists, from the top."""

_YAML = "tag:yaml.org,2002:"
_PLAIN = (
    ("bool", r"true|false", "tf"),
    ("null", r"~|null|", ["~", "n", ""]),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-0123456789"),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[-+][0-9]{2}:[0-9]{2})?)?",
     "0123456789"),
)


class _Loader(yaml.SafeLoader):
    """Reads what the docstring above calls plain, and no aliases."""

    yaml_implicit_resolvers: dict[Any, Any] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # left out in its stubs
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None or event.tag is not None:
            raise yaml.MarkedYAMLError(problem="anchors, aliases and tags are not read", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


for _name, _form, _first in _PLAIN:
    _Loader.add_implicit_resolver(_YAML + _name, re.compile(f"(?:{_form})$", re.ASCII), list(_first))


def read(source: bytes | str, file: str, rule: str) -> tuple[Any, dict[Path, int]]:
    """The value a YAML text holds, and the line of everything in it; Invalid with a finding under *rule* if it is none.

    A key that stands twice in one mapping is a fault.
    """
    try:
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source
    except UnicodeDecodeError as error:
        line = error.object[:error.start].count(b"\n") + 1
        raise _refused(file, rule, line, "Die Datei ist kein Text in UTF-8.",
                       "The file is not text in UTF-8.") from None
    if len(text) > LARGEST:
        raise _refused(file, rule, None, f"Die Datei ist größer als {LARGEST} Zeichen.",
                       f"The file is larger than {LARGEST} characters.")
    reader = _Reader(file, rule)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return (reader.value(loader, node, ()) if node is not None else None), reader.lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(str(part) for part in (error.context, error.problem) if part)
        raise _unreadable(file, rule, mark.line + 1 if mark else None, said) from None
    except yaml.YAMLError as error:
        raise _unreadable(file, rule, None, " ".join(str(error).split())) from None
    except RecursionError:
        raise _refused(file, rule, None, "Die Datei ist zu tief verschachtelt.",
                       "The file is nested too deeply.") from None


class _Reader:
    """Builds plain values from YAML's nodes and keeps their lines."""

    def __init__(self, file: str, rule: str) -> None:
        self.file, self.rule, self.lines = file, rule, dict[Path, int]()

    def value(self, loader: Any, node: Any, path: Path) -> Any:
        line = self.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_YAML}map":
            return self._mapping(loader, node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_YAML}seq":
            return [self.value(loader, item, (*path, place)) for place, item in enumerate(node.value)]
        try:
            return loader.construct_object(node)
        except ValueError as error:  # a date that no calendar has
            raise _unreadable(self.file, self.rule, line, f"{node.value}: {error}") from None

    def _mapping(self, loader: Any, node: Any, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, item in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise _refused(self.file, self.rule, line, "Ein Name muss ein Text sein.", "A name has to be a text.")
            if key.value in found:
                raise _refused(self.file, self.rule, line, f"„{key.value}“ steht hier zweimal.",
                               f"“{key.value}” stands here twice.")
            found[key.value] = self.value(loader, item, (*path, key.value))
            self.lines[(*path, key.value)] = line
        return found


def _unreadable(file: str, rule: str, line: int | None, said: str) -> Invalid:
    return _refused(file, rule, line, f"Die Datei ist kein lesbares YAML ({said}).",
                    f"The file is not readable YAML ({said}).")


def _refused(file: str, rule: str, line: int | None, de: str, en: str) -> Invalid:
    said = Sentence(de, en)
    return Invalid(said.de, said.en, findings=[Finding.error(file, line, rule, "", said.de, said.en)])
