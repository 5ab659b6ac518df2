"""The real web server: how soon it answers, how much memory it holds, how many requests a second it takes."""

import http.client
import re
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from tests.bench import fill, models
from tests.bench.bank import PASSWORD, Bank
from tests.bench.meter import Result, figures, under
from tests.bench.servers import Served, megabytes, running, serving

CONNECTIONS = 4
FLOORS = 20


def ready(bank: Bank, repeats: int) -> Iterator[Result]:
    """From `reifegrad serve` to the first answered page, with the schema made; and the memory it holds after work."""
    times, resident = [], []
    for _turn in range(repeats):
        with serving(bank.url) as served:
            times.append(served.seconds)
            for _ in range(50):
                urllib.request.urlopen(served.address, timeout=10).read()
            resident.append(megabytes(served.process.pid))
    yield Result("ready", bank.db, *figures(times)[:2], repeats=repeats)
    yield Result("memory", bank.db, repeats=repeats, more={"megabytes": round(sorted(resident)[repeats // 2], 1)})


def memory_of_worker(bank: Bank) -> Iterator[Result]:
    """The memory that `reifegrad worker` holds after it has delivered a hundred messages."""
    for number in range(100):
        bank.start("empfang", number, nummer=number)
        bank.start("bote", number, nummer=number)
    with running(bank.url, "worker") as (process, begun):
        while bank.count("message") and time.perf_counter() - begun < 60:
            time.sleep(0.1)
        assert not bank.count("message"), "the worker does not deliver"
        time.sleep(1)
        yield Result("memory-worker", bank.db, repeats=1, more={"megabytes": round(megabytes(process.pid), 1)})


def requests(bank: Bank, repeats: int, scale: float) -> Iterator[Result]:
    """Complete tasks and look at the idea store through the server, over loopback, on four connections at once.

    Each connection signs in as a browser does; a completion is the form sent with its token, answered by a redirect.
    The floor of a completion is its bare transaction, that of the idea list its bare queries.
    """
    fill.ideas(bank.house, max(30, round(5_000 * scale)))
    waiting = [bank.open_task(bank.start("zwei", number)) for number in range(CONNECTIONS * (repeats + 2))]
    bare = [bank.floor.of(partial(bank.complete, bank.open_task(bank.start("zwei")), 1)) for _ in range(FLOORS)]
    page = bank.client()
    read = [bank.floor.of(partial(page.get, "/ideen")) for _ in range(FLOORS)]
    with serving(bank.url) as served:
        people = [Browser(served) for _ in range(CONNECTIONS)]
        for case, ask, floor in (
            ("web-complete", lambda person: person.complete(waiting.pop()), bare),
            ("web-ideas", lambda person: person.get("/ideen"), read),
        ):
            times, took = together(people, ask, repeats)
            median, p95, _ = figures(times)
            beneath = under(took / len(times) * 1000, floor)
            yield Result(case, bank.db, median, p95, round(len(times) / took, 1), **beneath, repeats=len(times),
                         more={"connections": CONNECTIONS})


class Browser:
    """One person with one connection, signed in."""

    def __init__(self, served: Served, login: str = "ada") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        self._cookie = ""
        self._token = self._token_on("/anmelden")
        self._send("/anmelden", {"login": login, "kennwort": PASSWORD})
        self._token = self._token_on("/konto")

    def get(self, path: str) -> str:
        """The page at *path*."""
        self._connection.request("GET", path, headers={"Cookie": self._cookie})
        return self._answer(200)

    def complete(self, task: UUID, step: int = 1) -> None:
        """Send the task's form, filled in."""
        self._send(f"/aufgaben/{task}/erledigung", models.answers(step))

    def _send(self, path: str, fields: dict[str, str]) -> None:
        self._connection.request("POST", path, urlencode({"csrf_token": self._token, **fields}), {
            "Cookie": self._cookie, "Content-Type": "application/x-www-form-urlencoded"})
        self._answer(303)

    def _answer(self, expected: int) -> str:
        answer = self._connection.getresponse()
        text = answer.read().decode()
        assert answer.status == expected, f"{answer.status} instead of {expected}: {text[:2000]}"
        for header in answer.headers.get_all("Set-Cookie", []):
            self._cookie = header.split(";")[0]
        return text

    def _token_on(self, path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.get(path))
        assert found, f"no token on {path}"
        return found[1]


def together(
    people: list[Browser], ask: Callable[[Browser], object], repeats: int, warm_up: int = 2
) -> tuple[list[float], float]:
    """Let all *people* ask at once, each *repeats* times: the time of each request, and of all of them together."""
    times: list[float] = []
    failed: list[BaseException] = []
    gate = threading.Barrier(len(people) + 1)

    def run(person: Browser) -> None:
        try:
            for _ in range(warm_up):
                ask(person)
            gate.wait()
            for _ in range(repeats):
                begun = time.perf_counter()
                ask(person)
                times.append(time.perf_counter() - begun)
        except BaseException as error:
            failed.append(error)
            gate.abort()

    threads = [threading.Thread(target=run, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    try:
        gate.wait()
    except threading.BrokenBarrierError:
        raise failed[0] from None
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - begun
    if failed:
        raise failed[0]
    return times, took
