"""An idea on its way through a real county: what tests of whole ways need to say."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.ideas import dialogues, ideas, resolutions, statuses
from engine.ideas.ideas import Idea
from engine.identity import people
from engine.runtime import instances
from engine.runtime.tasks import Task
from engine.work import CITIZEN
from tests.council import Council
from tests.processes import answers

IDEA = {"title": "Mitfahrbank am Marktplatz", "theme": "mobilitaet", "municipality": "mayen", "connection": "lebt",
        "text": "Am Marktplatz fehlt eine Bank, an der man mitgenommen wird."}


class Journey:
    """One idea, handed in by somebody without an account; its tasks are done by whoever's they are."""

    def __init__(self, council: Council, **said: Any) -> None:
        self.council = council
        with council.house.work(CITIZEN, council.clock.now) as work:
            idea, self.token = ideas.hand_in(work, **{**IDEA, **said})
            self.id, self.number = idea.id, idea.number
        council.run()

    @property
    def open(self) -> list[Task]:
        """The open tasks of all its processes, the oldest first."""
        with self.council.look() as work:
            mine = [instance.id for instance in instances.of_subject(work, self.id)]
            return list(work.session.scalars(
                select(Task).where(Task.instance_id.in_(mine), Task.closed_at.is_(None)).order_by(Task.id)))

    def waits_at(self, *elements: str) -> bool:
        return sorted(task.element for task in self.open) == sorted(elements)

    def do(self, element: str, typed: dict[str, Any] | None = None, of: UUID | None = None) -> Task:
        """Complete an open task of *element* (of one person, if there are several) with what is usual or *typed*."""
        task = next(one for one in self.open if one.element == element and of in (None, one.assignee_id))
        with self.council.house.work(now=self.council.clock.now) as work:
            usual = answers.STRAIGHT.get(element, dict)()
            instances.complete_task(work, task.id, typed if typed is not None else usual)
        self.council.run()
        return task

    def goes_to(self, element: str, **typed: dict[str, Any]) -> None:
        """Do what is usual (or *typed*, by element) until a task of *element* is open."""
        for _ in range(60):
            waiting = self.open
            if any(task.element == element for task in waiting):
                return
            assert waiting, f"{self.status} with nothing to do, before {element}"
            self.do(waiting[0].element, typed.get(waiting[0].element))
        raise AssertionError(f"{element} never came: {[task.element for task in self.open]}")

    def withdraw(self) -> None:
        with self.council.house.work(CITIZEN, self.council.clock.now) as work:
            dialogues.withdraw(work, self.token)
        self.council.run()

    def data(self, element: str) -> dict[str, Any]:
        """What the process knows at an open task."""
        with self.council.house.look(now=self.council.clock.now) as work:
            task = next(one for one in self.open if one.element == element)
            return instances.data_of(work, work.get(Task, task.id))

    @property
    def status(self) -> str:
        with self.council.look() as work:
            return work.get(Idea, self.id).status

    @property
    def reason(self) -> tuple[str | None, str]:
        """Code and words of the latest public status."""
        with self.council.look() as work:
            last = statuses.history(work, self.id)[-1]
            return last.reason_code, last.reason

    @property
    def outcomes(self) -> dict[str, str | None]:
        """How each of its processes ended."""
        with self.council.look() as work:
            return {one.process_id: one.outcome for one in instances.of_subject(work, self.id)}

    @property
    def results(self) -> list[tuple[str, str, int | None, int | None, int | None]]:
        """What bodies decided: body, result, yes, no, abstained."""
        with self.council.look() as work:
            return [(one.body, one.result, one.yes, one.no, one.abstained)
                    for one in resolutions.of_idea(work, self.id)]

    def instance(self, process: str) -> Any:
        with self.council.look() as work:
            return next(one for one in instances.of_subject(work, self.id) if one.process_id == process)

    def names(self, ids: set[UUID]) -> set[str]:
        with self.council.look() as work:
            return set(people.names(work, ids).values())
