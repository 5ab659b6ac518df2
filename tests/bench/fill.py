"""Tables filled in bulk, where running the processes would take hours; for measuring only.

Rows are copies of rows that the engine wrote, made by the database itself: whatever columns a table has, the copies
have them, and only what must differ does. Events are made here, since their hashes have to be true.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Connection, Table, insert, inspect, select, text

from engine.database import new_id, to_json
from engine.history import events
from engine.history.events import Event
from engine.ideas.ideas import MUNICIPALITIES, THEMES, Idea, fold
from engine.ideas.statuses import STATUSES, IdeaStatus
from engine.runtime.instances import Instance
from engine.runtime.tasks import Task
from engine.runtime.timers import Timer
from tests.bench import models

ROWS_AT_ONCE = 2_000
BEGUN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
SUBJECTS = ("Radweg", "Dorfladen", "Leerstand", "Mitfahrbank", "Hofladen", "Sensor", "Lernort", "Pflegebus",
            "Werkstatt", "Trinkbrunnen", "Vereinsheim", "Ladesäule", "Bücherschrank", "Streuobstwiese", "Jugendraum")
PLACES = ("Polch", "Mendig", "Ochtendung", "Kobern-Gondorf", "Vallendar", "Kottenheim", "Mülheim-Kärlich", "Andernach",
          "Mayen", "Bendorf", "Monreal", "Nickenich", "Rhens", "Kruft", "Urbar")


class Words:
    """How one kind of database says what the copies need; {i} stands for the copy's number."""

    def __init__(self, kind: str) -> None:
        self.sqlite = kind == "sqlite"
        self.numbers = ("WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last) "
                        if self.sqlite else "WITH n AS (SELECT generate_series(:first ::int, :last ::int) AS i) ")
        self.number = ("printf('2026-%06d', i)" if self.sqlite else "'2026-' || lpad(i::text, 6, '0')")

    def key(self, space: int) -> str:
        """An id for each number; another *space*, other ids."""
        return (f"printf('%08x%024x', {space}, i)" if self.sqlite
                else f"(lpad(to_hex({space}), 8, '0') || lpad(to_hex(i), 24, '0'))::uuid")

    def moment(self, seconds: str) -> str:
        """BEGUN and so many seconds."""
        return (f"strftime('%Y-%m-%d %H:%M:%f', '{BEGUN:%Y-%m-%d %H:%M:%S}', ({seconds}) || ' seconds') || '000'"
                if self.sqlite else f"timestamptz '{BEGUN.isoformat()}' + ({seconds}) * interval '1 second'")

    def one_of(self, texts: Sequence[str], every: int = 1) -> str:
        """One of *texts* after the other, each *every* times."""
        cases = " ".join(f"WHEN {place} THEN '{one}'" for place, one in enumerate(texts))
        return f"CASE i / {every} % {len(texts)} {cases} END"

    @property
    def title(self) -> str:
        """A title as ideas have it."""
        return f"{self.one_of(SUBJECTS)} || ' in ' || {self.one_of(PLACES, 7)}"


def copies(connection: Connection, table: Table, model: str, first: int, last: int, **differ: str) -> None:
    """Copy the row that the condition *model* finds for each number, *first* to *last*; *differ* are expressions."""
    columns = [column.name for column in table.columns]
    words = Words(connection.dialect.name)
    chosen = ", ".join(differ.get(name, f"m.{name}") for name in columns)
    connection.execute(text(
        f"INSERT INTO {table.name} ({', '.join(columns)}) {words.numbers}"
        f"SELECT {chosen} FROM n CROSS JOIN {table.name} m WHERE {model}"), {"first": first, "last": last})


