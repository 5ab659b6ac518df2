"""The demo county's data keeps its promises: seventy ideas, every stage, and scores that lead where the story says."""

import json
from collections import Counter
from datetime import date, datetime
from importlib import resources
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

HERE = resources.files("engine.demo")
COUNTY: dict[str, Any] = json.loads((HERE / "county.json").read_text(encoding="utf-8"))
IDEAS: list[dict[str, Any]] = json.loads((HERE / "ideas.json").read_text(encoding="utf-8"))
BY_SLUG = {idea["slug"]: idea for idea in IDEAS}

DESTINIES = {
    "frisch_eingegangen": 5, "wartet_auf_bestaetigung": 2, "unbestaetigt": 1, "formal_offen": 2,
    "rueckfrage_offen": 3, "vorpruefung_offen": 4, "entscheid_offen": 3, "abgelehnt_1": 4, "geparkt_1": 3,
    "zusammengefuehrt": 3, "nicht_zustaendig": 2, "missbrauch": 1, "zurueckgezogen": 2,
    "qualifiziert_zuordnen": 2, "ausarbeitung": 4, "stellungnahmen": 3, "begutachtung": 3, "freigabe": 2,
    "ueberarbeitung": 2, "abgelehnt_2": 2, "geparkt_2": 1, "vorlage": 2, "lenkungsgruppe": 3, "entscheidung": 2,
    "abgelehnt_3": 1, "beschlossen": 4, "geaendert_beschlossen": 1, "umsetzung": 2, "umgesetzt": 1,
}
DECIDED = {"abgelehnt_3", "beschlossen", "geaendert_beschlossen", "umsetzung", "umgesetzt"}
RECOMMENDED = DECIDED | {"freigabe", "geparkt_2", "vorlage", "lenkungsgruppe", "entscheidung"}
REVIEWED = RECOMMENDED | {"begutachtung", "ueberarbeitung", "abgelehnt_2"}
DRAFTED = REVIEWED | {"stellungnahmen"}
QUALIFIED = DRAFTED | {"qualifiziert_zuordnen", "ausarbeitung"}
EXAMINED = QUALIFIED | {"entscheid_offen", "abgelehnt_1", "geparkt_1"}
UNTOUCHED = {"frisch_eingegangen", "wartet_auf_bestaetigung", "unbestaetigt"}
WEIGHTS = {"nutzen": 20, "strategie": 15, "modell": 15, "dauer": 15, "innovation": 10, "machbarkeit": 10,
           "teilhabe": 10, "nachhaltig": 5}
KO = {"gemeinwohl", "strategiebezug", "digitalbezug", "raumbezug", "uebertragbarkeit", "offenheit",
      "zusaetzlichkeit", "zeitraum", "machbarkeit"}
REASONS = {*(f"K{number}" for number in range(1, 10)), "P1", "F1", "F2", "F3", "F4", "R1", "R2"}
PROFILE = {"kurz", "problem", "zielgruppe", "loesungsidee", "betreiber", "nachnutzung", "barrierefreiheit",
           "datenschutz", "nachhaltigkeit", "erfolgskennzahlen", "daten_und_schnittstellen", "kosten_gesamt",
           "kosten_foerderfaehig", "folgekosten_pro_jahr"}
STORY = {"formal_notiz", "frage", "antwort", "keine_antwort", "ko", "quick", "zielbild", "loesung", "kosten_grob",
         "reason_code", "begruendung", "gruppe", "steckbrief", "stellungnahmen", "gutachten", "gutachten_abgegeben",
         "beschlussvorschlag", "wortlaut", "votes", "meilensteine", "fortschritt", "abschlussbericht", "empfehlung",
         "mit", "weiter_an", "wiedervorlage", "geld_gesichert", "rueckzug_in", "rueckzug_grund"}
DEMO_DAY = date(2026, 11, 23)


def keys(part: str) -> set[str]:
    return {row["key"] for row in COUNTY[part]}


