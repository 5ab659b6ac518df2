"""Standing orders: every number of a body's cycle with its legal basis.

The law's numbers hold for the organs of the county; a body may be stricter
only where the law lets it. Bodies that only advise give themselves their own
rules. What nobody has set is the default below.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.council import calendars
from engine.database import Table
from engine.errors import Conflict, Invalid, Sentence
from engine.history import events
from engine.identity import bodies, permissions
from engine.identity.bodies import Body
from engine.work import Work

OWN_RULES = "Geschäftsordnung des Gremiums"
PRACTICE = "Vorgabe der Verwaltung, kein Gesetz"
MEETS = frozenset({"organ", "advisory", "working_group"})
"""The kinds of bodies that meet; offices and roles have no standing orders."""


class StandingOrder(Table):
    """One number that a body has set for itself."""

    __tablename__ = "standing_order"
    __table_args__ = (UniqueConstraint("body_id", "name"),)

    body_id: Mapped[UUID] = mapped_column(ForeignKey(Body.id))
    name: Mapped[str] = mapped_column(String(64))
    said: Mapped[dict[str, Any]]
    """{"value": the number, word or yes-or-no}: SQLite keeps a bare number in a JSON column as a number"""
    basis: Mapped[str] = mapped_column(String(256))
    changed_at: Mapped[datetime]


@dataclass(frozen=True)
class Orders:
    """What holds for one body; `basis` says for each name where that comes from."""

    organ: bool = True
    """Whether it decides for the county, under the LKO; others advise by their own rules"""
    notice_days: int = 4
    """Whole days between receipt of the invitation and the meeting"""
    urgent_days: int = 1
    editorial_days: int = 14
    """How many days before the meeting items must be registered"""
    send_days: int = 10
    """How many days before the meeting the invitation should be sent"""
    lead_weeks: int = 52
    """How long before a meeting it is convened and takes items up"""
    second_minimum: int = 3
    """How many members suffice after a second invitation for the same matter"""
    quorum: bool = True
    """Whether the body needs a quorum at all"""
    circular: str = "notlage"
    """Whether it may decide by circular: ja, nein, or notlage (only in an emergency the authority has confirmed)"""
    circular_days: int = 7
    circular_reminder_days: int = 3
    minutes_days: int = 14
    agenda_consent: str = ""
    """The body whose consent the agenda needs"""
    public: bool = True
    deputies: bool = True
    chair_votes: bool = True
    tie_chair: bool = False
    """Whether the chair decides a tie; elsewhere a tie is a rejection"""
    hybrid: bool = False
    basis: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Provision:
    """One of the numbers: what it is called, where the law's value comes from, what may be chosen."""

    label: Sentence
    basis: str
    """The paragraph, for the organs of the county"""
    least: int | None = None
    most: int | None = None
    choices: Mapping[str, Sentence] = field(default_factory=dict)
    fixed: bool = False
    """Whether the law leaves an organ no choice"""


