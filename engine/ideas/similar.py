"""Ideas that resemble each other, so that a person can look whether one is a duplicate.

TF-IDF cosine over character 4-grams (Manning, Raghavan, Schütze: Introduction
to Information Retrieval, 2008, chapter 6). Parts of German compounds match
that way without a dictionary.
"""

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select

from engine.ideas.ideas import Idea
from engine.ideas.statuses import HIDDEN
from engine.work import Work

GRAM = 4
TITLE_WEIGHT = 3
LEAST = 0.12
"""Below this score two ideas have only common words in common."""


@dataclass(frozen=True)
class Similar:
    """An idea that resembles another, and how much: 0 not at all, 1 the same text."""

    number: str
    title: str
    score: float


def similar_to(work: Work, idea: Idea, limit: int = 5) -> list[Similar]:
    """The ideas most like *idea*, the likest first; merged and hidden ones left out."""
    query = select(Idea.id, Idea.number, Idea.title, Idea.text).where(
        Idea.status.not_in(sorted(HIDDEN)), Idea.merged_into_id.is_(None), Idea.id != idea.id
    )
    others = work.session.execute(query).all()
    mine = grams(idea.title, idea.text)
    counts = [grams(row.title, row.text) for row in others]
    spread = Counter(gram for grams_of in [mine, *counts] for gram in grams_of)
    weight = {gram: math.log((1 + len(others) + 1) / (1 + spread[gram])) + 0.01 for gram in mine}
    found = [
        Similar(row.number, row.title, round(_cosine(mine, other, weight, spread, len(others)), 3))
        for row, other in zip(others, counts, strict=True)
    ]
    return sorted((one for one in found if one.score >= LEAST), key=lambda one: (-one.score, one.number))[:limit]


def grams(title: str, text: str) -> Counter[str]:
    """The 4-grams of the words of an idea with their counts; those of the title count three times."""
    counted: Counter[str] = Counter()
    for source, times in ((title, TITLE_WEIGHT), (text, 1)):
        for word in re.findall(r"\w{3,}", _bare(source)):
            padded = f"_{word}_"
            for start in range(max(1, len(padded) - GRAM + 1)):
                counted[padded[start:start + GRAM]] += times
    return counted


def _bare(source: str) -> str:
    # Without the dots a plural (Bänke) is near its singular (Bank).
    letters = unicodedata.normalize("NFKD", source.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _cosine(
    mine: Counter[str], other: Counter[str], weight: dict[str, float], spread: Counter[str], total: int
) -> float:
    def scaled(counts: Counter[str], gram: str) -> float:
        known = weight.get(gram) or math.log((2 + total) / (1 + spread[gram])) + 0.01
        return (1 + math.log(counts[gram])) * known

    shared = sum(scaled(mine, gram) * scaled(other, gram) for gram in mine.keys() & other.keys())
    if not shared:
        return 0.0
    sizes = (math.sqrt(sum(scaled(counts, gram) ** 2 for gram in counts)) for counts in (mine, other))
    return shared / math.prod(sizes)
