"""The demo county is brought to all its stages by the processes themselves, and its history is whole."""

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import func, select

from engine.history import seal
from engine.history.events import Event
from engine.ideas import contests, statuses, strategies
from engine.ideas.ideas import Idea
from engine.ideas.statuses import IdeaStatus
from engine.notices import Notice
from engine.runtime.incidents import Incident
from engine.runtime.instances import Instance
from engine.runtime.tasks import Task
from web import cli

pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.databases("sqlite")]


@pytest.fixture(scope="module")
def told(demo_database_of_a_file: str, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A house with the whole story told."""
    from engine.settings import Settings
    from engine.wiring import open_house

    folder = tmp_path_factory.mktemp("county")
    house = open_house(Settings(database_url=demo_database_of_a_file, var_dir=str(folder)), create=False)
    yield house
    house.database.engine.dispose()


def test_all_seventy_ideas_are_there_and_in_every_stage(told: Any) -> None:
    with told.look() as work:
        stages = Counter(work.session.scalars(select(Idea.status)))
    assert stages.total() == 70
    assert stages.keys() >= {
        "eingegangen", "vorpruefung", "rueckfrage", "qualifiziert", "ausarbeitung", "begutachtung", "entwurf",
        "beratung", "entscheidung", "umsetzung", "umgesetzt", "zurueckgestellt", "zusammengefuehrt",
        "nicht_weiterverfolgt", "zurueckgezogen", "abgegeben", "unbestaetigt", "missbrauch",
    }


def test_nothing_went_wrong_on_the_way(told: Any) -> None:
    with told.look() as work:
        assert work.session.scalar(select(func.count()).select_from(Incident)) == 0


def test_the_history_verifies_and_is_sealed(told: Any) -> None:
    with told.look() as work:
        assert list(seal.verify(work)) == []
        assert seal.seals(work)


def test_nothing_happened_in_the_future_or_before_the_idea_came(told: Any) -> None:
    with told.look() as work:
        assert work.session.scalar(select(func.max(Event.at))) <= work.now
        early = select(func.count()).select_from(IdeaStatus).join(Idea, Idea.id == IdeaStatus.idea_id).where(
            IdeaStatus.at < Idea.handed_in_at)
        assert work.session.scalar(early) == 0


def test_every_refusal_gives_the_public_a_reason(told: Any) -> None:
    with told.look() as work:
        refused = list(work.session.scalars(select(IdeaStatus).where(IdeaStatus.status == "nicht_weiterverfolgt")))
    assert refused and all(row.reason and row.reason_code in statuses.REASONS for row in refused)


def test_every_running_instance_waits_for_somebody_or_something(told: Any) -> None:
    with told.look() as work:
        for instance in work.session.scalars(select(Instance).where(Instance.status == "running")):
            open_tasks = work.session.scalar(select(func.count()).select_from(Task).where(
                Task.instance_id == instance.id, Task.closed_at.is_(None)))
            waits = work.session.scalar(select(Instance.waits).where(Instance.id == instance.id))
            assert open_tasks or waits["timers"] or waits["messages"], instance.title


def test_no_mail_of_the_past_is_sent(told: Any) -> None:
    with told.look() as work:
        assert work.session.scalar(select(func.count()).select_from(Notice)) == 0
        assert work.session.scalar(select(func.count()).select_from(Task).where(Task.announced_at.is_(None),
                                                                               Task.closed_at.is_(None))) == 0


def test_a_second_start_keeps_the_data(told: Any) -> None:
    assert not cli.load_demo(told)


def test_the_county_has_a_strategy_that_its_bodies_adopted_and_a_contest_that_is_open(told: Any) -> None:
    with told.look() as work:
        [strategy] = strategies.versions(work)
        assert strategy.wording == "Wie Beschlussvorschlag." and strategies.is_continued(work)
        [contest] = contests.listing(work)
        assert contest.open_at(work.now) and contests.of_contest(work, contest)
        assert work.session.scalar(select(func.count()).select_from(Idea).where(Idea.strategy_version == 1))