CIRCULARS: Mapping[str, Sentence] = {
    "ja": Sentence("erlaubt", "allowed"),
    "notlage": Sentence("nur in festgestellter Notlage", "in an established emergency only"),
    "nein": Sentence("nicht erlaubt", "not allowed"),
}
PROVISIONS: Mapping[str, Provision] = {
    "notice_days": Provision(Sentence("Ladungsfrist in vollen Tagen", "Notice period in full days"),
                             "§ 27 Abs. 3 LKO", least=4, most=60),
    "urgent_days": Provision(Sentence("Ladungsfrist bei Dringlichkeit in vollen Tagen",
                                      "Notice period in urgent cases in full days"), "§ 27 LKO, § 34 Abs. 3 GemO",
                             least=1, most=60, fixed=True),
    "editorial_days": Provision(Sentence("Redaktionsschluss, Tage vor der Sitzung",
                                         "Editorial deadline, days before the meeting"), PRACTICE, least=2, most=120),
    "send_days": Provision(Sentence("Versand der Einladung, Tage vor der Sitzung",
                                    "Invitation sent, days before the meeting"), PRACTICE, least=2, most=120),
    "lead_weeks": Provision(Sentence("Anberaumung, Wochen vor der Sitzung", "Convened, weeks before the meeting"),
                            PRACTICE, least=2, most=104),
    "second_minimum": Provision(Sentence("Anwesende nach zweiter Einladung", "Present after a second invitation"),
                                "§ 32 Abs. 1 Satz 2 LKO", least=1, most=60, fixed=True),
    "quorum": Provision(Sentence("Beschlussfähigkeit nötig", "Quorum needed"), "§ 32 Abs. 1 LKO", fixed=True),
    "circular": Provision(Sentence("Umlaufbeschlüsse", "Decisions by circular"), "§ 28 Abs. 3 LKO",
                          choices=CIRCULARS),
    "circular_days": Provision(Sentence("Frist im Umlauf in Tagen", "Period of a circular in days"), PRACTICE,
                               least=1, most=60),
    "circular_reminder_days": Provision(
        Sentence("Erinnerung im Umlauf nach Tagen", "Reminder of a circular after days"), PRACTICE, least=1, most=60),
    "minutes_days": Provision(Sentence("Niederschrift nach Tagen", "Minutes after days"),
                              "§ 34 LKO, § 41 GemO: innerhalb eines Monats", least=1, most=28),
    "agenda_consent": Provision(Sentence("Zustimmung zur Tagesordnung", "Consent to the agenda"), "§ 27 Abs. 5 LKO"),
    "public": Provision(Sentence("Öffentliche Sitzungen", "Public meetings"), "§ 28 Abs. 1 LKO", fixed=True),
    "deputies": Provision(Sentence("Vertretung der Mitglieder", "Deputies for members"), "§§ 37 bis 40 LKO",
                          fixed=True),
    "chair_votes": Provision(Sentence("Vorsitz stimmt mit", "The chair votes"), "§ 29 LKO", fixed=True),
    "tie_chair": Provision(Sentence("Bei Stimmengleichheit entscheidet der Vorsitz", "The chair decides a tie"),
                           "§ 33 LKO", fixed=True),
    "hybrid": Provision(Sentence("Hybride Sitzungen", "Hybrid meetings"), "§ 35a GemO entsprechend"),
}
_ORGAN: Mapping[str, Mapping[str, tuple[Any, str]]] = {
    "kreistag": {
        "agenda_consent": ("kreisvorstand", "§ 27 Abs. 5 LKO"), "deputies": (False, "§§ 22, 23 LKO: freies Mandat"),
    },
    "kreisvorstand": {
        "public": (False, "§ 52 LKO"), "tie_chair": (True, "§ 53 LKO"), "deputies": (False, "§§ 50 ff. LKO"),
    },
}
_ADVISORY: Mapping[str, Any] = {"organ": False, "notice_days": 7, "quorum": False, "circular": "ja", "public": False}


def is_fixed(body: Body, name: str) -> bool:
    """Whether the law leaves this body no choice in the matter *name*."""
    return body.kind == "organ" and (PROVISIONS[name].fixed or (body.key, name) == ("kreistag", "agenda_consent"))


def defaults(body: Body) -> Orders:
    """What holds for a body that has set nothing: the law's numbers for an organ, usual ones for all others."""
    if body.kind == "organ":
        basis = {name: one.basis for name, one in PROVISIONS.items()}
        own = _ORGAN.get(body.key, {})
        return Orders(**{name: value for name, (value, _) in own.items()},
                      basis=basis | {name: said for name, (_, said) in own.items()})
    return Orders(**_ADVISORY, basis=dict.fromkeys(PROVISIONS, OWN_RULES))


def of(work: Work, body: Body) -> Orders:
    """What holds for a body."""
    known: dict[UUID, Orders] = work.session.info.setdefault("standing orders", {})
    if body.id not in known:
        rows = work.session.scalars(select(StandingOrder).where(StandingOrder.body_id == body.id)).all()
        base = defaults(body)
        values = {name: getattr(base, name) for name in PROVISIONS} | {row.name: row.said["value"] for row in rows}
        known[body.id] = Orders(**values, organ=base.organ,
                                basis={**base.basis, **{row.name: row.basis for row in rows}})
    return known[body.id]