def with_destiny(*destinies: str) -> list[dict[str, Any]]:
    found = [idea for idea in IDEAS if idea["destiny"] in destinies]
    assert found
    return found


def points(reviews: list[dict[str, Any]]) -> float:
    means = {key: sum(review["scores"][key] for review in reviews) / len(reviews) for key in WEIGHTS}
    return sum(weight * means[key] for key, weight in WEIGHTS.items()) / 5


def spread(reviews: list[dict[str, Any]]) -> int:
    return max(max(review["scores"][key] for review in reviews) - min(review["scores"][key] for review in reviews)
               for key in WEIGHTS)


def test_seventy_ideas_with_the_promised_destinies() -> None:
    assert len(IDEAS) == 70
    assert Counter(idea["destiny"] for idea in IDEAS) == DESTINIES


def test_every_theme_and_every_municipality_has_its_ideas() -> None:
    themes = Counter(idea["theme"] for idea in IDEAS)
    places = Counter(idea["municipality"] for idea in IDEAS)
    assert set(themes) == keys("themes") and len(themes) == 10 and min(themes.values()) >= 4
    assert set(places) == keys("municipalities") and len(places) == 11 and min(places.values()) >= 3


def test_slugs_titles_and_texts_are_unique_and_of_readable_length() -> None:
    for field in ("slug", "title", "text"):
        assert len({idea[field] for idea in IDEAS}) == 70, field
    for idea in IDEAS:
        assert 10 <= len(idea["title"]) <= 90, idea["slug"]
        assert 80 <= len(idea["text"].split()) <= 250, idea["slug"]
        assert idea["connection"] in {"lebt", "arbeitet", "wirkt"}


def test_no_two_ideas_begin_alike() -> None:
    beginnings = Counter(" ".join(idea["text"].split()[:3]) for idea in IDEAS)
    assert max(beginnings.values()) == 1, beginnings.most_common(3)


def test_ideas_come_by_day_and_in_order_of_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    times = [datetime.fromisoformat(idea["handed_in"]) for idea in IDEAS]
    assert all(earlier < later for earlier, later in pairwise(times))
    for moment in times:
        assert moment.utcoffset() == moment.astimezone(berlin).utcoffset(), moment
        assert 5 <= moment.hour <= 23
        assert date(2025, 3, 1) <= moment.date() <= date(2026, 11, 18)


def test_the_further_an_idea_has_come_the_longer_it_had_time() -> None:
    def weeks(idea: dict[str, Any]) -> int:
        return (DEMO_DAY - datetime.fromisoformat(idea["handed_in"]).date()).days // 7

    assert all(weeks(idea) <= 2 for idea in with_destiny("frisch_eingegangen", "wartet_auf_bestaetigung"))
    assert all(weeks(idea) >= 39 for idea in with_destiny(*DECIDED))
    assert all(weeks(idea) >= 9 for idea in with_destiny(*DRAFTED))
    assert all(weeks(idea) >= 4 for idea in with_destiny(*QUALIFIED))
    assert all(weeks(idea) >= 5 for idea in with_destiny("unbestaetigt"))


def test_only_addresses_that_can_belong_to_nobody_are_used() -> None:
    mails = [idea["contact"] for idea in IDEAS if idea["contact"]] + [person["mail"] for person in COUNTY["people"]]
    assert mails and all(mail.endswith("@example.org") and mail.isascii() for mail in mails)
    assert len(mails) == len(set(mails))
    assert all(idea["contact"] for idea in with_destiny("wartet_auf_bestaetigung", "unbestaetigt"))


def test_one_business_secret_and_some_ideas_of_children() -> None:
    assert sum(idea["business_secret"] for idea in IDEAS) == 1
    children = [idea for idea in IDEAS if idea["under_16"]]
    assert len(children) >= 3 and not any(idea["contact"] for idea in children)


