"""What service tasks can do for the strategy and the Digitale Agenda: the operations `strategy/…` and `agenda/…`."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from engine.ideas import ideas, strategies
from engine.identity import bodies
from engine.identity.bodies import BERLIN
from engine.runtime.instances import Instance
from engine.work import Handler, Work

Arguments = dict[str, Any]
NONE_YET = "Noch keine Fassung der Strategie beschlossen"


def version(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Returns stand: the version of the strategy that the instance's idea is rated with, fixed the first time."""
    idea = ideas.about(work, instance.subject_id)
    holds = strategies.rate_with(work, idea) if idea is not None else strategies.current(work)
    return {"stand": holds.stand if holds is not None else NONE_YET}


def publish(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Publish the next version. Arguments: titel, text, datum, wortlaut. Returns fassung, stand and nachpruefen_text.

    nachpruefen_text lists the running ideas rated with an older version; "" if there are none.
    """
    row = strategies.publish(
        work, instance, title=str(arguments.get("titel") or ""), text=str(arguments.get("text") or ""),
        decided_on=_day(work, arguments), wording=str(arguments.get("wortlaut") or ""))
    older = strategies.rated_before(work, row.version)
    return {"fassung": row.version, "stand": row.stand,
            "nachpruefen_text": "\n".join(f"- {idea.number} {idea.title} (Fassung {idea.strategy_version})"
                                          for idea in older)}


def next_day(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Returns am: the moment at which the agenda is continued next."""
    return {"am": strategies.next_day(work).isoformat()}


def collect(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Returns anzahl, text and bis: the measures adopted since the last continuation."""
    found = strategies.adopted_since_last(work)
    return {
        "anzahl": len(found), "bis": work.now.astimezone(BERLIN).isoformat(),
        "text": "\n".join(f"- {idea.number} {idea.title}, {resolution.decided_on:%d.%m.%Y}"
                          for idea, resolution in found),
    }


def record(work: Work, instance: Instance, arguments: Arguments) -> Arguments:
    """Publish the continued agenda. Arguments: text, datum, wortlaut, bis."""
    strategies.continue_agenda(
        work, instance, text=str(arguments.get("text") or ""), decided_on=_day(work, arguments),
        wording=str(arguments.get("wortlaut") or ""), until=datetime.fromisoformat(str(arguments["bis"])))
    return {}


OPERATIONS: Mapping[str, Handler] = {
    "strategy/version": version,
    "strategy/publish": publish,
    "agenda/next_day": next_day,
    "agenda/collect": collect,
    "agenda/record": record,
}


def _day(work: Work, arguments: Arguments) -> date:
    said = arguments.get("datum")
    return date.fromisoformat(str(said)[:10]) if said else bodies.today(work)
