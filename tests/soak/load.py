"""People who hand in ideas and complete tasks, and note every act that the service said is done."""

import random
import threading
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.soak import models
from tests.soak.browser import Answer, Browser, Lost

ENOUGH_OPEN = 12
"""With so many tasks open nobody hands in another idea."""
PATIENCE = 0.1
"""Seconds that somebody waits who was refused or got no answer."""
TASK = r"/aufgaben/[0-9a-f-]{36}"
IDEA = {"text": "Am Weiher fehlt eine Bank für alle, die nicht lange stehen können.", "theme": "freizeit",
        "municipality": "maifeld", "connection": "lebt"}


@dataclass
class Ledger:
    """What people know of their acts."""

    completed: dict[str, str] = field(default_factory=dict)
    """Task -> sign, where the service said that it is done."""
    handed_in: list[str] = field(default_factory=list)
    """The sign of each idea whose receipt was given."""
    sent: set[str] = field(default_factory=set)
    """Every sign that ever left a browser, acknowledged or not."""
    answers: Counter[str] = field(default_factory=Counter)
    """How often which answer came: done, late, refused, lost."""
    wrong: list[str] = field(default_factory=list)
    """Answers that nobody should ever get."""

    @property
    def acknowledged(self) -> int:
        """How many acts were acknowledged."""
        return len(self.completed) + len(self.handed_in)


class Load:
    """As many people as there are logins, at work until `stop`; a context manager."""

    def __init__(self, ports: list[int], seed: int) -> None:
        self.ledger, self._ports, self._seed = Ledger(), ports, seed
        self._ends, self._numbers = threading.Event(), count(1)
        self._people = [threading.Thread(target=self._live, args=(place,)) for place in range(len(models.PEOPLE))]

    def __enter__(self) -> "Load":
        for person in self._people:
            person.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let everybody finish what they are doing and go home."""
        self._ends.set()
        for person in self._people:
            person.join()

    def _live(self, place: int) -> None:
        person = _Person(self.ledger, self._ports[place % len(self._ports)], models.PEOPLE[place],
                         random.Random(self._seed * 100 + place), self._numbers)
        while not self._ends.is_set():
            troubles = self.ledger.answers["refused"]
            try:
                person.act()
            except Lost:
                self.ledger.answers["lost"] += 1
                self._ends.wait(PATIENCE)
            except Exception as error:  # a finding, not the end of the others
                self.ledger.wrong.append(f"{models.PEOPLE[place]}: {type(error).__name__}: {error}")
                return
            if self.ledger.answers["refused"] > troubles:
                self._ends.wait(PATIENCE)


class _Person:
    def __init__(self, ledger: Ledger, port: int, login: str, chance: random.Random, numbers: Any) -> None:
        self.ledger, self.login, self.chance, self.numbers = ledger, login, chance, numbers
        self.browser = Browser(port)
        self.unsure: tuple[str, str] | None = None
        """A task and its sign that were sent and got no answer."""

    def act(self) -> None:
        """Do the next thing: send again what got no answer, or complete a task, or hand in an idea."""
        if self.unsure is not None:
            self._complete(*self.unsure)
            return
        page = self._seen(self.browser.get("/aufgaben?ansicht=gremien"))
        if page is None:
            return
        if page.status == 303:
            self._sign_in()
            return
        waiting = page.links(TASK)
        if len(waiting) < ENOUGH_OPEN and (not waiting or self.chance.random() < 0.3):
            self._hand_in()
        else:
            task = self.chance.choice(waiting)
            if self._seen(self.browser.get(task)) is not None:
                self._complete(task, self._sign())

    def _sign(self) -> str:
        sign = f"{self.login}-{next(self.numbers)}-"
        self.ledger.sent.add(sign)
        return sign

    def _complete(self, task: str, sign: str) -> None:
        self.unsure = (task, sign)
        answer = self._seen(self.browser.post(f"{task}/erledigung", **{models.SIGN: sign}), sign)
        if answer is None:
            return
        self.unsure = None
        if answer.status == 303:
            self.ledger.completed[task.rsplit("/", 1)[1]] = sign
            self.ledger.answers["done"] += 1
        elif answer.status in (409, 410):
            self.ledger.answers["late"] += 1
        elif answer.status == 422 and answer.says("Bitte noch einmal absenden"):
            self.unsure = (task, sign)
        else:
            self.ledger.wrong.append(f"completing {task} was answered {answer.status}: {answer.text[:2000]}")

    def _hand_in(self) -> None:
        sign = self._sign()
        if self._seen(self.browser.get("/ideen/neu")) is None:
            return
        fields = {**IDEA, "title": f"Bank {sign}", "mail": f"{sign}@example.org"}
        answer = self._seen(self.browser.post("/ideen", **fields), sign)
        if answer is not None and answer.status == 303:
            self.ledger.handed_in.append(sign)
            self.ledger.answers["done"] += 1
        elif answer is not None:
            self.ledger.wrong.append(f"handing in {sign} was answered {answer.status}: {answer.text[:2000]}")

    def _sign_in(self) -> None:
        if self._seen(self.browser.get("/anmelden")) is None:
            return
        answer = self._seen(self.browser.post("/anmelden", login=self.login, kennwort=models.PASSWORD))
        if answer is not None and answer.status not in (303, 422):
            self.ledger.wrong.append(f"{self.login} could not sign in: {answer.status}")

    def _seen(self, answer: Answer, typed: str = "") -> Answer | None:
        """The answer, unless it is the sentence of a database that is away: then what was typed stands in it."""
        if answer.status == 503:
            self.ledger.answers["refused"] += 1
            if not answer.says("Datenbank") or not answer.says(typed):
                self.ledger.wrong.append(f"refused without a sentence or what was typed: {answer.text[:2000]}")
            return None
        if answer.status >= 500:
            self.ledger.wrong.append(f"an error of ours: {answer.status} {answer.text[:2000]}")
            return None
        return answer
