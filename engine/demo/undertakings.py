"""What the demo county takes on beside its ideas: it gives itself a strategy and holds a contest."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from engine.demo import county
from engine.ideas import contests, strategies
from engine.identity import people
from engine.runtime import instances, tasks
from engine.runtime.instances import Instance
from engine.wiring import House
from engine.work import Actor, Work

CONTEST_PLANNED = timedelta(days=26)
"""How long before the story's end the contest is planned; its window opens the day after and is still open then."""
AGAIN = timedelta(days=6)
"""How often the people in charge of an undertaking look what there is to do."""
STRATEGY = """\
Die Smarte Region MYK10 macht das Leben im Landkreis Mayen-Koblenz leichter, für alle und überall.

1. Gemeinwohl zuerst: Was wir tun, nützt den Menschen und nicht der Technik.
2. Vom Dorf bis zur Stadt: Jede Maßnahme soll sich auf andere Orte übertragen lassen.
3. Offen und sparsam: Wir nutzen offene Standards, veröffentlichen Quelltexte und schützen Daten.
4. Miteinander: Ideen kommen von allen, die hier leben, arbeiten oder wirken.
"""
STRATEGY_ANSWERS: dict[str, dict[str, Any]] = {
    "st_entwurf": {"st_titel": "Strategie der Smarten Region MYK10", "st_text": STRATEGY,
                   "st_anlass": "Mit dem Start des Ideenspeichers braucht der Landkreis einen gemeinsamen Maßstab."},
    "st_beteiligung": {"st_beteiligung": "In vier Werkstätten und online wirkten 212 Menschen mit. Der Wunsch nach "
                                         "mehr Gewicht für kleine Orte ist aufgenommen."},
    "st_weiter": {"st_weiter": "weiter", "st_weiter_grund": "Die Hinweise sind eingearbeitet."},
    "st_melden": {"st_antwort": "Der Fördergeber hat die Strategie zur Kenntnis genommen."},
    "st_nachpruefung": {"st_nachpruefung": "Keine Idee muss neu bewertet werden."},
}
CONTEST: dict[str, Any] = {
    "w_titel": "Gut leben im Dorf", "w_anzahl": 2, "w_umsetzbar_bis": "Ende 2028",
    "w_frage": "Was macht den Alltag in kleinen Orten leichter? Gesucht sind Ideen, die mit wenig Aufwand in vielen "
               "Dörfern helfen.",
}
At = Callable[[datetime, Callable[[datetime], None]], None]


class Undertakings:
    """The people in charge of strategy and contest; *at* puts what they do next on the story's agenda."""

    def __init__(self, house: House, at: At, end: datetime) -> None:
        self._house, self._at, self._end = house, at, end

    def begin(self, now: datetime) -> None:
        """Begin the strategy, let the Digitale Agenda be continued each year, and put the contest on the agenda."""
        with self._as("cdo", now) as work:
            change = strategies.begin_change(work).id
            strategies.continue_yearly(work)
        self._at(now + AGAIN, lambda then: self._go_on(change, then))
        self._at(self._end - CONTEST_PLANNED, self._announce)

    def contest_open(self, now: datetime) -> str | None:
        """The key of the contest that takes ideas now, if there is one."""
        with self._house.look(now=now) as work:
            return next((contest.key for contest in contests.listing(work) if contest.open_at(now)), None)

    def _go_on(self, instance_id: UUID, now: datetime) -> None:
        with self._house.look(now=now) as work:
            running = work.get(Instance, instance_id).status == "running"
            waiting = [(task.id, task.element, task.body) for task in tasks.siblings_open(work, instance_id)
                       if task.element in STRATEGY_ANSWERS]
        for task_id, element, body in waiting:
            with self._as(body, now) as work:
                instances.complete_task(work, task_id, STRATEGY_ANSWERS[element])
        if running:
            self._at(now + AGAIN, lambda then: self._go_on(instance_id, then))

    def _announce(self, now: datetime) -> None:
        with self._as("stabsstelle_pm", now) as work:
            instance_id = contests.begin(work).id
        with self._as("stabsstelle_pm", now) as work:
            [task] = tasks.siblings_open(work, instance_id)
            instances.complete_task(work, task.id, {
                **CONTEST, "w_beginn": f"{now + timedelta(days=1):%Y-%m-%d}",
                "w_ende": f"{self._end + timedelta(days=30):%Y-%m-%d}"})

    def _as(self, body: str, now: datetime) -> Work:
        with self._house.look(now=now) as work:
            person = people.by_login(work, county.logins_of(body)[0])
        return self._house.work(Actor("person", person.id if person else None), now)
