"""The period that a page begins with where its address names none: one that shows something.

As a rule that is the last 30 days. A click log may have hardly any clicks in them, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bitly_data import periods
from bitly_data.client import Client
from bitly_data.errors import BitlyError
from bitly_data.periods import AUTO, Moment
from bitly_data.query import ClickQuery
from pages.components.controls import period
from pages.components.controls.period import DEFAULT_PERIOD
from pages.components.controls.table import Choices

_SHOWN = {
    "24h": "the last 24 hours are shown",
    "7d": "the last 7 days are shown by hour",
    "90d": "the last 90 days are shown",
    periods.ALL: "all time is shown",
}


@dataclass(frozen=True)
class FirstPeriod:
    """A period, its unit, and why it is another one than usual: a sentence, or nothing."""

    period: str = DEFAULT_PERIOD
    unit: str = AUTO
    why: str = ""

    @property
    def is_usual(self) -> bool:
        """Whether it is the one that the controls stand at by themselves."""
        return self.period == DEFAULT_PERIOD


USUAL = FirstPeriod()


def first_period(client: Client, choices: Choices, newest: int | None, zone: str) -> FirstPeriod:
    """What a page begins with in the zone and the weeks of these choices.

    `newest` is the newest click of a click log [epoch s], `zone` the one to use where none is
    chosen. Nobody else's clicks are asked for that.
    """
    if newest is None:
        return USUAL
    at = period.moment(choices, newest, client.now, zone)
    name = choices.timezone or zone
    return client.kept(
        ("first period", newest, name, at.week_start), lambda: _first(client, at, name)
    )


def begun(choices: Choices, first: FirstPeriod) -> Choices:
    """The choices of an address that names no period, with the first one."""
    return choices if first.is_usual else replace(choices, period=first.period, unit=first.unit)


def spelled(choices: Choices, first: FirstPeriod) -> Choices:
    """The same choices so that the address names the last 30 days, where without a word it would
    begin with another period.
    """
    if first.is_usual or not period.is_default(choices):
        return choices
    return replace(choices, period=DEFAULT_PERIOD, unit=AUTO)


def _first(client: Client, at: Moment, zone: str) -> FirstPeriod:
    clicked = client.clicked()
    for name, unit in periods.best_to_begin(at, clicked, client.now):
        if name == DEFAULT_PERIOD:
            return USUAL
        if _can_be_asked(client, name, unit, at, zone):
            days = periods.clicked_buckets(DEFAULT_PERIOD, AUTO, at, clicked)
            return FirstPeriod(name, unit, _why(days, name))
    return USUAL


def _can_be_asked(client: Client, name: str, unit: str, at: Moment, zone: str) -> bool:
    """Whether a period is shown at once, without a price before it."""
    parts = period.resolved(Choices(period=name, unit=unit), at)
    query = ClickQuery(
        unit=parts.unit,
        units=parts.units,
        timezone=zone,
        until=at.now,
        week_start=at.week_start,
    )
    try:
        plan = client.cost([query])
    except BitlyError:
        return False
    return plan is None or (plan.is_possible and not plan.is_wide)


def _why(days: int, name: str) -> str:
    number = f"Only {days}" if days else "None"
    have = "have" if days > 1 else "has"
    return f"{number} of the last 30 days {have} clicks, so {_SHOWN[name]}."
