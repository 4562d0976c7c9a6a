"""What went up, and what went down? The links whose clicks changed most. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bitly_data.locales import ENGLISH, Locale
from bitly_data.sources.model import Link
from bitly_data.views.links import name_of
from bitly_data.views.rankings import Counts, Found
from bitly_data.views.values import CAPTION, CHANGE, COUNT, Column, Notice, Section, Table
from bitly_data.views.widths import HALF_WIDTH, fitting, left_over

# So many that went up and so many that went down.
MOST_EACH = 3
# A change of fewer clicks than that is chance for nearly every link [count].
FEWEST_CLICKS = 20


@dataclass(frozen=True)
class Mover:
    """A link with its clicks in two periods of the same length [count]."""

    link: Link
    now: int
    before: int

    @property
    def gain(self) -> int:
        """By how many clicks there are more [count]."""
        return self.now - self.before

    @property
    def percent(self) -> float:
        """The same in per cent; `inf` from nothing."""
        return self.gain / self.before * 100 if self.before else math.inf


def movers(found: Found) -> list[Mover]:
    """The links that gained or lost most clicks, the largest gain first, the largest loss last.

    A link of which one of the two numbers is not known is left out.
    """
    if found.part is None or found.before is None:
        return []
    now, before = Counts(found.part), Counts(found.before)
    links = {row.link.link: row.link for row in (*found.before.rows, *found.part.rows)}
    pairs = [(link, now.of_own(link), before.of_own(link)) for link in links.values()]
    every = [Mover(link, a, b) for link, a, b in pairs if a is not None and b is not None]
    large = [one for one in every if abs(one.gain) >= FEWEST_CLICKS]
    ordered = sorted(large, key=lambda one: (-one.gain, one.link.link))
    ups = [one for one in ordered if one.gain > 0][:MOST_EACH]
    return ups + [one for one in ordered if one.gain < 0][-MOST_EACH:]


def present(found: Found, locale: Locale = ENGLISH) -> Section:
    """Risers and fallers as a table; a sentence where there is none."""
    rows = movers(found)
    if not rows:
        text = (
            f"Not known: {found.why}."
            if found.why
            else f"No link changed by {FEWEST_CLICKS} clicks or more."
        )
        return Section(notices=(Notice(CAPTION, locale.text(text)),))
    numbers = (
        Column("Clicks", tuple(one.now for one in rows), COUNT, width=70),
        Column("Before", tuple(one.before for one in rows), COUNT, width=70),
        Column(
            "Change",
            tuple(one.percent for one in rows),
            CHANGE,
            width=72,
            tones=tuple("more" if one.gain > 0 else "fewer" for one in rows),
        ),
    )
    width = left_over(numbers, HALF_WIDTH)
    names = tuple(fitting(name_of(one.link.link, one.link), width) for one in rows)
    links = Column("Link", tuple(one.link.link for one in rows))
    columns = (links, Column("Title", names, width=width), *numbers)
    on_phone = ("Title", "Clicks", "Change")
    return Section(table=Table(columns, on_phone, hidden=("Link",), ranked=len(rows)))