def tasks(house: Any, model: UUID, first: int, last: int) -> None:
    """Open tasks like that of the instance *model*, in all bodies, each with an instance of its own.

    Two in three have a due moment. The instances' states stay out: nobody completes these tasks.
    """
    words = Words(house.database.dialect)
    due = f"CASE WHEN i % 3 = 0 THEN NULL ELSE {words.moment('i * 20 + 1209600')} END"
    with house.database.writing.kw["bind"].begin() as connection:
        here = _literal(connection, model)
        copies(connection, Instance.__table__, f"m.id = {here}", first, last, id=words.key(1),
               business_key=words.number, title=words.title, started_at=words.moment("i * 20"),
               state="x''" if words.sqlite else "''::bytea")
        copies(connection, Task.__table__, f"m.instance_id = {here} AND m.closed_at IS NULL", first, last,
               id=words.key(2), instance_id=words.key(1), key=f"'k' || {'i' if words.sqlite else 'i::text'}",
               business_key=words.number, title=words.title, opened_at=words.moment("i * 20"), due_at=due,
               sort_at=f"coalesce({due}, m.sort_at)", body=words.one_of(models.BODIES),
               announced_at=words.moment("i * 20"))
    analyse(house)


def waiting(house: Any, model: UUID, first: int, last: int, due: datetime) -> None:
    """Instances like *model*, which waits for one moment, all waiting for *due*."""
    with house.database.writing.kw["bind"].begin() as connection:
        words, here, at = Words(house.database.dialect), _literal(connection, model), _moment(connection, due)
        copies(connection, Instance.__table__, f"m.id = {here}", first, last, id=words.key(3),
               business_key=words.number, title=words.title)
        copies(connection, Timer.__table__, f"m.instance_id = {here}", first, last, instance_id=words.key(3),
               due_at=at, try_at=at)
    analyse(house)


def chains(house: Any, model: UUID, count: int, length: int) -> list[UUID]:
    """Chains like that of the instance *model*, repeated until each has *length* events, all hashes true.

    Returns the ids of their instances.
    """
    with house.look() as work:
        pattern = list(work.session.scalars(select(Event).where(Event.chain_id == model).order_by(Event.seq)))
        instance = row_of(work.session.get_one(Instance, model))
    pattern = [SimpleNamespace(**{**row_of(event), "particulars": events.canonical(event.particulars)})
               for event in pattern]
    owners = [new_id() for _ in range(count)]
    heads: dict[UUID, str] = {}

    def written() -> Iterator[SimpleNamespace]:
        for owner in owners:
            head = ""
            for seq in range(1, length + 1):
                one = pattern[(seq - 1) % len(pattern)]
                one.chain_id, one.seq = owner, seq
                one.hash = head = events.hashed(
                    head, owner, seq, one.at, one.actor_kind, one.actor_id, one.for_id, one.verb, one.subject_kind,
                    one.subject_id, one.particulars.encode()).hexdigest()
                yield one
            heads[owner] = head

    _write(house, Event.__table__, written())
    rows = [{**instance, "id": owner, "chain_length": length, "chain_head": heads[owner]} for owner in owners]
    for start in range(0, count, ROWS_AT_ONCE):
        with house.work() as work:
            work.session.execute(insert(Instance), rows[start:start + ROWS_AT_ONCE])
    analyse(house)
    return owners


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


def _write(house: Any, table: Table, rows: Iterator[Any]) -> None:
    # The fastest way each driver has; values as SQLAlchemy would hand them over.
    engine = house.database.writing.kw["bind"]
    sqlite, names = engine.dialect.name == "sqlite", [column.name for column in table.columns]
    processors = [
        to_json if isinstance(column.type, JSON) else
        column.type.dialect_impl(engine.dialect).bind_processor(engine.dialect)
        for column in table.columns
    ]
    values = ([process(getattr(row, name)) if process and getattr(row, name) is not None else getattr(row, name)
               for name, process in zip(names, processors, strict=True)] for row in rows)
    raw = engine.raw_connection()
    cursor = raw.cursor()
    if sqlite:
        cursor.execute("BEGIN IMMEDIATE")
        cursor.executemany(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                           values)
    else:
        with cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in values:
                copy.write_row(row)
    raw.commit()
    raw.close()


def _literal(connection: Connection, key: UUID) -> str:
    return f"'{key.hex}'" if connection.dialect.name == "sqlite" else f"'{key}'::uuid"


def _moment(connection: Connection, moment: datetime) -> str:
    if connection.dialect.name == "sqlite":
        return f"'{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"
    return f"timestamptz '{moment.isoformat()}'"
