"""A deployment is frozen, versioned by content, checked as a whole, and warm without the database."""

import hashlib
import threading
from uuid import UUID

import pytest
from sqlalchemy import event, select

from engine.definitions import deployments
from engine.definitions.deployments import Content, Deployment, File
from engine.errors import Conflict, Forbidden, Invalid, NotFound
from engine.history.events import Event
from engine.work import CITIZEN
from tests.engine.definitions.conftest import (
    END,
    START,
    calling,
    deciding,
    drawing,
    form_file,
    line,
    simple,
    table,
)

PAIR = {"bpmn/p.bpmn": simple(), "forms/p/f.json": form_file()}
CHAIN = {"a.bpmn": calling("a", "b"), "b.bpmn": deciding("b", "d_x"), "d_x.dmn": table(), "c.bpmn": simple("c"),
         "forms/c/f.json": form_file()}


def started_by(process, message):
    start = f'<bpmn:startEvent id="start"><bpmn:messageEventDefinition id="x" messageRef="m"/></bpmn:startEvent>{END}'
    return drawing(start + line("start", "end"), process, before=f'<bpmn:message id="m" name="{message}"/>')


def rules_of(refused):
    return {(one.file, one.rule, one.element) for one in refused.value.findings}


def test_the_first_deployment_is_version_1_and_holds_what_the_process_needs(desk):
    assert desk.deploy(files=PAIR) == [("p", 1)]
    with desk.look() as work:
        row = deployments.current(work, "p")
        assert (row.name, row.deployed_at, row.deployed_by, row.starts_on) == ("Prozess p", desk.clock.now, None, None)
        assert row.manifest == {name: hashlib.sha256(body).hexdigest() for name, body in PAIR.items()}
        assert deployments.source(work, row, "forms/p/f.json") == PAIR["forms/p/f.json"]
        assert deployments.form(work, row.id, "p/f").components[0].label == "Name"
        assert deployments.diagram(work, row).node("t").name == "Aufgabe t"
        assert deployments.specification(work, row.id).process_id == "p"


def test_the_same_content_makes_no_new_version(desk):
    desk.deploy(files=PAIR)
    assert desk.deploy(files=PAIR) == []
    assert desk.deploy(files={"/elsewhere/forms/p/f.json": form_file()}) == []


def test_a_changed_form_makes_a_new_version_and_the_old_one_keeps_its_own(desk):
    desk.deploy(files=PAIR)
    assert desk.deploy(files={"forms/p/f.json": form_file(label="Vorname")}) == [("p", 2)]
    with desk.look() as work:
        new, old = deployments.versions(work, "p")
        assert [one.version for one in (new, old)] == [2, 1]
        labels = [deployments.form(work, one.id, "p/f").components[0].label for one in (new, old)]
        assert labels == ["Vorname", "Name"]
        assert new.hash != old.hash


def test_going_back_to_earlier_content_is_a_version_of_its_own_with_the_earlier_hash(desk):
    desk.deploy(files=PAIR)
    desk.deploy(files={"forms/p/f.json": form_file(label="Vorname")})
    assert desk.deploy(files=PAIR) == [("p", 3)]
    with desk.look() as work:
        third, _, first = deployments.versions(work, "p")
        assert third.hash == first.hash


def test_a_changed_table_renews_every_process_that_reaches_it_and_no_other(desk):
    assert desk.deploy(files=CHAIN) == [("a", 1), ("b", 1), ("c", 1)]
    assert desk.deploy(files={"d_x.dmn": table(output='"nein"')}) == [("a", 2), ("b", 2)]
    with desk.look() as work:
        row = deployments.current(work, "a")
        assert sorted(row.manifest) == ["bpmn/a.bpmn", "bpmn/b.bpmn", "bpmn/decisions/d_x.dmn"]
        assert deployments.diagram(work, row, "b").node("rule") is not None
        assert [one.id for one in deployments.decisions(work, row)] == ["d_x"]
        assert [one.process_id for one in deployments.processes(work)] == ["a", "b", "c"]


def test_processes_that_call_each_other_are_read_to_the_end(desk):
    assert desk.deploy(files={"a.bpmn": calling("a", "b"), "b.bpmn": calling("b", "a")}) == [("a", 1), ("b", 1)]


def test_one_error_keeps_everything_out_and_all_findings_are_told(desk):
    files = {**PAIR, "bpmn/q.bpmn": simple("q"), "d_x.dmn": table(policy="PRIORITY"), "forms/q/f.json": b"{",
             "bpmn/z.bpmn": b"<z"}
    with pytest.raises(Invalid) as refused, desk.work() as work:
        deployments.deploy(work, files)
    assert rules_of(refused) >= {
        ("bpmn/q.bpmn", "unknown-form", "t"), ("d_x.dmn", "decision-unreadable", "t"),
        ("forms/q/f.json", "form-unreadable", ""), ("bpmn/z.bpmn", "diagram-unreadable", ""),
    }
    with desk.look() as work:
        assert not work.session.scalars(select(Deployment)).all() and not work.session.scalars(select(Content)).all()


def test_a_check_says_the_same_and_writes_nothing(desk):
    with desk.work() as work:
        found = deployments.findings(work, {"bpmn/p.bpmn": simple()}, bodies={"kreistag"})
        assert [(one.rule, one.severity) for one in found] == [("unknown-form", "error")]
        assert deployments.findings(work, PAIR, bodies={"kreistag"}, operations=set()) == []
        assert not work.session.scalars(select(File)).all()


def test_bodies_are_asked_only_where_they_are_known(desk):
    with pytest.raises(Invalid) as refused:
        desk.deploy(files=PAIR, bodies={"cdo"})
    assert rules_of(refused) == {("bpmn/p.bpmn", "unknown-body", "t")}
    assert desk.deploy(files=PAIR, bodies={"kreistag"}) == [("p", 1)]


