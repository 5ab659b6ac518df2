"""Rules about times: each can be read now, as far as it is fixed, and comes as often as it is meant to."""

import re
from collections.abc import Iterator

from engine.definitions import rules
from engine.definitions.rules import Complaint, Known, rule
from engine.errors import Sentence
from engine.spiff import Diagram

BARE = re.compile(r"P[0-9TYMWDHS]*\d[YMWDHS][0-9TYMWDHS]*|R\d*/.*|\d{4}-\d{2}-\d{2}.*", re.ASCII)
"""A time that should have been in quotes."""
_CRON_PART = re.compile(r"[\d*,/?LW#-]+|(?:[A-Za-z]{3})(?:[,-][A-Za-z]{3})*", re.ASCII)
_EVERY = {"@hourly": "R/PT1H", "@daily": "R/P1D", "@midnight": "R/P1D", "@weekly": "R/P1W", "@monthly": "R/P1M",
          "@yearly": "R/P1Y", "@annually": "R/P1Y"}


@rule("timer-unreadable",
      "Eine feste Zeit steht in Anführungszeichen: \"P14D\", \"P10WD\" (Arbeitstage), \"R3/P7D\" oder "
      "\"2026-05-01T12:00:00+02:00\".",
      "A fixed time stands in quotes: \"P14D\", \"P10WD\" (working days), \"R3/P7D\" or "
      "\"2026-05-01T12:00:00+02:00\".")
def timer_unreadable(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A time is an expression; one that is fixed can be read now."""
    for node in diagram.nodes:
        for one in node.details.definitions:
            if one.kind != "timer":
                continue
            text, fixed = one.text or "", rules.constant(one.text or "")
            if not text:
                yield rules.about(node, "wartet auf eine Zeit, nennt sie aber nicht",
                                  "waits for a time but does not say which")
            elif (cron := instead_of_cron(fixed if isinstance(fixed, str) else text)) is not None:
                yield rules.about(node, f"hat die Zeit {text} in der Schreibweise von cron, die hier nicht gilt",
                                  f"has the time {text} in the notation of cron, which does not hold here",
                                  Sentence(f"Schreiben Sie zum Beispiel \"{cron}\", als timeCycle.",
                                           f"Write \"{cron}\" for example, as timeCycle."), line=one.line)
            elif BARE.fullmatch(text) or (fixed is not None and rules.bad_time(fixed)):
                yield rules.about(node, f"hat die Zeit {text}, die nicht gelesen werden kann",
                                  f"has the time {text}, which cannot be read", line=one.line)
            elif node.repeats and isinstance(fixed, str) and not fixed.strip().startswith("R"):
                yield rules.about(node, f"hat die Zeit {text}, die keine Wiederholung ist",
                                  f"has the time {text}, which is not a repetition", line=one.line)


def instead_of_cron(text: str) -> str | None:
    """The repetition to write in place of a time in the notation of cron; None if *text* is not in that notation."""
    said = text.strip().strip("\"'").lower()
    if said in _EVERY:
        return _EVERY[said]
    parts = said.split()
    if len(parts) not in (5, 6, 7) or not all(_CRON_PART.fullmatch(part) for part in parts):
        return None
    minute, hour, day, month, weekday = (parts[1:] if len(parts) > 5 else parts)[:5]
    if minute.startswith(("*", "0/")) and hour == "*":
        step = minute.rpartition("/")[2]
        return f"R/PT{step}M" if step.isdecimal() else "R/PT1M"
    if hour.startswith(("*", "0/")):
        step = hour.rpartition("/")[2]
        return f"R/PT{step}H" if step.isdecimal() else "R/PT1H"
    first = f"2026-03-02T{_two(hour)}:{_two(minute)}:00"  # a Monday
    if weekday not in ("*", "?"):
        return f"R/{first}/P1W"
    if month not in ("*", "?"):
        return f"R/{first}/P1Y"
    return f"R/{first}/P1M" if day not in ("*", "?") else f"R/{first}/P1D"


def _two(part: str) -> str:
    found = re.match(r"\d+", part)
    return f"{int(found[0]) if found else 0:02d}"


@rule("timer-comes-once",
      "Nur ein nicht unterbrechendes Ereignis am Rand einer Aktivität oder am Beginn eines Ereignis-Teilprozesses "
      "wiederholt seinen Timer.",
      "Only a non-interrupting event at the edge of an activity or at the start of an event sub-process repeats its "
      "timer.", severity="warning")
def timer_comes_once(diagram: Diagram, known: Known) -> Iterator[Complaint]:
    """A repetition that will not be repeated is not what its author meant."""
    for node in diagram.nodes:
        fixed = rules.constant(node.timer or "")
        if node.cycle and not node.repeats and not (isinstance(fixed, str) and fixed.startswith("R1/")):
            yield rules.about(node, "ist als Wiederholung gezeichnet, kommt aber nur einmal",
                              "is drawn as a repetition, but comes only once")


RULES = (timer_unreadable, timer_comes_once)
