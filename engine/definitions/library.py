"""The files that belong together: diagrams, decision tables and forms, read once and checked as a whole.

No database here: a `Library` is made of names and bytes, and answers what is
wrong with them and which of them one process needs.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePosixPath

import orjson

from engine import spiff
from engine.definitions import decisions, diagrams, forms
from engine.definitions.findings import Finding, errors, ordered, refusals
from engine.definitions.forms import Form
from engine.errors import Invalid, Sentence
from engine.spiff import Decision, Diagram

DIAGRAM, DECISION, FORM = "diagram", "decision", "form"


@dataclass(frozen=True)
class Source:
    """One file: its name in the library, the name it was handed in under, its kind and content."""

    name: str
    given: str
    kind: str
    body: bytes = field(repr=False)

    @property
    def hash(self) -> str:
        """SHA-256 of the content, in hex."""
        return hashlib.sha256(self.body).hexdigest()

    @property
    def form_key(self) -> str:
        """A form's key, process/form."""
        return self.name.removeprefix("forms/").removesuffix(".json")


@dataclass(frozen=True)
class Bundle:
    """All that one process needs to run: the names of its files and their hashes."""

    process_id: str
    name: str
    diagram: str
    """the file it is drawn in"""
    manifest: dict[str, str]
    starts_on: str | None
    """the name of the message that starts it"""
    starts_on_signal: str | None = None
    """the name of the signal that starts it"""

    @property
    def hash(self) -> str:
        """SHA-256 over the process id and the manifest as canonical JSON (sorted keys), in hex."""
        content = {"process": self.process_id, "files": self.manifest}
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


