"""Tables filled in bulk, where running the processes would take hours; for measuring only."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, inspect, select

from engine.database import new_id
from engine.ideas.ideas import MUNICIPALITIES, THEMES, Idea, fold
from engine.ideas.statuses import STATUSES, IdeaStatus
from engine.runtime.instances import Instance
from engine.runtime.tasks import Task

ROWS_AT_ONCE = 2_000
BEGUN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
SUBJECTS = ("Radweg", "Dorfladen", "Leerstand", "Mitfahrbank", "Hofladen", "Sensor", "Lernort", "Pflegebus",
            "Werkstatt", "Trinkbrunnen", "Vereinsheim", "Ladesäule", "Bücherschrank", "Streuobstwiese", "Jugendraum")
PLACES = ("Polch", "Mendig", "Ochtendung", "Kobern-Gondorf", "Vallendar", "Kottenheim", "Mülheim-Kärlich", "Andernach",
          "Mayen", "Bendorf", "Monreal", "Nickenich", "Rhens", "Kruft", "Urbar")


def tasks(house: Any, model: UUID, count: int) -> None:
    """Make *count* open tasks like those of the instance *model*, each with an instance of its own."""
    with house.work() as work:
        instance = row_of(work.session.get_one(Instance, model))
        waiting = select(Task).where(Task.instance_id == model, Task.closed_at.is_(None))
        task = row_of(work.session.scalars(waiting).one())
    for start in range(0, count, ROWS_AT_ONCE):
        instances, made = [], []
        for number in range(start, min(start + ROWS_AT_ONCE, count)):
            opened = BEGUN + timedelta(minutes=number)
            key = f"2026-{number:06}"
            title = f"{SUBJECTS[number % len(SUBJECTS)]} in {PLACES[number // 7 % len(PLACES)]}"
            owner = new_id()
            instances.append({**instance, "id": owner, "business_key": key, "title": title, "started_at": opened})
            due = opened + timedelta(days=14) if number % 3 else None
            made.append({**task, "id": new_id(), "instance_id": owner, "key": f"k{number}", "business_key": key,
                         "title": title, "opened_at": opened, "due_at": due, "sort_at": due or task["sort_at"]})
        with house.work() as work:
            work.session.execute(insert(Instance), instances)
            work.session.execute(insert(Task), made)
    analyse(house)


def ideas(house: Any, count: int) -> None:
    """Make *count* public ideas, with three statuses each."""
    themes, places = list(THEMES), list(MUNICIPALITIES)
    shown = [key for key in STATUSES if key not in ("unbestaetigt", "missbrauch")]
    for start in range(0, count, ROWS_AT_ONCE):
        rows, statuses = [], []
        for number in range(start, min(start + ROWS_AT_ONCE, count)):
            key, at = new_id(), BEGUN + timedelta(minutes=13 * number)
            title = f"{SUBJECTS[number % len(SUBJECTS)]} in {PLACES[number // 7 % len(PLACES)]}"
            text = (f"{title}: Viele Menschen wünschen sich das seit Jahren, und der Platz dafür ist da. Es hilft Jung "
                    f"und Alt, kostet wenig im Betrieb und lässt sich übertragen. Vorschlag Nummer {number}.")
            rows.append({
                "id": key, "number": f"2026-{number + 1:05}", "title": title, "text": text,
                "folded": fold(f"2026-{number + 1:05} {title} {text}"), "theme": themes[number % len(themes)],
                "municipality": places[number // 3 % len(places)], "connection": "wohnt", "language": "de",
                "under_16": False, "business_secret": False, "public": True, "status": shown[number % len(shown)],
                "status_at": at + timedelta(days=20), "step": 1 + number % 3, "handed_in_at": at,
                "token_digest": f"{number:064}", "merged_into_id": None, "guide_id": None, "body": None,
                "meeting_on": None, "progress": None,
            })
            statuses += [
                {"id": new_id(), "idea_id": key, "at": at + timedelta(days=10 * turn), "status": shown[turn],
                 "step": 1, "reason_code": None, "reason": "", "body": None, "until": None, "public": True}
                for turn in range(3)
            ]
        with house.work() as work:
            work.session.execute(insert(Idea), rows)
            work.session.execute(insert(IdeaStatus), statuses)
    analyse(house)


def analyse(house: Any) -> None:
    """Let the database learn how its tables are filled, as it would by itself overnight."""
    engine = house.database.engine
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
    else:
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


def row_of(thing: Any) -> dict[str, Any]:
    """A mapped row as the values to insert."""
    return {attribute.key: getattr(thing, attribute.key) for attribute in inspect(type(thing)).column_attrs}