def change(work: Work, body: Body, name: str, value: Any, basis: str) -> Orders:
    """Set one of a body's numbers and say where it comes from; see `change_all`."""
    return change_all(work, body, {name: (value, basis)})


def revision(work: Work, body: Body) -> str:
    """Which state of the body's numbers holds: another text after each change; empty as shipped."""
    last = work.session.scalar(select(func.max(StandingOrder.changed_at)).where(StandingOrder.body_id == body.id))
    return last.astimezone(UTC).isoformat() if last is not None else ""


def change_all(work: Work, body: Body, said: Mapping[str, tuple[Any, str]], *, seen: str | None = None) -> Orders:
    """Set several of a body's numbers, each with where it comes from (empty: as the law or practice has it).

    Invalid, with the paragraph at each field, where the law leaves the body no
    choice, or not this one; a longer notice period is the Kreistag's alone, by
    its Hauptsatzung (§ 27 Abs. 3 Satz 1 Halbsatz 2 LKO). Also where the numbers
    do not fit each other. Conflict if the body's numbers are no longer those
    of the revision *seen*.
    """
    permissions.require(work, "administer")
    work.session.execute(select(Body.id).where(Body.id == body.id).with_for_update())
    if seen is not None and revision(work, body) != seen:
        raise Conflict(
            "Inzwischen hat jemand diese Geschäftsordnung geändert. Ihre Angaben stehen noch hier; bei jeder steht, "
            "was jetzt gilt. Bitte prüfen Sie beides und speichern Sie noch einmal.",
            "Somebody has changed these standing orders meanwhile. Your entries are still here; beside each stands "
            "what holds now. Please check both and save again.")
    before, base = of(work, body), defaults(body)
    wrong = {name: found for name, (value, basis) in said.items()
             if (found := _wrong(work, body, name, value, basis, getattr(base, name))) is not None}
    if not wrong:
        wrong = _unfitting(replace(before, **{name: value for name, (value, _) in said.items()}), said)
    if wrong:
        raise Invalid("Bitte sehen Sie sich die markierten Angaben noch einmal an.",
                      "Please look at the marked fields again.",
                      fields={name: [sentence] for name, sentence in wrong.items()})
    for name, (value, basis) in said.items():
        basis = basis.strip() or base.basis[name]
        if value != getattr(before, name) or basis != before.basis[name]:
            _set(work, body, name, value, basis)
    work.session.flush()
    work.session.info.pop("standing orders", None)
    after = of(work, body)
    if after.lead_weeks != before.lead_weeks:
        calendars.tell(work, body)
    return after


def _set(work: Work, body: Body, name: str, value: Any, basis: str) -> None:
    row = work.session.scalar(
        select(StandingOrder).where(StandingOrder.body_id == body.id, StandingOrder.name == name))
    if row is None:
        row = work.add(StandingOrder(body_id=body.id, name=name, said={}, basis=basis, changed_at=work.now))
    row.said, row.basis, row.changed_at = {"value": value}, basis, work.now
    shown = ("ja" if value else "nein") if isinstance(value, bool) else str(value) or "–"
    events.record(work, "standing_order.changed", row, body=body.key, name=name, value=value, basis=basis,
                  label=PROVISIONS[name].label.de, said=shown)


