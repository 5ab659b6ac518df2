"""Diagrams of other tools, and files that are none, are listed with what is wrong with them, and with our way."""

import time

import pytest

from engine import spiff
from engine.definitions.findings import Finding, errors
from engine.definitions.library import Library, named
from tests.engine.definitions import foreign
from tests.engine.spiff.models import Run
from web.picture import draw

FILES = {**foreign.drawn(), **foreign.coded(), **foreign.hostile()}
BODIES, OPERATIONS = {"bauamt", "abfall"}, {"idea/publish"}


def found_in(name: str) -> tuple[Library, list[Finding]]:
    placed, found = named({name: FILES[name]}, {})
    library = Library(placed)
    return library, found + library.check(BODIES, OPERATIONS)


MAIN: list[tuple[str, str, str, int | None, str]] = [
    # file, rule, element, line, what is said
    ("camunda7.bpmn", "foreign-extension", "Activity_pruefen", 8,
     "„Menge prüfen“: camunda:formKey=\"embedded:app:forms/menge.html\" wird hier nicht gelesen; nennen Sie das "
     "Formular in der Eigenschaft „form“ (forms/<Prozess>/<Formular>.json)."),
    ("camunda7.bpmn", "foreign-extension", "Activity_pruefen", 8, "camunda:assignee=\"${antragsteller}\""),
    ("camunda7.bpmn", "foreign-extension", "Activity_pruefen", 8, "Schlüssel die Kennung ihrer Bahn ist"),
    ("camunda7.bpmn", "foreign-extension", "Activity_pruefen", 13, "als eigenen Schritt"),
    ("camunda7.bpmn", "foreign-extension", "Activity_termin", 28, "spiffworkflow:serviceTaskOperator"),
    ("camunda7.bpmn", "foreign-expression", "Flow_4", 25, "hier hieße sie etwa: kubikmeter > 3 and privat"),
    ("camunda7.bpmn", "undefined-call", "Activity_termin", 28, "muss einen Dienst aufrufen"),
    ("camunda8.bpmn", "foreign-extension", "pruefen", 9, "zeebe:formDefinition (formId=\"hund_pruefen\")"),
    ("camunda8.bpmn", "foreign-extension", "satz", 34, "spiffworkflow:calledDecisionId"),
    ("camunda8.bpmn", "foreign-expression", "f_ja", 18, "etwa: rasse == \"Kampfhund\" and gewicht > 20"),
    ("flowable.bpmn20.xml", "foreign-extension", "sid-7B1A", 7, "flowable:candidateGroups=\"leitung\""),
    ("flowable.bpmn20.xml", "foreign-extension", "sid-X1", 14, "Skripte und Ausdrücke sind hier Python"),
    ("flowable.bpmn20.xml", "foreign-expression", "sid-F4", 19, "etwa: not genehmigt"),
    ("signavio.bpmn", "not-executable", "sid-E5D3B2A1-PROZESS", 7, "nicht als ausführbar gekennzeichnet"),
    ("signavio.bpmn", "foreign-extension", "sid-3a2b6c1d-5e4f-4a0b-9c8d-7e6f5a4b3c2d", 4,
     "Angaben von Signavio werden hier nicht gelesen: signavio:signavioDiagramMetaData"),
    ("signavio.bpmn", "unknown-body", "sid-AAAA1111-0000-4000-8000-000000000002", 15, "liegt bei „sid-LANE-0001“"),
    ("jbpm.bpmn2", "foreign-extension", "_3", 23, "drools:ruleFlowGroup=\"foerderung\""),
    ("jbpm.bpmn2", "foreign-extension", "_4-_5", 28, "language=\"http://www.java.com/java\""),
    ("jbpm.bpmn2", "bad-expression", "_4-_5", 27, "return betrag > 5000;"),
    ("bpmn_io.bpmn", "not-executable", "Process_1", 3, "nicht als ausführbar gekennzeichnet"),
    ("bpmn_io.bpmn", "missing-end-event", "Process_1", 3, "fehlt ein Endereignis"),
    ("pools.bpmn", "not-executable", "bauherrin", 19, "„Bauherrin“ ist nicht als ausführbar gekennzeichnet"),
    ("choreography.bpmn", "not-executable", "", None, "enthält keinen Prozess"),
    ("choreography.bpmn", "unsupported-element", "Vergabe", 3, "choreography"),
    ("conversation.bpmn", "not-executable", "", None, "enthält keinen Prozess"),
    ("other_prefix.bpmn", "missing-diagram-part", "schluss", 5, "ist nicht gezeichnet"),
    ("default_namespace.bpmn", "missing-diagram-part", "", None, "enthält keine Zeichnung"),
    ("decision.bpmn", "diagram-unreadable", "x", 2, "Ihr Name muss auf .dmn enden"),
    ("page.bpmn", "diagram-unreadable", "", 1, "Die Datei ist eine Webseite"),
    ("entities.bpmn", "diagram-unreadable", "", 1, "DOCTYPE-Angabe"),
    ("externe_entity.bpmn", "diagram-unreadable", "", 1, "DOCTYPE-Angabe"),
    ("leer.bpmn", "diagram-unreadable", "", None, "Die Datei ist leer."),
    ("nur_bom.bpmn", "diagram-unreadable", "", None, "Die Datei ist leer."),
    ("null.bpmn", "diagram-unreadable", "", None, "Die Datei ist leer."),
    ("halb.bpmn", "diagram-unreadable", "", 6, "kein lesbares XML (Zeile 6)"),
    ("falsche_kodierung.bpmn", "diagram-unreadable", "", 3, "kein lesbares XML (Zeile 3)"),
    ("unbekannte_kodierung.bpmn", "diagram-unreadable", "", 1, "KLINGON-1"),
    ("ohne_namensraum.bpmn", "diagram-unreadable", "", 1, "sie beginnt mit „definitions“"),
    ("alter_namensraum.bpmn", "diagram-unreadable", "", 1, "sie beginnt mit „definitions“"),
    ("svg.xml", "diagram-unreadable", "", 1, "sie beginnt mit „svg“"),
    ("ohne_prozess.bpmn", "not-executable", "", None, "enthält keinen Prozess"),
    ("tief.bpmn", "missing-end-event", "s7", 1, "fehlt ein Endereignis"),
    ("zu_tief.bpmn", "diagram-unreadable", "", 1, "kein lesbares XML"),
    ("fuenf_mb.bpmn", "too-large", "", None, "Das Diagramm hat"),
    ("bild.bpmn", "diagram-unreadable", "", 1, "kein lesbares XML"),
    ("zip.bpmn", "diagram-unreadable", "", 1, "kein lesbares XML"),
    ("formular.bpmn", "diagram-unreadable", "", 1, "kein lesbares XML"),
]


