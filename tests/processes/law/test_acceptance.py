"""The county's acceptance scenarios, through real processes, meetings and databases, one after the other.

Scenarios 9 to 14 are told where their paragraphs are: 9 in test_invitations.py,
10 to 12 in test_votes.py, 13 in test_circulars.py, 14 in
test_urgent_decisions.py.
"""

import io
import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from engine import wiring
from engine.council import agendas, meetings, papers
from engine.demo import county
from engine.history import seal
from engine.ideas import contests, dialogues, ideas
from engine.ideas.ideas import Idea
from engine.runtime import archives, instances, tasks
from engine.runtime.instances import Instance
from engine.work import CITIZEN
from tests.council import Council
from tests.engine.council.test_an_ideas_item import held
from tests.journeys import IDEA, Journey
from tests.processes import answers

ROOT = Path(__file__).parents[3]
CDO = county.logins_of("cdo")[0]


def item_of(council: Council, journey: Journey, meeting: Any) -> Any:
    with council.look() as work:
        return next(item.id for item in agendas.of(work, meetings.show(work, meeting)) if item.subject_id == journey.id)


def announced(council: Council, winners: int = 1) -> str:
    """A contest from the 10th to the 20th of March 2026; returns its key."""
    with council.work(CDO) as work:
        instance_id = contests.begin(work).id
    with council.house.work(now=council.clock.now) as work:
        [task] = tasks.siblings_open(work, instance_id)
        instances.complete_task(work, task.id, {
            "w_titel": "Gutes Leben im Dorf", "w_frage": "Was hilft dem Leben im Dorf?", "w_beginn": "2026-03-10",
            "w_ende": "2026-03-20", "w_umsetzbar_bis": "Ende 2028", "w_anzahl": winners})
    with council.look() as work:
        return contests.listing(work)[0].key


def handed_in(council: Council, key: str, title: str) -> tuple[Any, bool]:
    with council.house.work(CITIZEN, council.clock.now) as work:
        idea, _, in_time = contests.hand_in(work, key, **{**IDEA, "title": title})
    council.run()
    return idea.id, in_time


def test_1_an_idea_goes_straight_through_and_the_kreistag_adopts_it(council: Council) -> None:
    """29 yes, 0 no, 16 abstentions."""
    days = {"lenkungsgruppe": "2026-06-09T17:00", "kreisausschuss": "2026-07-14T17:00", "kreistag": "2026-09-14T16:00"}
    evenings = {body: council.meeting(body, day) for body, day in days.items()}
    journey = Journey(council)
    journey.goes_to("t3_vorlage")
    for element in ("t3_vorlage", "t3_pruefung", "t3_zeichnung"):
        journey.do(element)
    for body, there in (("lenkungsgruppe", 20), ("kreisausschuss", 13)):
        held(council, evenings[body], days[body], there)
        council.vote(evenings[body], item_of(council, journey, evenings[body]), yes=there)
        council.concluded(item_of(council, journey, evenings[body]))
        council.complete(evenings[body], "m_sitzung")
    held(council, evenings["kreistag"], days["kreistag"], 45)
    council.vote(evenings["kreistag"], item_of(council, journey, evenings["kreistag"]), yes=29, abstained=16)
    council.concluded(item_of(council, journey, evenings["kreistag"]))
    council.complete(evenings["kreistag"], "m_sitzung")
    assert journey.results[-1] == ("kreistag", "beschlossen", 29, 0, 16)
    assert journey.status == "beschlossen" and journey.waits_at("t4_start")


def test_2_who_denies_openness_is_rejected_with_k6(council: Council) -> None:
    journey = Journey(council)
    journey.goes_to("t1_vorpruefung")
    journey.do("t1_vorpruefung", answers.precheck(offenheit="nein"))
    assert journey.data("t1_entscheid")["vorschlag"] == "ablehnen"
    journey.do("t1_entscheid", answers.qualify("ablehnen", t1_grund_code="K6"))
    assert (journey.status, journey.reason[0]) == ("nicht_weiterverfolgt", "K6")


