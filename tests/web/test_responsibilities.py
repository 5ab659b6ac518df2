"""The page "Wer entscheidet was" tells what the deployed diagrams and tables say, of every body, and nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from engine import wiring
from tests.web.conftest import Reader
from web.app import create_app

ROOT = Path(__file__).parents[2]
PAGE = "/wer-entscheidet-was"
BEHIND_THE_SCENES = {"prozessverantwortung", "revision", "administration"}
"""Roles that run the service; they have no part in what becomes of an idea."""
COUNTY = json.loads((ROOT / "engine/demo/county.json").read_text())
BODIES = {body["key"]: body["name"] for body in COUNTY["bodies"] if body["key"] not in BEHIND_THE_SCENES}


@pytest.fixture
def reader(deployed_house: Any) -> Reader:
    return Reader(create_app(deployed_house).test_client())


def told_of(reader: Reader, body: str) -> str:
    """The card of one body, without markup."""
    page = reader.get(PAGE).text
    [card] = [card for card in re.findall(r'<article class="rg-card">.*?</article>', page, re.DOTALL)
              if f'id="{body}"' in card]
    return " ".join(re.sub(r"<[^>]+>", " ", card).split())


def deploy(house: Any, file: str, old: str, new: str) -> None:
    text = (ROOT / file).read_text()
    assert old in text
    with house.work() as work:
        wiring.deploy(work, {file: text.replace(old, new).encode()})


@pytest.mark.parametrize("body", BODIES)
def test_every_body_of_the_county_has_a_part(reader: Reader, body: str) -> None:
    assert BODIES[body].replace("&", "&amp;") in told_of(reader, body)


def test_the_public_hands_ideas_in(reader: Reader) -> None:
    reader.get(PAGE)
    assert "Öffentlichkeit: alle, die im Landkreis leben, arbeiten oder wirken Idee eingereicht" in reader.reads()


def test_bodies_that_decide_are_told_with_the_limits_of_their_competence(reader: Reader) -> None:
    assert "Betrag in Euro: ab 25.000 und unter 250.000 ; Eilbedürftig: nein , dann Organ: Kreisausschuss" in told_of(
        reader, "kreisausschuss")
    assert "Gegenstand: Strategie" in told_of(reader, "kreistag")
    assert "Ladungsfrist: 4 volle Tage (§ 27 Abs. 3 LKO)" in told_of(reader, "kreistag")


def test_bodies_among_which_a_process_chooses_all_have_the_part(reader: Reader) -> None:
    for body in ("kreistag", "kreisausschuss"):
        assert "Organ entscheidet" in told_of(reader, body)
    assert "Ausschuss berät vor" in told_of(reader, "kreisausschuss")
    assert "Organ entscheidet: Kreistag oder Kreisausschuss" in reader.reads()


def test_every_organ_the_table_knows_has_the_part_the_diagram_gives_it(reader: Reader) -> None:
    table = (ROOT / "bpmn/decisions/d_organ.dmn").read_text()
    organs = set(re.findall(r'aus_1">\s*<text>"(\w+)"', table)) & set(BODIES)
    assert {"kreistag", "kreisausschuss"} <= organs
    for organ in organs:
        assert "Organ entscheidet" in told_of(reader, organ)


def test_the_kreisvorstand_consents_to_the_agenda(reader: Reader) -> None:
    assert "Tagesordnung zustimmen Sitzung eines Gremiums" in told_of(reader, "kreisvorstand")


def test_tasks_are_told_with_their_deadline_in_words(reader: Reader) -> None:
    assert "Gutachten schreiben Gutachten einholen, Frist: 21 Tage" in told_of(reader, "expertenbeirat")
    assert "Formal prüfen Schritt 1: Idee qualifizieren, Frist: 5 Arbeitstage" in told_of(reader, "regionallotse")


def test_the_ten_working_groups_are_told_together(reader: Reader) -> None:
    assert "Smarte Wirtschaft" in told_of(reader, "arbeitsgruppe_arbeit")


def test_a_diagram_that_changes_changes_the_page(deployed_house: Any, reader: Reader) -> None:
    assert "Formal prüfen" in told_of(reader, "regionallotse")
    deploy(deployed_house, "bpmn/p1_idee_qualifizieren.bpmn", 'name="Formal prüfen"',
           'name="Auf Vollständigkeit sehen"')
    said = told_of(reader, "regionallotse")
    assert "Auf Vollständigkeit sehen" in said and "Formal prüfen" not in said


def test_a_table_and_a_limit_that_change_change_the_page(deployed_house: Any, reader: Reader) -> None:
    deploy(deployed_house, "bpmn/p3_entscheiden.bpmn", "wertgrenze_ausschuss = 250000", "wertgrenze_ausschuss = 300000")
    assert "ab 25.000 und unter 300.000" in told_of(reader, "kreisausschuss")
    deploy(deployed_house, "bpmn/decisions/d_organ.dmn", '<text>"kreisausschuss"</text>',
           '<text>"zukunftsausschuss"</text>')
    assert "dann Organ: Zukunftsausschuss" in told_of(reader, "zukunftsausschuss")


def test_it_speaks_english(reader: Reader) -> None:
    reader.get("/sprache/en")
    page = reader.get(PAGE).text
    assert "Who decides what" in page and "Wer entscheidet" not in page
