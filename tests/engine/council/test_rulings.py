"""What the law makes of numbers: whatever is counted, a quorum and a majority behave as § 32 and § 33 LKO say."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.council import agendas, rulings
from engine.council.rulings import Ruling
from engine.council.standing_orders import OWN_RULES, PROVISIONS, Orders
from engine.errors import Invalid

LAW = Orders(basis={name: one.basis for name, one in PROVISIONS.items()})
BOARD = replace(LAW, tie_chair=True, basis={**LAW.basis, "tie_chair": "§ 53 LKO"})
OWN = Orders(organ=False, quorum=False, basis=dict.fromkeys(PROVISIONS, OWN_RULES))
STATUTORY = st.integers(1, 80)


def quorum(statutory: int, present: int, excluded: int = 0, second: bool = False, orders: Orders = LAW) -> Ruling:
    return rulings.quorum(orders, statutory_number=statutory, present=present, excluded=excluded,
                          second_invitation=second)


def majority(needed: str, yes: int, no: int, abstained: int = 0, invalid: int = 0, present: int | None = None,
             statutory: int = 51, orders: Orders = LAW, chair_for: bool | None = None) -> Ruling:
    there = yes + no + abstained + invalid if present is None else present
    return rulings.majority(orders, needed, yes=yes, no=no, abstained=abstained, invalid=invalid, present=there,
                            statutory_number=statutory, chair_for=chair_for)


@pytest.mark.parametrize(("statutory", "present", "excluded", "second", "holds", "paragraph"), [
    (51, 26, 0, False, True, "§ 32 Abs. 1 Satz 1 LKO"), (51, 25, 0, False, False, "§ 32 Abs. 1 LKO"),
    (51, 3, 0, True, True, "§ 32 Abs. 1 Satz 2 LKO"), (51, 2, 0, True, False, "§ 32 Abs. 1 LKO"),
    (51, 26, 9, False, True, "§ 32 Abs. 2 LKO"), (51, 26, 10, False, False, "§ 32 Abs. 2 LKO"),
    (51, 26, 23, True, True, "§ 32 Abs. 1 Satz 2 LKO"), (51, 26, 24, True, False, "§ 32 Abs. 2 LKO"),
    (51, 40, 2, False, True, "§ 32 Abs. 1 Satz 1 LKO"), (4, 2, 0, False, False, "§ 32 Abs. 1 LKO"),
    (4, 3, 0, False, True, "§ 32 Abs. 1 Satz 1 LKO"), (15, 8, 3, False, True, "§ 32 Abs. 2 LKO"),
    (15, 8, 4, False, False, "§ 32 Abs. 2 LKO"), (1, 1, 0, False, True, "§ 32 Abs. 1 Satz 1 LKO"),
])
def test_the_quorums_of_the_law(
    statutory: int, present: int, excluded: int, second: bool, holds: bool, paragraph: str
) -> None:
    found = quorum(statutory, present, excluded, second)
    assert (found.holds, found.paragraph) == (holds, paragraph)


@given(STATUTORY, st.data())
def test_one_more_who_may_decide_never_costs_the_quorum(statutory: int, data: st.DataObject) -> None:
    present = data.draw(st.integers(0, statutory - 1))
    excluded, second = data.draw(st.integers(0, present)), data.draw(st.booleans())
    if quorum(statutory, present, excluded, second).holds:
        assert quorum(statutory, present + 1, excluded, second).holds


@given(STATUTORY, st.data())
def test_a_second_invitation_never_costs_the_quorum(statutory: int, data: st.DataObject) -> None:
    present = data.draw(st.integers(0, statutory))
    excluded = data.draw(st.integers(0, present))
    if quorum(statutory, present, excluded).holds:
        assert quorum(statutory, present, excluded, second=True).holds


@given(STATUTORY, st.data())
def test_without_exclusions_there_is_a_quorum_just_above_one_half(statutory: int, data: st.DataObject) -> None:
    present = data.draw(st.integers(0, statutory))
    assert quorum(statutory, present).holds == (present > statutory / 2)


@given(STATUTORY, st.data())
def test_a_quorum_always_leaves_a_third_of_the_statutory_number_or_three(statutory: int, data: st.DataObject) -> None:
    present = data.draw(st.integers(0, statutory))
    excluded, second = data.draw(st.integers(0, present)), data.draw(st.booleans())
    if quorum(statutory, present, excluded, second).holds:
        assert 3 * (present - excluded) >= statutory or (second and present - excluded >= 3)


@pytest.mark.parametrize(("statutory", "present", "excluded"), [
    (0, 0, 0), (-1, 0, 0), (51, -1, 0), (51, 52, 0), (51, 10, -1), (51, 10, 11),
])
def test_numbers_that_cannot_be_are_no_quorum_but_refused(statutory: int, present: int, excluded: int) -> None:
    with pytest.raises(Invalid):
        quorum(statutory, present, excluded)


def test_a_body_that_advises_needs_somebody_who_may_take_part() -> None:
    assert quorum(20, 1, orders=OWN).holds
    assert not quorum(20, 0, orders=OWN).holds and not quorum(20, 2, 2, orders=OWN).holds
    assert quorum(20, 1, orders=OWN).paragraph == OWN_RULES


def test_a_body_that_has_taken_the_quorum_over_names_its_own_rules() -> None:
    own = replace(OWN, quorum=True)
    assert [quorum(20, present, orders=own).holds for present in (10, 11)] == [False, True]
    assert quorum(20, 11, orders=own).paragraph == quorum(20, 10, orders=own).paragraph == OWN_RULES
    assert majority("einfach", 5, 4, orders=own).paragraph == OWN_RULES


@pytest.mark.parametrize(("needed", "yes", "no", "abstained", "present", "holds"), [
    ("einfach", 29, 0, 16, 45, True), ("einfach", 20, 20, 5, 45, False), ("einfach", 2, 1, 42, 45, True),
    ("einfach", 1, 2, 42, 45, False), ("einfach", 0, 0, 45, 45, False),
    ("zwei_drittel_gesetzlich", 34, 11, 0, 45, True), ("zwei_drittel_gesetzlich", 33, 0, 12, 45, False),
    ("mehrheit_gesetzlich", 26, 19, 0, 45, True), ("mehrheit_gesetzlich", 25, 0, 20, 45, False),
    ("zwei_drittel_anwesend", 30, 15, 0, 45, True), ("zwei_drittel_anwesend", 29, 0, 16, 45, False),
])
def test_the_majorities_of_the_law(
    needed: str, yes: int, no: int, abstained: int, present: int, holds: bool
) -> None:
    assert majority(needed, yes, no, abstained, present=present).holds is holds


VOTES = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(0, 10), st.integers(0, 5))
NEEDED = st.sampled_from(sorted(agendas.MAJORITIES))


@given(NEEDED, VOTES)
def test_a_vote_that_turns_from_no_to_yes_never_costs_the_majority(needed: str, votes: tuple[int, ...]) -> None:
    yes, no, abstained, invalid = votes
    assume(no)
    if majority(needed, yes, no, abstained, invalid, statutory=60).holds:
        assert majority(needed, yes + 1, no - 1, abstained, invalid, statutory=60).holds


@given(VOTES)
def test_abstentions_and_invalid_votes_change_no_simple_majority(votes: tuple[int, ...]) -> None:
    yes, no, abstained, invalid = votes
    assert majority("einfach", yes, no, abstained, invalid).holds == majority("einfach", yes, no).holds == (yes > no)


@given(VOTES)
def test_two_thirds_of_the_statutory_number_are_its_majority_too(votes: tuple[int, ...]) -> None:
    yes, no, abstained, invalid = votes
    if majority("zwei_drittel_gesetzlich", *votes, statutory=60).holds:
        assert majority("mehrheit_gesetzlich", *votes, statutory=60).holds
    if majority("zwei_drittel_anwesend", *votes).holds:
        assert yes > no and yes >= 2 * (no + abstained + invalid)


@given(st.integers(0, 40), st.integers(0, 20))
def test_a_tie_is_a_rejection(each: int, abstained: int) -> None:
    found = majority("einfach", each, each, abstained)
    assert not found.holds and found.paragraph == "§ 33 LKO"


@given(st.integers(1, 2), st.booleans())
def test_in_the_kreisvorstand_the_chair_decides_a_tie(each: int, chair_for: bool) -> None:
    found = majority("einfach", each, each, statutory=4, orders=BOARD, chair_for=chair_for)
    assert (found.holds, found.paragraph) == (chair_for, "§ 53 LKO")


def test_a_tie_in_the_kreisvorstand_waits_for_the_chairs_word() -> None:
    with pytest.raises(Invalid) as caught:
        majority("einfach", 2, 2, statutory=4, orders=BOARD)
    assert "§ 53 LKO" in caught.value.de and "chair_for" in caught.value.fields


@given(VOTES, st.booleans())
def test_without_a_tie_the_chair_decides_nothing(votes: tuple[int, ...], chair_for: bool) -> None:
    yes, no, *_ = votes
    assume(yes != no)
    assert majority("einfach", *votes, orders=BOARD, chair_for=chair_for).holds == (yes > no)


@pytest.mark.parametrize(("yes", "no", "abstained", "invalid", "present"), [
    (-1, 0, 0, 0, 10), (0, -1, 0, 0, 10), (0, 0, -1, 0, 10), (0, 0, 0, -1, 10), (11, 0, 0, 0, 10), (5, 4, 1, 1, 10),
])
def test_votes_that_cannot_be_are_refused(yes: int, no: int, abstained: int, invalid: int, present: int) -> None:
    with pytest.raises(Invalid):
        majority("einfach", yes, no, abstained, invalid, present=present)


def test_an_unknown_majority_is_refused_and_a_paragraph_of_its_own_is_kept() -> None:
    with pytest.raises(Invalid):
        majority("fast_alle", 5, 0)
    found = rulings.majority(LAW, "zwei_drittel_anwesend", yes=8, no=4, present=12, statutory_number=15,
                             paragraph="§ 28 Abs. 1 LKO")
    assert found.holds and found.plain()["paragraph"] == "§ 28 Abs. 1 LKO"