def test_3_a_question_without_an_answer_for_21_days_parks_and_does_not_reject(council: Council) -> None:
    journey = Journey(council)
    journey.do("t1_formal", answers.formal("rueckfrage"))
    journey.do("t_frage", answers.question(21))
    council.clock.advance(days=20)
    council.run()
    assert journey.status == "rueckfrage"
    council.clock.advance(days=3)
    council.run()
    assert journey.status == "zurueckgestellt" and journey.outcomes == {"p1_idee_qualifizieren": "end_geparkt"}


def test_4_a_duplicate_is_merged_and_both_stay_readable(council: Council) -> None:
    first = Journey(council)
    first.goes_to("t1_vorpruefung")
    second = Journey(council, title="Noch eine Mitfahrbank am Markt")
    second.do("t1_formal")
    second.do("t1_dublette", answers.duplicate(first.number))
    assert second.status == "zusammengefuehrt" and first.waits_at("t1_vorpruefung")
    with council.look() as work:
        one, other = ideas.by_number(work, first.number), ideas.by_number(work, second.number)
        merged = ideas.merged_into(work, other)
        assert merged is not None and merged.id == one.id and other.text


def test_5_withdrawn_under_review_the_reviewers_have_nothing_left_to_do(council: Council) -> None:
    journey = Journey(council)
    journey.goes_to("g_befangenheit")
    journey.do("g_befangenheit")
    assert journey.waits_at("g_befangenheit", "g_gutachten")
    journey.withdraw()
    assert journey.open == [] and journey.status == "zurueckgezogen"


def test_6_a_biased_reviewer_is_replaced_kept_on_record_and_not_counted(council: Council) -> None:
    journey = Journey(council)
    journey.goes_to("g_befangenheit")
    biased = journey.do("g_befangenheit", answers.biased()).assignee_id
    journey.do("g_ersatz", {"g_ersatz": "ersetzen"})
    asked = {task.assignee_id for task in journey.open if task.element == "g_befangenheit"}
    assert len(asked) == 2 and biased not in asked
    journey.goes_to("t2_freigabe")
    seen = journey.data("t2_freigabe")
    assert seen["anzahl_gutachten"] == 2 and str(biased) not in {str(one["person"]) for one in seen["gutachten"]}
    assert [one["anlass"] for one in seen["gutachter_protokoll"]] == ["befangen"]


def test_7_scores_of_5_and_2_ask_for_a_third_review(council: Council) -> None:
    journey = Journey(council)
    journey.goes_to("g_befangenheit")
    for score in (5, 2):
        journey.do("g_befangenheit")
        journey.do("g_gutachten", answers.review(4, nutzen=score))
    assert journey.waits_at("t2_gutachter") and journey.data("t2_gutachter")["spannweite"] == 3
    journey.do("t2_gutachter", answers.experts(1))
    journey.goes_to("t2_freigabe")
    assert journey.data("t2_freigabe")["anzahl_gutachten"] == 3


@pytest.mark.parametrize(("more", "proposal"), [
    ({"nutzen": 4, "innovation": 4, "machbarkeit": 4, "teilhabe": 4}, "empfehlen"),
    ({"nutzen": 4, "innovation": 4, "machbarkeit": 4, "nachhaltig": 4}, "ueberarbeiten"),
])
def test_8_seventy_points_are_recommended_and_less_is_reworked(
    council: Council, more: dict[str, int], proposal: str
) -> None:
    journey = Journey(council)
    journey.goes_to("t2_freigabe", g_gutachten=answers.review(3, **more))
    assert journey.data("t2_freigabe")["vorschlag"] == proposal