class Library:
    """Files read together. Whatever cannot be read is a finding and otherwise left out."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self.sources = sources
        self.found: list[Finding] = []
        self.diagrams: dict[str, Diagram] = {}
        self.decisions: dict[str, tuple[Decision, ...]] = {}
        self.forms: dict[str, Form] = {}
        self.process_files: dict[str, str] = {}
        self.decision_files: dict[str, str] = {}
        for name in sorted(sources):
            self._read(sources[name])

    def _read(self, source: Source) -> None:
        if source.kind == DIAGRAM:
            diagram, found = _diagram(source.body, source.given)
            if diagram is not None:
                self.diagrams[source.name] = diagram
                for process in diagram.processes:
                    self._own(process.id, source, self.process_files, "Den Prozess", "The process", process.line)
        elif source.kind == DECISION:
            read, found = _decisions(source.body, source.given)
            if read:
                self.decisions[source.name] = read
            for one in read:
                self._own(one.id, source, self.decision_files, "Die Entscheidung", "The decision", one.line)
        else:
            form, found = _form(source.body, source.given)
            if form is not None:
                self.forms[source.form_key] = form
        self.found.extend(found)

    def _own(self, key: str, source: Source, owners: dict[str, str], de: str, en: str, line: int) -> None:
        other = owners.setdefault(key, source.name)
        if other != source.name:
            self.found.append(Finding.error(
                source.given, line, "duplicate-definition", key,
                f"{de} „{key}“ gibt es schon in der Datei {other}.", f"{en} “{key}” is already in the file {other}.",
                Sentence("Laden Sie sie unter demselben Dateinamen hoch, wenn sie ersetzt werden soll.",
                         "Upload it under the same file name if it is to be replaced."),
            ))

    def check(
        self, bodies: Collection[str] | None, operations: Collection[str] | None, run: Collection[str] | None = None
    ) -> list[Finding]:
        """Everything that is wrong with these files, each on its own and all together.

        *run*: names of files; processes that need one of them, and are sound
        otherwise, are also read by the engine (None: all processes).
        """
        found = list(self.found)
        processes = {process: self.diagrams[name] for process, name in self.process_files.items()}
        decisions = {one.id: one.outputs for read in self.decisions.values() for one in read}
        for diagram in self.diagrams.values():
            found += diagrams.check(diagram, self.forms, bodies, processes, decisions, operations)
        found += self._starts()
        broken = {finding.file for finding in errors(found)}
        for bundle in self.bundles():
            given = {self.sources[name].given for name in bundle.manifest}
            if not given & broken and (run is None or not bundle.manifest.keys().isdisjoint(run)):
                found += self._runs(bundle)
        return ordered(dict.fromkeys(found))

    def _starts(self) -> Iterator[Finding]:
        taken: dict[str, str] = {}
        for file, process, line, message in sorted(
            (self.sources[name].given, one.id, one.line, message)
            for name, diagram in self.diagrams.items() for one in diagram.processes
            for message in _starting(diagram, one.id)
        ):
            other = taken.setdefault(message, process)
            if other != process:
                yield Finding.error(
                    file, line, "message-starts-two", process,
                    f"Mit der Nachricht „{message}“ beginnt schon der Prozess „{other}“.",
                    f"The message “{message}” already starts the process “{other}”.", process=process,
                )
        for name, diagram in self.diagrams.items():
            for one in diagram.processes:
                if len(_starting(diagram, one.id)) > 1:
                    yield Finding.error(
                        self.sources[name].given, one.line, "several-message-starts", one.id,
                        f"Der Prozess „{one.name}“ beginnt mit mehreren Nachrichten; möglich ist eine.",
                        f"The process “{one.name}” starts on several messages; one is possible.", process=one.id,
                    )
                if len(_starting_on_signals(diagram, one.id)) > 1:
                    yield Finding.error(
                        self.sources[name].given, one.line, "several-signal-starts", one.id,
                        f"Der Prozess „{one.name}“ beginnt mit mehreren Signalen; möglich ist eines.",
                        f"The process “{one.name}” starts on several signals; one is possible.", process=one.id,
                    )

    def _runs(self, bundle: Bundle) -> list[Finding]:
        try:
            spiff.specification(self.runnable(bundle))
        except Invalid as error:
            return [self._placed(one, bundle) for one in refusals(error, "", "not-runnable", bundle.process_id)]
        return []

    def _placed(self, finding: Finding, bundle: Bundle) -> Finding:
        names = [bundle.diagram, *(name for name in bundle.manifest if name in self.diagrams)]
        holds = [name for name in names if self.diagrams[name].node(finding.element) is not None]
        home = self.sources[(holds or names)[0]].given
        return Finding(finding.file or home, finding.process, finding.element, finding.line, finding.rule,
                       finding.severity, finding.message, finding.hint)

    def runnable(self, bundle: Bundle) -> spiff.Bundle:
        """The bundle as the engine takes it."""
        return spiff.Bundle(
            bundle.hash, bundle.process_id,
            tuple(self.sources[name].body for name in bundle.manifest if name in self.diagrams),
            tuple(self.sources[name].body for name in bundle.manifest if name in self.decisions),
        )

    def bundles(self) -> list[Bundle]:
        """One bundle for each executable process, in the order of their ids."""
        found = []
        for key, name in sorted(self.process_files.items()):
            process = next(one for one in self.diagrams[name].processes if one.id == key)
            if process.executable:
                manifest = {file: self.sources[file].hash for file in sorted(self._needs(key))}
                starts_on = next(iter(_starting(self.diagrams[name], key)), None)
                signal = next(iter(_starting_on_signals(self.diagrams[name], key)), None)
                found.append(Bundle(key, process.name, name, manifest, starts_on, signal))
        return found

    def _needs(self, process_id: str) -> set[str]:
        files, ahead, seen = set[str](), [process_id], set[str]()
        while ahead:
            key = ahead.pop()
            if key in seen or key not in self.process_files:
                continue
            seen.add(key)
            name = self.process_files[key]
            files.add(name)
            ahead += [one.id for one in self.diagrams[name].processes]  # the engine reads the whole file
            for node in self.diagrams[name].nodes:
                if node.kind == "callActivity" and node.called:
                    ahead.append(node.called)
                elif node.kind == "businessRuleTask" and node.called in self.decision_files:
                    files.add(self.decision_files[node.called])
                form = f"forms/{node.process}/{node.properties.get('form')}.json"
                if node.kind in diagrams.PEOPLE and form in self.sources:
                    files.add(form)
        return files


def named(files: Mapping[str, bytes], there: Mapping[str, Source]) -> tuple[dict[str, Source], list[Finding]]:
    """Give uploaded files the names they have in the library, beside those *there*; what fits nowhere is a finding.

    Diagrams live in bpmn/, decision tables in bpmn/decisions/, forms in
    forms/<process>/. A form that lies in no folder of a process's name goes to
    the one process whose diagram asks for a form of that name.
    """
    placed: dict[str, Source] = {}
    found: list[Finding] = []
    loose: list[tuple[PurePosixPath, str, bytes]] = []
    for given, body in files.items():
        path = PurePosixPath(given.replace("\\", "/"))
        suffix, parent = path.suffix.lower(), path.parent.name
        if suffix in (".bpmn", ".bpmn2", ".dmn", ".xml"):
            kind = DECISION if suffix == ".dmn" or (suffix == ".xml" and b"/DMN/" in body[:4096]) else DIAGRAM
            stem = path.stem.removesuffix(".bpmn20")
            name = f"bpmn/decisions/{stem}.dmn" if kind == DECISION else f"bpmn/{stem}.bpmn"
            _put(Source(name, given, kind, body), placed, found)
        elif suffix != ".json":
            found.append(Finding.error(
                given, None, "unknown-kind", "", f"Was „{path.name}“ für eine Datei ist, lässt sich nicht erkennen.",
                f"It is not clear what kind of file “{path.name}” is.",
                Sentence("Möglich sind .bpmn, .dmn, .json und .xml.", "There are .bpmn, .dmn, .json and .xml."),
            ))
        elif path.parent.parent.name == "forms":
            _put(Source(f"forms/{parent}/{path.stem}.json", given, FORM, body), placed, found)
        else:
            loose.append((path, given, body))
    asked = _asked({**there, **placed}) if loose else {}
    for path, given, body in loose:
        parent, stem = path.parent.name, path.stem
        owners = {process for process, form in asked.items() if stem in form}
        owner = parent if parent in asked or (parent not in ("", "forms") and len(owners) != 1) else ""
        if owner or len(owners) == 1:
            _put(Source(f"forms/{owner or owners.pop()}/{stem}.json", given, FORM, body), placed, found)
        else:
            found.append(Finding.error(
                given, None, "form-without-process", stem,
                f"Zu welchem Prozess das Formular „{stem}“ gehört, ist nicht klar.",
                f"It is not clear which process the form “{stem}” belongs to.",
                Sentence("Geben Sie den Prozess an, oder legen Sie die Datei in einen Ordner mit seinem Namen.",
                         "Name the process, or put the file into a folder of its name."),
            ))
    return placed, found


def judged(
    there: Mapping[str, Source], files: Mapping[str, bytes], bodies: Collection[str] | None,
    operations: Collection[str] | None,
) -> tuple[dict[str, Source], list[Finding]]:
    """*files* under their names, and what is wrong with them beside those *there*."""
    placed, found = named(files, there)
    found += Library({**there, **placed}).check(bodies, operations, run=placed)
    given = {one.given for one in placed.values()}
    if any(one.file not in given and one.file in there for one in found):
        # what was wrong in the library before is not the fault of these files and must not keep them out
        before = set(Library(there).check(bodies, operations, run=()))
        found = [one for one in found if one.file in given or one not in before]
    return placed, found


def _put(source: Source, placed: dict[str, Source], found: list[Finding]) -> None:
    other = placed.setdefault(source.name, source)
    if other.body != source.body:
        found.append(Finding.error(
            source.given, None, "duplicate-file", "",
            f"{other.given} und {source.given} wären dieselbe Datei: {source.name}.",
            f"{other.given} and {source.given} would be the same file: {source.name}.",
        ))


def _asked(sources: Mapping[str, Source]) -> dict[str, set[str]]:
    """The forms that each process asks for, by their names in its folder."""
    asked: dict[str, set[str]] = {}
    for diagram in (_diagram(one.body, one.given)[0] for one in sources.values() if one.kind == DIAGRAM):
        for process in diagram.processes if diagram else ():
            asked.setdefault(process.id, set())
        for node in diagram.nodes if diagram else ():
            if "form" in node.properties:
                asked.setdefault(node.process, set()).add(node.properties["form"])
    return asked


def _starting_on_signals(diagram: Diagram, process: str) -> list[str]:
    ids = {one.ref for node in diagram.nodes if node.kind == "startEvent" and node.process == process
           and not node.parent for one in node.details.definitions if one.kind == "signal"}
    return sorted({diagram.named[ident].name for ident in ids if ident in diagram.named} - {""})


def _starting(diagram: Diagram, process: str) -> list[str]:
    begins = [node for node in diagram.nodes if node.process == process and not node.parent
              and (node.kind == "startEvent" or node.details.instantiates)]
    behind = (diagram.node(flow.target) for node in begins if node.kind == "eventBasedGateway"
              for flow in diagram.leaving(node.id))
    every = [*begins, *(node for node in behind if node is not None)]
    ids = {node.message for node in every if node.kind == "receiveTask"}
    ids |= {one.ref for node in every for one in node.details.definitions if one.kind == "message"}
    names = {diagram.messages.get(ident or "", "") for ident in ids}
    return sorted(names - {""})


# the same bytes are checked, deployed and checked again with the next upload; reading them once is enough


@lru_cache(maxsize=256)
def _diagram(body: bytes, given: str) -> tuple[Diagram | None, tuple[Finding, ...]]:
    try:
        return spiff.read_diagram(body, given), ()
    except Invalid as error:
        return None, tuple(refusals(error, given, "diagram-unreadable"))


@lru_cache(maxsize=256)
def _decisions(body: bytes, given: str) -> tuple[tuple[Decision, ...], tuple[Finding, ...]]:
    read, found = decisions.examine(body, given)
    return read, tuple(found)


@lru_cache(maxsize=512)
def _form(body: bytes, given: str) -> tuple[Form | None, tuple[Finding, ...]]:
    form, found = forms.examine(body, given)
    return form, tuple(found)