def test_a_file_that_breaks_another_one_in_the_library_is_refused(desk):
    desk.deploy(files=CHAIN)
    with pytest.raises(Invalid) as refused:
        desk.deploy(files={"d_x.dmn": table("d_y")})
    assert rules_of(refused) == {("bpmn/b.bpmn", "undefined-call", "rule")}


def test_what_was_wrong_in_the_library_before_keeps_nobody_out(desk):
    desk.deploy(files=PAIR)
    other = {"bpmn/q.bpmn": simple("q", body="cdo"), "forms/q/f.json": form_file()}
    assert desk.deploy(files=other, bodies={"cdo"}) == [("q", 1)]


def test_what_the_engine_refuses_is_a_finding_with_its_place(desk):
    part = (f'<bpmn:subProcess id="s"><bpmn:startEvent id="a"/><bpmn:endEvent id="b"/>{line("a", "b")}'
            "</bpmn:subProcess>")
    calls = drawing(START + part + '<bpmn:callActivity id="c" calledElement="q"/>' + END
                    + line("start", "s", "c", "end"))
    called = drawing(START + part + END + line("start", "s", "end"), "q")
    with pytest.raises(Invalid) as refused:
        desk.deploy(files={"bpmn/p.bpmn": calls, "bpmn/q.bpmn": called})
    (one,) = refused.value.findings
    assert (one.file, one.process, one.element, one.line, one.rule) == ("bpmn/p.bpmn", "p", "s", 1, "not-runnable")


def test_a_warning_does_not_stop_a_deployment(desk):
    assert desk.deploy(files={"p.bpmn": simple(form="")}) == [("p", 1)]


def test_a_form_without_a_folder_goes_to_the_process_that_asks_for_it(desk):
    assert desk.deploy(files={"p.bpmn": simple(), "f.json": form_file()}) == [("p", 1)]
    assert desk.deploy(files={"forms/f.json": form_file(label="Vorname")}) == [("p", 2)]
    with desk.look() as work:
        assert "forms/p/f.json" in deployments.current(work, "p").manifest


@pytest.mark.parametrize(("files", "rule"), [
    ({"g.json": form_file("g")}, "form-without-process"), ({"p.txt": b""}, "unknown-kind"),
    ({"a/p.bpmn": simple(), "b/p.bpmn": simple(due="P1D"), "forms/p/f.json": form_file()}, "duplicate-file"),
    ({"p.bpmn": simple(form=""), "q.bpmn": simple(form="")}, "duplicate-definition"),
    ({"p.bpmn": started_by("p", "los"), "q.bpmn": started_by("q", "los")}, "message-starts-two"),
])
def test_files_that_do_not_fit_together_are_refused(desk, files, rule):
    with pytest.raises(Invalid) as refused:
        desk.deploy(files=files)
    assert rule in {one.rule for one in refused.value.findings}


def test_a_message_starts_the_current_version_of_its_process(desk):
    desk.deploy(files={"p.bpmn": started_by("p", "los")})
    desk.deploy(files={"p.bpmn": started_by("p", "los").replace(b"Prozess p", b"Prozess P")})
    with desk.look() as work:
        assert deployments.started_by(work, "los").version == 2
        assert deployments.started_by(work, "halt") is None
    desk.deploy(files={"p.bpmn": started_by("p", "halt")})
    with desk.look() as work:
        assert deployments.started_by(work, "los") is None


def test_deploying_is_written_down_with_hash_and_version(desk):
    desk.deploy(files=PAIR)
    with desk.look() as work:
        (one,) = work.session.scalars(select(Event))
        row = deployments.current(work, "p")
        assert (one.verb, one.subject_id) == ("process.deployed", row.id)
        assert one.particulars == {"process": "p", "name": "Prozess p", "version": 1, "hash": row.hash}


def test_what_is_not_there_is_answered_with_a_sentence(desk):
    desk.deploy(files=PAIR)
    with desk.look() as work:
        row = deployments.current(work, "p")
        for ask in (
            lambda: deployments.current(work, "q"), lambda: deployments.source(work, row, "bpmn/q.bpmn"),
            lambda: deployments.form(work, row.id, "p/g"), lambda: deployments.diagram(work, row, "q"),
            lambda: deployments.specification(work, UUID(int=1)),
        ):
            with pytest.raises(NotFound):
                ask()


def test_a_warm_process_asks_the_database_nothing(desk):
    desk.deploy(files=CHAIN)
    with desk.look() as work:
        row = deployments.current(work, "c")
        asked = []

        def everything():
            return (deployments.specification(work, row.id), deployments.form(work, row.id, "c/f"),
                    deployments.diagram(work, row), deployments.decisions(work, row))

        first = everything()
        event.listen(desk.database.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
        second = everything()
        assert all(one is other for one, other in zip(first, second, strict=True))
        assert not asked


def test_a_citizen_may_not_deploy(desk):
    with pytest.raises(Forbidden), desk.work(CITIZEN) as work:
        deployments.deploy(work, PAIR)


def test_two_deployments_at_once_do_not_make_the_same_version_twice(desk):
    desk.deploy(files=PAIR)
    ready, results = threading.Barrier(2), []

    def upload(label):
        ready.wait()
        try:
            results.extend(desk.deploy(files={"forms/p/f.json": form_file(label=label)}))
        except Conflict:
            results.append(("p", None))

    threads = [threading.Thread(target=upload, args=(label,)) for label in ("Vorname", "Nachname")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(results) == [("p", 2), ("p", 3)]
    with desk.look() as work:
        assert [one.version for one in deployments.versions(work, "p")] == [3, 2, 1]