def test_15_a_running_idea_ends_on_the_model_it_began_with_and_its_history_names_it(council: Council) -> None:
    before = Journey(council)
    file = "bpmn/p1_idee_qualifizieren.bpmn"
    changed = (ROOT / file).read_text().replace('name="Formal prüfen"', 'name="Auf Vollständigkeit sehen"')
    with council.house.work(now=council.clock.now) as work:
        wiring.deploy(work, {file: changed.encode()})
    after = Journey(council, title="Eine Bank am Weiher")
    assert [before.open[0].name, after.open[0].name] == ["Formal prüfen", "Auf Vollständigkeit sehen"]
    before.goes_to("t2_zuordnen")
    old, new = before.instance("p1_idee_qualifizieren"), after.instance("p1_idee_qualifizieren")
    assert (old.outcome, old.version, new.version) == ("end_qualifiziert", 1, 2)
    with council.look() as work:
        told = [archives.told(work, work.get(Instance, one.id)) for one in (old, new)]
    assert told[0]["version"] == 1 and told[0]["deployment"] != told[1]["deployment"]


def test_16_an_erased_contact_is_gone_the_chain_valid_and_the_public_page_whole(council: Council) -> None:
    journey = Journey(council, mail="erika@example.org")
    with council.house.work(now=council.clock.now) as work:
        idea = work.get(Idea, journey.id)
        chain = work.get(Instance, journey.instance("p1_idee_qualifizieren").id)
        dialogues.erase_contact(work, idea, chain)
    with council.look() as work:
        assert ideas.contact_of(work, journey.id) is None
        assert list(seal.verify(work)) == []
        assert work.get(Idea, journey.id).title == "Mitfahrbank am Marktplatz"
        assert "erika@example.org" not in json.dumps(archives.told(
            work, work.get(Instance, journey.instance("p1_idee_qualifizieren").id)), default=str)


def test_17_an_entry_one_second_late_goes_to_the_idea_store(council: Council) -> None:
    """23:59:59 takes part, 00:00:01 does not."""
    key = announced(council)
    council.run("2026-03-10T00:00:00")
    council.clock.at("2026-03-20T23:59:59")
    assert handed_in(council, key, "Die letzte Sekunde gilt")[1]
    council.run("2026-03-21T00:00:01")
    late, in_time = handed_in(council, key, "Eine Sekunde zu spät")
    assert not in_time
    with council.look() as work:
        contest = contests.by_key(work, key)
        assert contest.state == "bewertung"
        assert [idea.title for idea in contests.entries(work, contest)[1]] == ["Die letzte Sekunde gilt"]
        assert work.get(Idea, late).contest_id is None


def test_18_an_auditor_takes_an_idea_away_as_one_file_whose_checksums_hold(council: Council, tmp_path: Path) -> None:
    journey = Journey(council)
    journey.goes_to("t3_pruefung")
    with council.look() as work:
        instance = work.get(Instance, journey.instance("p3_entscheiden").id)
        contents = archives.files(work, instance)
        assert papers.of_instance(work, instance.id) is not None
        made = archives.pack(contents)
        assert made == archives.pack(archives.files(work, instance))
        heads = {one.process_id: one.chain_head for one in instances.of_subject(work, journey.id)}
    zipfile.ZipFile(io.BytesIO(made)).extractall(tmp_path)
    checked = subprocess.run(["sha256sum", "--check", "--strict", archives.SUMS], cwd=tmp_path, capture_output=True,
                             text=True, check=False)
    assert checked.returncode == 0 and checked.stdout.count(": OK") == len(contents)
    for process, head in heads.items():
        [file] = tmp_path.glob(f"verlauf/*-{process}.json")
        assert json.loads(file.read_text())["events"][-1]["hash"] == head
        assert list((tmp_path / "modelle").glob(f"{process}-1/bpmn/{process}.bpmn"))
    (tmp_path / "verlauf/01-p1_idee_qualifizieren.json").write_text("{}")
    again = subprocess.run(["sha256sum", "--check", archives.SUMS], cwd=tmp_path, capture_output=True, check=False)
    assert again.returncode != 0