@pytest.mark.parametrize(("file", "rule", "element", "line", "said"), MAIN,
                         ids=[f"{file}-{rule}-{element[:20]}-{place}" for place, (file, rule, element, *_)
                              in enumerate(MAIN)])
def test_what_is_wrong_is_said(file: str, rule: str, element: str, line: int | None, said: str) -> None:
    found = [one for one in found_in(file)[1] if (one.rule, one.element, one.line) == (rule, element, line)]
    assert any(said in one.message.de for one in found), found


@pytest.mark.parametrize("file", FILES)
def test_it_opens_and_every_finding_has_its_place(file: str) -> None:
    before = time.perf_counter()
    library, found = found_in(file)
    for diagram in library.diagrams.values():
        assert draw(diagram).startswith(("<svg", "<?xml"))
        ids = {one.id for one in (*diagram.processes, *diagram.nodes, *diagram.flows, *diagram.lanes, *diagram.extras)}
        outside = [one.element for one in found if one.element and one.element not in ids
                   and one.rule != "foreign-extension" and not one.rule.startswith("schema")]
        assert outside == []
    assert all(one.file == file and one.message.de != one.message.en and one.line != 0 for one in found)
    assert time.perf_counter() - before < 10


@pytest.mark.parametrize("file", [*foreign.coded(), "default_namespace.bpmn", "other_prefix.bpmn"])
def test_what_is_only_written_differently_runs(file: str) -> None:
    library, found = found_in(file)
    assert errors(found) == []
    (bundle,) = library.bundles()
    run = Run(spiff.specification(library.runnable(bundle))).start()
    if file == "default_namespace.bpmn":
        assert run.path == ["s", "x", "g", "viel"] and run.step.ended == "viel", "comments cut nothing off"
        return
    (task,) = run.step.open_tasks
    assert (task.name, task.lane) in (("Öffentlich prüfen", "bauamt"), ("Ummelden", "bauamt"))
    assert run.complete(task.element).step.ended is not None


def test_all_that_is_not_read_is_told_of_once() -> None:
    _, found = found_in("camunda7.bpmn")
    told = [(one.element, one.message.de) for one in found if one.rule == "foreign-extension"]
    assert len(told) == len(set(told)) == 11
    assert all(one.severity == "warning" for one in found if one.rule.startswith("foreign"))
