"""Writes reviews of films that do not exist: a stand-in for IMDB in which the order of words matters.

A review is a chain of sentences. Opinions mostly agree with the review's label; each is plain ("the
acting was great"), denied, nearby or from afar ("i do not think that ... was great"), weighed against its
opposite ("... was great but ... was dull": what follows *but* counts, what follows *although* does not), or
somebody else's, which counts for nothing. The other sentences tell the plot and count for nothing either.
Counting words cannot tell these apart. Pairs of words catch "not great" and "great but"; the rest
takes a memory.
"""

from __future__ import annotations

from words import (
    ASPECTS,
    BAD,
    DEGREES,
    DISLIKED,
    GENRES,
    GOOD,
    LIKED,
    NEUTRAL,
    NOUNS,
    PEOPLE,
    ROLES,
    TIMES,
    VERBS,
    WAYS,
    Drawer,
    a,
    gerund,
    names,
    past,
    plural,
    third,
)

NAMES = names(900, seed=7)
AGREES = 0.92  # share of the opinions that agree with the review's label


def review(draw: Drawer, liked: bool) -> str:
    """Return one review by somebody who liked a film, or did not."""
    sentences = [_about(draw)]
    for _ in range(draw.random.randint(3, 7)):
        agrees = draw.chance(AGREES)
        sentences.append(opinion(draw, liked if agrees else not liked))
        if draw.chance(0.35):
            sentences.append(draw.even([_plot, _plot, _hearsay, _visit])(draw))
    return " ".join(sentences)


def opinion(draw: Drawer, good: bool) -> str:
    """Return a sentence that finds something good, or bad."""
    kinds = [_plain, _verb, _denied, _denied_from_afar, _but, _although_first, _although_last]
    weights = [0.37, 0.1, 0.09, 0.12, 0.14, 0.09, 0.09]
    return kinds[draw.random.choice(len(kinds), p=weights)](draw, good)


def _was(draw: Drawer, good: bool) -> str:
    degree = f"{draw.one(DEGREES)} " if draw.chance(0.35) else ""
    return f"the {draw.one(ASPECTS)} was {degree}{draw.one(GOOD if good else BAD)}"


def _plain(draw: Drawer, good: bool) -> str:
    return _was(draw, good)


def _verb(draw: Drawer, good: bool) -> str:
    return f"i {draw.one(LIKED if good else DISLIKED)} the {draw.one(ASPECTS)}"


def _denied(draw: Drawer, good: bool) -> str:
    return f"the {draw.one(ASPECTS)} was not {draw.one(BAD if good else GOOD)}"


def _denied_from_afar(draw: Drawer, good: bool) -> str:
    starts = ["i do not think that", "nobody can say that", "i never felt that", "i doubt that"]
    starts += ["it is not true that", "i would not say that"]
    return f"{draw.one(starts)} {_was(draw, not good)}"


def _but(draw: Drawer, good: bool) -> str:
    return f"{_was(draw, not good)} but {_was(draw, good)}"


def _although_first(draw: Drawer, good: bool) -> str:
    return f"{draw.one(['although', 'though'])} {_was(draw, not good)} {_was(draw, good)}"


def _although_last(draw: Drawer, good: bool) -> str:
    return f"{_was(draw, good)} {draw.one(['although', 'though'])} {_was(draw, not good)}"


def _hearsay(draw: Drawer) -> str:
    return f"my {draw.one(PEOPLE)} said that {_was(draw, draw.chance(0.5))}"


def _visit(draw: Drawer) -> str:
    return f"i watched it with my {draw.one(PEOPLE)} {draw.one(TIMES)}"


def _about(draw: Drawer) -> str:
    genre = f"{draw.one(NEUTRAL)} {draw.one(GENRES)}" if draw.chance(0.5) else draw.one(GENRES)
    by = f" by {draw.one(NAMES)}" if draw.chance(0.5) else f" with {draw.one(NAMES)}"
    return f"this is {a(genre)}{by} about {a(draw.one(ROLES))} who {_deed(draw)}"


def _plot(draw: Drawer) -> str:
    who = draw.one(NAMES) if draw.chance(0.4) else f"the {draw.one(ROLES)}"
    return f"{who} {_deed(draw)}"


def _deed(draw: Drawer) -> str:
    verb, noun = draw.one(VERBS), draw.one(NOUNS)
    thing = a(f"{draw.one(NEUTRAL)} {noun}") if draw.chance(0.4) else f"the {noun}"
    where = f" in {draw.one(NAMES)}" if draw.chance(0.25) else ""
    forms = [
        f"{third(verb)} {thing}{where}",
        f"{past(verb)} {plural(noun)}{where} {draw.one(WAYS)}",
        f"starts {gerund(verb)} {thing}{where}",
        f"{draw.one(WAYS)} {third(verb)} {thing}",
    ]
    return draw.even(forms)


def reviews(count: int, seed: int) -> tuple[list[list[str]], list[int]]:
    """Return reviews as lists of words, and their labels: 1 for liked, half of them."""
    draw = Drawer(seed)
    labels = [i % 2 for i in range(count)]
    draw.random.shuffle(labels)
    return [review(draw, bool(label)).split() for label in labels], labels