def test_a_story_uses_only_known_words() -> None:
    for idea in IDEAS:
        story = idea["story"]
        assert set(story) <= STORY, (idea["slug"], set(story) - STORY)
        assert set(story.get("ko", {})) <= KO
        assert all(answer in {"nein", "unklar"} and reason for answer, reason in story.get("ko", {}).values())
        assert story.get("reason_code", "P1") in REASONS
        assert story.get("gruppe", "arbeitsgruppe_arbeit") in keys("bodies")


def test_untouched_ideas_have_no_story_and_all_others_passed_the_formal_check() -> None:
    for idea in IDEAS:
        if idea["destiny"] in UNTOUCHED:
            assert idea["story"] == {}, idea["slug"]
        else:
            assert idea["story"]["formal_notiz"], idea["slug"]


def test_examined_ideas_carry_quick_scores_vision_and_rough_cost() -> None:
    for idea in with_destiny(*EXAMINED):
        story = idea["story"]
        assert set(story["quick"]) == {"nutzen", "innovation", "machbarkeit"}
        assert all(0 <= value <= 5 for value in story["quick"].values())
        assert story["zielbild"] in {"veraendert", "mobil", "vernetzt"} and story["loesung"]
        assert story["kosten_grob"] in {"bis_25", "bis_100", "bis_250", "ueber_250"}


def test_refused_ideas_fail_a_criterion_and_get_a_helpful_answer() -> None:
    for idea in with_destiny("abgelehnt_1"):
        assert "nein" in {answer for answer, _ in idea["story"]["ko"].values()}
    refused = with_destiny("abgelehnt_1", "abgelehnt_2", "abgelehnt_3", "geparkt_1", "geparkt_2", "nicht_zustaendig")
    for idea in refused:
        assert len(idea["story"]["begruendung"].split()) >= 25, idea["slug"]


def test_qualified_ideas_fail_no_criterion() -> None:
    for idea in with_destiny(*QUALIFIED):
        assert "nein" not in {answer for answer, _ in idea["story"].get("ko", {}).values()}
        if idea["story"].get("ko"):
            assert idea["story"]["antwort"], "what was unclear must have been answered"


def test_parked_ideas_return_after_the_demo_day_and_one_waits_for_an_answer() -> None:
    parked = with_destiny("geparkt_1", "geparkt_2")
    assert all(date.fromisoformat(idea["story"]["wiedervorlage"]) > DEMO_DAY for idea in parked)
    silent = [idea for idea in parked if idea["story"].get("keine_antwort")]
    assert len(silent) == 1 and silent[0]["story"]["frage"] and "antwort" not in silent[0]["story"]


def test_merged_ideas_name_an_older_idea_of_the_same_theme() -> None:
    for idea in with_destiny("zusammengefuehrt"):
        other = BY_SLUG[idea["story"]["mit"]]
        assert other["handed_in"] < idea["handed_in"]
        assert other["theme"] == idea["theme"] and other["destiny"] != "zusammengefuehrt"


def test_drafts_are_complete_and_their_money_adds_up() -> None:
    limits = {"bis_25": 25_000, "bis_100": 100_000, "bis_250": 250_000, "ueber_250": 10_000_000}
    for idea in with_destiny(*DRAFTED):
        draft = idea["story"]["steckbrief"]
        assert set(draft) == PROFILE, idea["slug"]
        assert 0 < draft["kosten_foerderfaehig"] <= draft["kosten_gesamt"] <= limits[idea["story"]["kosten_grob"]]
        assert 0 < draft["folgekosten_pro_jahr"] < draft["kosten_gesamt"]
        assert set(idea["story"]["stellungnahmen"]) == {"technik", "beteiligung", "foerdermittel"}


@pytest.mark.parametrize("destinies, low, high", [
    (RECOMMENDED, 70, 101), ({"ueberarbeitung"}, 50, 70), ({"abgelehnt_2"}, 0, 50), ({"begutachtung"}, 70, 101),
])
def test_scores_lead_where_the_destiny_says(destinies: set[str], low: int, high: int) -> None:
    for idea in with_destiny(*destinies):
        assert low <= points(idea["story"]["gutachten"]) < high, (idea["slug"], points(idea["story"]["gutachten"]))


