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
        return Ruling(eligible > 0, Sentence("Das Gremium berät und braucht keine Mindestzahl.",
                                             "The body advises and needs no minimum."), orders.basis["quorum"])
    if excluded and 3 * eligible >= statutory_number:
        return Ruling(True, Sentence(f"{eligible} von {statutory_number}: bei Ausschließung genügt ein Drittel.",
                                     f"{eligible} of {statutory_number}: with exclusions a third suffices."),
                      "§ 32 Abs. 2 LKO")
    if not excluded and 2 * present > statutory_number:
        return Ruling(True, Sentence(f"{present} von {statutory_number}: mehr als die Hälfte.",
                                     f"{present} of {statutory_number}: more than half."), "§ 32 Abs. 1 Satz 1 LKO")
    if second_invitation and eligible >= orders.second_minimum:
        return Ruling(True, Sentence(f"Zweite Einladung zum selben Gegenstand: {orders.second_minimum} genügen.",
                                     f"Second invitation for the same matter: {orders.second_minimum} suffice."),
                      "§ 32 Abs. 1 Satz 2 LKO")
    if excluded:
        return Ruling(False, Sentence(
            f"{eligible} von {statutory_number}: weniger als ein Drittel. Nach Anhörung der Anwesenden entscheidet der "
            "Vorsitz oder vertagt.",
            f"{eligible} of {statutory_number}: less than a third. The chair decides after hearing those present, or "
            "adjourns."), "§ 32 Abs. 2 LKO")
    return Ruling(False, Sentence(
        f"{present} von {statutory_number}: nicht beschlussfähig. Der Punkt wird vertagt; zur zweiten Einladung "
        f"genügen {orders.second_minimum}.",
        f"{present} of {statutory_number}: no quorum. The item is adjourned; after a second invitation "
        f"{orders.second_minimum} suffice."), "§ 32 Abs. 1 LKO")


def majority(
    orders: Orders, needed: str, *, yes: int, no: int, abstained: int = 0, invalid: int = 0, present: int,
    statutory_number: int, chair_for: bool | None = None,
) -> Ruling:
    """Whether a motion has the majority *needed* (a key of agendas.MAJORITIES).

    Abstentions and invalid votes do not count among the votes cast; a tie is a
    rejection (§ 33 LKO, § 40 GemO) unless the body's law lets the chair decide
    it (*chair_for*, § 53 LKO). Invalid for numbers that cannot be.
    """
    if min(yes, no, abstained, invalid) < 0 or yes + no + abstained + invalid > present:
        raise Invalid("Es sind mehr Stimmen als Anwesende. Bitte zählen Sie noch einmal.",
                      "There are more votes than people present. Please count again.")
    own = "§ 33 LKO" if orders.basis.get("quorum") != OWN_RULES else OWN_RULES
    if needed == "zwei_drittel_gesetzlich":
        holds, de, en = 3 * yes >= 2 * statutory_number, "zwei Drittel der gesetzlichen Zahl", \
            "two thirds of the statutory number"
    elif needed == "zwei_drittel_anwesend":
        holds, de, en = 3 * yes >= 2 * present and present > 0, "zwei Drittel der Anwesenden", \
            "two thirds of those present"
        own = "§ 34 Abs. 7 GemO entsprechend"
    elif needed == "mehrheit_gesetzlich":
        holds, de, en = 2 * yes > statutory_number, "Mehrheit der gesetzlichen Zahl", \
            "majority of the statutory number"
    elif needed == "einfach":
        if yes == no and yes and orders.tie_chair and chair_for is not None:
            return Ruling(chair_for, Sentence("Stimmengleichheit: Der Vorsitz entscheidet.",
                                              "A tie: the chair decides."), "§ 53 LKO")
        holds, de, en = yes > no, "Mehrheit der abgegebenen Stimmen", "majority of the votes cast"
        if yes == no:
            return Ruling(False, Sentence("Stimmengleichheit: abgelehnt.", "A tie: rejected."), own)
    else:
        raise Invalid("Die Mehrheit „{name}“ gibt es nicht.", "There is no majority “{name}”.", name=needed)
    return Ruling(holds, Sentence(f"{de} {'erreicht' if holds else 'verfehlt'}.",
                                  f"{en} {'reached' if holds else 'missed'}."), own)
