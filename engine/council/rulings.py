"""What the law makes of numbers: quorums and majorities, each with its rule and paragraph. Nothing is read or written.

Sources: §§ 32 and 33 LKO with §§ 39 and 40 GemO; § 53 LKO for the
Kreisvorstand.  Bodies that only advise go by their own rules.
"""

from dataclasses import dataclass
from typing import Any

from engine.council.standing_orders import OWN_RULES, Orders
from engine.errors import Invalid, Sentence


@dataclass(frozen=True)
class Ruling:
    """Whether something holds, by which rule and paragraph."""

    holds: bool
    says: Sentence
    paragraph: str

    def plain(self) -> dict[str, Any]:
        """The ruling as it is kept and told."""
        return {"holds": self.holds, "de": self.says.de, "en": self.says.en, "paragraph": self.paragraph}


def quorum(
    orders: Orders, *, statutory_number: int, present: int, excluded: int = 0, second_invitation: bool = False
) -> Ruling:
    """Whether a body can decide a matter with *present* seats taken, of which *excluded* may not take part in it.

    More than half of the statutory number; after a second invitation for the
    same matter three; with exclusions a third of the statutory number, below
    which the chair decides after hearing those present (§ 32 LKO, § 39 GemO).
    Invalid for numbers that cannot be.
    """
    if statutory_number < 1 or not 0 <= excluded <= present or present > statutory_number:
        raise Invalid("Anwesende und Ausgeschlossene passen nicht zur gesetzlichen Zahl {number}.",
                      "Those present and excluded do not fit the statutory number {number}.", number=statutory_number)
    eligible = present - excluded
    if not orders.quorum:
        if not eligible:
            return Ruling(False, Sentence("Niemand ist da, der mitberaten darf.", "Nobody is there who may take part."),
                          orders.basis["quorum"])
        return Ruling(True, Sentence("Das Gremium berät und braucht keine Mindestzahl.",
                                     "The body advises and needs no minimum."), orders.basis["quorum"])
    if 2 * eligible > statutory_number:
        return Ruling(True, Sentence(f"{eligible} von {statutory_number}: mehr als die Hälfte.",
                                     f"{eligible} of {statutory_number}: more than half."),
                      _source(orders, "§ 32 Abs. 1 Satz 1 LKO"))
    if excluded and 3 * eligible >= statutory_number:
        return Ruling(True, Sentence(f"{eligible} von {statutory_number}: bei Ausschließung genügt ein Drittel.",
                                     f"{eligible} of {statutory_number}: with exclusions a third suffices."),
                      _source(orders, "§ 32 Abs. 2 LKO"))
    if second_invitation and eligible >= orders.second_minimum:
        return Ruling(True, Sentence(f"Zweite Einladung zum selben Gegenstand: {orders.second_minimum} genügen.",
                                     f"Second invitation for the same matter: {orders.second_minimum} suffice."),
                      _source(orders, "§ 32 Abs. 1 Satz 2 LKO"))
    if excluded:
        return Ruling(False, Sentence(
            f"{eligible} von {statutory_number}: weniger als ein Drittel. Nach Anhörung der Anwesenden entscheidet der "
            "Vorsitz oder vertagt.",
            f"{eligible} of {statutory_number}: less than a third. The chair decides after hearing those present, or "
            "adjourns."), _source(orders, "§ 32 Abs. 2 LKO"))
    return Ruling(False, Sentence(
        f"{present} von {statutory_number}: nicht beschlussfähig. Der Punkt wird vertagt; zur zweiten Einladung "
        f"genügen {orders.second_minimum}.",
        f"{present} of {statutory_number}: no quorum. The item is adjourned; after a second invitation "
        f"{orders.second_minimum} suffice."), _source(orders, "§ 32 Abs. 1 LKO"))


def majority(
    orders: Orders, needed: str, *, yes: int, no: int, abstained: int = 0, invalid: int = 0, present: int,
    statutory_number: int, chair_for: bool | None = None, paragraph: str = "",
) -> Ruling:
    """Whether a motion has the majority *needed* (a key of agendas.MAJORITIES), which *paragraph* asks for.

    Abstentions and invalid votes do not count among the votes cast; a tie is a
    rejection (§ 33 LKO, § 40 GemO) unless the body's law lets the chair decide
    it (*chair_for*, § 53 LKO). *present* are those who may take part. Invalid
    for numbers that cannot be, and for a tie that the chair has not decided.
    """
    if min(yes, no, abstained, invalid) < 0 or yes + no + abstained + invalid > present:
        raise Invalid("Es sind mehr Stimmen als Anwesende. Bitte zählen Sie noch einmal.",
                      "There are more votes than people present. Please count again.")
    source = paragraph or _source(orders, "§ 34 Abs. 7 GemO entsprechend" if needed == "zwei_drittel_anwesend"
                                  else "§ 33 LKO")
    if needed == "zwei_drittel_gesetzlich":
        holds, de, en = 3 * yes >= 2 * statutory_number, "zwei Drittel der gesetzlichen Zahl", \
            "two thirds of the statutory number"
    elif needed == "zwei_drittel_anwesend":
        holds, de, en = 3 * yes >= 2 * present and present > 0, "zwei Drittel der Anwesenden", \
            "two thirds of those present"
    elif needed == "mehrheit_gesetzlich":
        holds, de, en = 2 * yes > statutory_number, "Mehrheit der gesetzlichen Zahl", \
            "majority of the statutory number"
    elif needed == "einfach":
        if yes == no:
            return _tie(orders, yes, chair_for, source)
        holds, de, en = yes > no, "Mehrheit der abgegebenen Stimmen", "majority of the votes cast"
    else:
        raise Invalid("Die Mehrheit „{name}“ gibt es nicht.", "There is no majority “{name}”.", name=needed)
    return Ruling(holds, Sentence(f"{de} {'erreicht' if holds else 'verfehlt'}.",
                                  f"{en} {'reached' if holds else 'missed'}."), source)


def _tie(orders: Orders, votes: int, chair_for: bool | None, source: str) -> Ruling:
    if not orders.tie_chair or not votes:
        return Ruling(False, Sentence("Stimmengleichheit: abgelehnt.", "A tie: rejected."), source)
    if chair_for is None:
        raise Invalid(
            "Bei Stimmengleichheit entscheidet der Vorsitz ({basis}). Bitte tragen Sie ein, wie.",
            "The chair decides a tie ({basis}). Please enter how.", basis=orders.basis["tie_chair"],
            fields={"chair_for": [Sentence("Wie entscheidet der Vorsitz?", "How does the chair decide?")]})
    return Ruling(chair_for, Sentence("Stimmengleichheit: Der Vorsitz entscheidet.", "A tie: the chair decides."),
                  orders.basis["tie_chair"])


def _source(orders: Orders, paragraph: str) -> str:
    """The paragraph that binds an organ; other bodies have only taken the rule over."""
    return paragraph if orders.organ else OWN_RULES
