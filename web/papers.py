"""Papers: what a body is asked to decide, its versions and the bodies it goes through, as a page and as a file."""

import re
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine.council import papers
from engine.ideas import ideas
from engine.identity import permissions
from web import auth
from web.printing import printed

area = Blueprint("papers", __name__, url_prefix="/vorlagen")


@area.get("/<uuid:paper_id>")
def show(paper_id: UUID) -> ResponseReturnValue:
    """A paper for whoever may read it; its older versions for those who work on it."""
    with auth.look() as work:
        paper = papers.readable(work, paper_id)
        inside = permissions.may(work, "read instances") or permissions.may(work, "council")
        shown = {"paper": paper, "document": papers.document(work, paper, _version() if inside else None),
                 "versions": papers.versions(work, paper) if inside else [], "public": papers.is_public(work, paper),
                 "idea": ideas.about(work, paper.subject_id)}
    return render_template("papers/show.html", **shown)


@area.get("/<uuid:paper_id>.pdf")
def file(paper_id: UUID) -> ResponseReturnValue:
    """The latest version as a file."""
    with auth.look() as work:
        paper = papers.readable(work, paper_id)
        return printed(papers.document(work, paper), f"vorlage-{paper.number.replace('/', '-')}")


def _version() -> int | None:
    asked = request.args.get("fassung", "")
    return int(asked) if re.fullmatch(r"[0-9]{1,4}", asked) else None
