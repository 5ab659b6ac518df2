"""Whoever is asked beside others sees how many of them are done."""

from engine.runtime import tasks
from tests.council import Council
from tests.journeys import Journey
from tests.processes import answers


def of(council: Council, journey: Journey, element: str) -> set[tuple[int, int]]:
    with council.look() as work:
        return {tasks.round_of(work, task) for task in journey.open if task.element == element}


def test_a_reviewer_sees_how_many_reviews_are_in(council: Council) -> None:
    journey = Journey(council)
    journey.goes_to("t2_gutachter")
    journey.do("t2_gutachter", answers.experts(3))
    assert of(council, journey, "g_befangenheit") == {(0, 3)}
    for _ in range(3):
        journey.do("g_befangenheit")
    assert of(council, journey, "g_gutachten") == {(0, 3)}
    journey.do("g_gutachten")
    journey.do("g_gutachten")
    assert of(council, journey, "g_gutachten") == {(2, 3)}


def test_an_earlier_round_does_not_count(council: Council) -> None:
    journey = Journey(council)
    journey.goes_to("t2_freigabe")
    council.clock.advance(minutes=5)
    journey.do("t2_freigabe", answers.approve("ueberarbeiten"))
    journey.goes_to("g_befangenheit")
    assert of(council, journey, "g_befangenheit") == {(0, 2)}


def test_a_task_of_one_person_is_no_round(council: Council) -> None:
    journey = Journey(council)
    with council.look() as work:
        assert tasks.round_of(work, journey.open[0]) == (0, 1)