def test_a_third_review_exists_exactly_where_the_first_two_disagree() -> None:
    counts = Counter()
    for idea in with_destiny(*REVIEWED):
        reviews = idea["story"]["gutachten"]
        assert all(set(review["scores"]) == set(WEIGHTS) and review["text"] for review in reviews)
        assert all(0 <= score <= 5 for review in reviews for score in review["scores"].values())
        assert len(reviews) == (3 if spread(reviews[:2]) > 2 else 2), idea["slug"]
        counts[len(reviews)] += 1
    assert counts[3] == 1


def test_votes_fit_the_council_and_the_result() -> None:
    council = next(body for body in COUNTY["bodies"] if body["key"] == "kreistag")
    for idea in with_destiny(*DECIDED):
        story, votes = idea["story"], idea["story"]["votes"]
        present = sum(votes.values())
        assert council["statutory_number"] / 2 < present <= council["statutory_number"]
        assert (votes["ja"] > votes["nein"]) is (idea["destiny"] != "abgelehnt_3")
        assert story["wortlaut"] and story["beschlussvorschlag"]
    assert {"ja": 29, "nein": 0, "enthaltung": 16} in [idea["story"]["votes"] for idea in with_destiny("beschlossen")]
    changed = with_destiny("geaendert_beschlossen")[0]["story"]
    assert changed["wortlaut"] != changed["beschlussvorschlag"]


def test_work_under_way_has_milestones() -> None:
    for idea in with_destiny("umsetzung", "umgesetzt"):
        assert len(idea["story"]["meilensteine"]) >= 4
        assert (idea["story"]["fortschritt"] == 100) is (idea["destiny"] == "umgesetzt")


def test_every_body_has_a_member_and_every_seat_a_body() -> None:
    bodies = {body["key"]: body for body in COUNTY["bodies"]}
    assert len(bodies) == len(COUNTY["bodies"]) == 32
    seats = [seat for person in COUNTY["people"] for seat in person["seats"]]
    assert {seat["body"] for seat in seats} == set(bodies)
    for seat in seats:
        assert seat["function"] in {"chair", "deputy_chair", "member", "clerk"}
        assert bodies[seat["body"]]["valid_from"] <= seat["valid_from"]
        assert seat["valid_to"] is None or seat["valid_to"] > seat["valid_from"]
    assert bodies["kreistag"]["statutory_number"] == 51


def test_four_guides_share_all_municipalities_and_themes_without_overlap() -> None:
    guides = [seat for person in COUNTY["people"] for seat in person["seats"] if seat["body"] == "regionallotse"]
    assert len(guides) == 4
    for field in ("municipalities", "themes"):
        covered = [key for seat in guides for key in seat[field]]
        assert sorted(covered) == sorted(keys(field)), field


def test_there_are_experts_enough_for_a_third_review_and_a_replacement() -> None:
    seats = [seat for person in COUNTY["people"] for seat in person["seats"] if seat["body"] == "expertenbeirat"]
    assert len(seats) >= 4


def test_demo_accounts_and_deputies_are_people_of_the_county() -> None:
    people = {person["login"]: person for person in COUNTY["people"]}
    assert len(people) == len(COUNTY["people"]) >= 45 and all(login.isascii() for login in people)
    accounts = [account["login"] for account in COUNTY["demo_accounts"]]
    assert set(accounts) <= set(people) and len(accounts) == len(set(accounts)) >= 12
    shown = {seat["body"] for login in accounts for seat in people[login]["seats"]}
    assert {"regionallotse", "stabsstelle_pm", "cdo", "foerdermittel", "technik_beratung", "beteiligung_beratung",
            "datenschutz", "expertenbeirat", "sitzungsdienst", "prozessverantwortung", "revision",
            "administration"} <= shown
    for deputy in COUNTY["deputies"]:
        assert deputy["person"] in people and deputy["deputy"] in people and deputy["person"] != deputy["deputy"]
        assert deputy["body"] in {seat["body"] for seat in people[deputy["person"]]["seats"]}