def _wrong(work: Work, body: Body, name: str, value: Any, basis: str, default: Any) -> Sentence | None:
    provision, organ = PROVISIONS[name], body.kind == "organ"
    if is_fixed(body, name) and value != default:
        paragraph = defaults(body).basis[name]
        return Sentence(f"Das Gesetz lässt dem Gremium hier keine Wahl ({paragraph}).",
                        f"The law leaves the body no choice here ({paragraph}).")
    if len(basis.strip()) > StandingOrder.basis.type.length:
        return Sentence("Die Grundlage ist zu lang. Ein Verweis auf den Paragrafen genügt.",
                        "The basis is too long. A reference to the paragraph is enough.")
    if isinstance(default, bool):
        if not isinstance(value, bool):
            return Sentence("Bitte ja oder nein wählen.", "Please choose yes or no.")
        if name == "hybrid" and value and organ and not basis.strip():
            return Sentence(f"Hybride Sitzungen muss die Geschäftsordnung vorsehen ({provision.basis}). Bitte nennen "
                            "Sie deren Paragrafen.", f"The rules of procedure must provide for hybrid meetings "
                            f"({provision.basis}). Please name the paragraph.")
        return None
    if isinstance(default, str):
        return _wrong_choice(work, body, name, value)
    least = provision.least if organ or name not in ("notice_days", "urgent_days") else 0
    number = isinstance(value, int) and not isinstance(value, bool)
    if not number or not (least or 0) <= value <= (provision.most or value):
        source = provision.basis if organ else OWN_RULES
        return Sentence(f"Bitte eine Zahl von {least} bis {provision.most} eingeben ({source}).",
                        f"Please enter a number from {least} to {provision.most} ({source}).")
    if organ and name == "notice_days" and value > default and \
            (body.key != "kreistag" or "hauptsatzung" not in basis.lower()):
        return Sentence("Verlängern kann die Ladungsfrist nur der Kreistag, und nur in der Hauptsatzung "
                        "(§ 27 Abs. 3 Satz 1 Halbsatz 2 LKO). Bitte nennen Sie deren Paragrafen.",
                        "Only the Kreistag can lengthen the notice period, and only in the Hauptsatzung "
                        "(§ 27 Abs. 3 Satz 1 Halbsatz 2 LKO). Please name its paragraph.")
    return None


def _wrong_choice(work: Work, body: Body, name: str, value: Any) -> Sentence | None:
    provision = PROVISIONS[name]
    if name == "agenda_consent":
        if value == "" or (value != body.key and bodies.find(work, str(value)) is not None):
            return None
        return Sentence("Bitte ein anderes Gremium wählen, oder keines.", "Please choose another body, or none.")
    if value not in provision.choices:
        return Sentence("Bitte eine der Möglichkeiten wählen.", "Please choose one of the options.")
    if body.kind == "organ" and name == "circular" and value == "ja":
        return Sentence(f"Ein Organ darf nur in festgestellter Notlage im Umlauf beschließen ({provision.basis}).",
                        f"An organ may decide by circular in an established emergency only ({provision.basis}).")
    return None


def _unfitting(orders: Orders, said: Mapping[str, Any]) -> dict[str, Sentence]:
    """The numbers among *said* that do not fit the others, and why."""
    fits = (
        (orders.urgent_days <= orders.notice_days, ("urgent_days", "notice_days"),
         Sentence("Bei Dringlichkeit kann die Frist nicht länger sein als sonst.",
                  "In urgent cases the period cannot be longer than usual.")),
        (orders.send_days > orders.notice_days, ("send_days", "notice_days"),
         Sentence(f"So wäre die Ladungsfrist nicht zu wahren: Bei {orders.notice_days} vollen Tagen muss die Einladung "
                  f"mindestens {orders.notice_days + 1} Tage vor der Sitzung zugehen "
                  f"({orders.basis['notice_days']}).",
                  f"The notice period could not be kept: with {orders.notice_days} full days the invitation must be "
                  f"received at least {orders.notice_days + 1} days before the meeting "
                  f"({orders.basis['notice_days']}).")),
        (orders.editorial_days >= orders.send_days, ("editorial_days", "send_days"),
         Sentence("Der Redaktionsschluss muss vor dem Versand der Einladung liegen.",
                  "The editorial deadline must come before the invitation is sent.")),
        (orders.lead_weeks * 7 > orders.editorial_days, ("lead_weeks", "editorial_days"),
         Sentence("Die Sitzung muss vor ihrem Redaktionsschluss anberaumt werden.",
                  "The meeting must be convened before its editorial deadline.")),
        (orders.circular_reminder_days < orders.circular_days, ("circular_reminder_days", "circular_days"),
         Sentence("Die Erinnerung muss vor dem Ende der Frist liegen.",
                  "The reminder must come before the period ends.")),
    )
    return {next(name for name in names if name in said): why
            for holds, names, why in fits if not holds and any(name in said for name in names)}
