"""What a question of v3 counts, and in which buckets: unit, units, limit, zone and reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta, timezone
from functools import cached_property
from itertools import takewhile
from typing import Final

from bitly_data import buckets
from bitly_data.server.calls import Parameters
from bitly_data.server.v3.call import Call, invalid
from bitly_data.server.words import DAY_SECONDS, EARLIEST, HOUR_SECONDS, LATEST, SECONDS, SUNDAY

ALL: Final = -1  # units: all there are
_MINUTES_KEPT: Final = 60
_DEFAULT_ZONE: Final = "America/New_York"  # as v3 documents it
_BEFORE_ALL: Final = -(2**62)  # [epoch s]


@dataclass(frozen=True)
class Question:
    """What to count, in which buckets. One fixed `offset` [s] holds for the whole answer."""

    unit: str
    units: int  # -1: all
    rollup: bool
    limit: int
    offset: int
    reference: int  # a time in the newest bucket [epoch s]
    sent_reference: int | str | None

    @property
    def zone(self) -> timezone:
        return timezone(timedelta(seconds=self.offset))

    @property
    def hours(self) -> int | float:
        """The offset in hours; a whole number wherever it can be one."""
        whole, rest = divmod(self.offset, HOUR_SECONDS)
        return self.offset / HOUR_SECONDS if rest else whole

    @property
    def buckets_back(self) -> int:
        """How many buckets are counted, -1 for all. Bitly kept minutes for an hour only."""
        return _MINUTES_KEPT if self.unit == "minute" and self.units == ALL else self.units

    @cached_property
    def newest(self) -> int:
        """The start of the newest bucket [epoch s]."""
        return buckets.floor(self.reference, self.unit, self.zone, SUNDAY)

    def back(self, start: int, count: int) -> int:
        """The start of the bucket `count` before the one at `start`.

        Where the calendar has no such bucket, a time before all clicks.
        """
        if self.unit != "month":  # in a fixed offset all the other units are equally long
            return start - count * SECONDS[self.unit]
        month = buckets.local(start, self.zone).date()
        try:
            return buckets.day_start(buckets.step_day(month, "month", -count), self.zone)
        except (ValueError, OverflowError):
            return _BEFORE_ALL

    def starts(self, count: int) -> list[int]:
        """The starts of the newest `count` buckets, newest first; fewer where 1970 is near."""
        newest = self.newest
        starts = (self.back(newest, index) for index in range(count))
        return list(takewhile(lambda start: start >= EARLIEST, starts))


def question_of(call: Call, units_of_time: Sequence[str], *, rollup: bool) -> Question:
    """The question that a call's parameters put; `rollup` is what counts where it is not said.

    Raises `Refusal` or `BadArgument` for a parameter that cannot be used.
    """
    parameters = call.parameters
    unit = parameters.choice("unit", "day", units_of_time)
    units = parameters.integer("units", ALL, ALL, 10**18)
    if units == 0 or (unit == "minute" and units > _MINUTES_KEPT):
        raise invalid("units")
    rolled_up = _boolean(parameters, "rollup", rollup)
    offset = _offset(parameters, call.now)
    limit = parameters.integer("limit", 100, 1, 1000)
    sent = parameters.last("unit_reference_ts")
    reference = call.now
    if sent is not None and sent != "now":
        reference = parameters.integer("unit_reference_ts", call.now, EARLIEST, LATEST)
        if unit == "minute":
            raise invalid("unit_reference_ts")
    if parameters.text("format", "json") == "txt" and not rolled_up:
        raise invalid("format")
    return Question(
        unit,
        units,
        rolled_up,
        limit,
        offset,
        reference,
        reference if sent not in (None, "now") else sent,
    )


def day_starts(call: Call, days: int) -> tuple[list[int], int]:
    """The starts of the last days, newest first [epoch s], and their offset from UTC [s].

    So days were counted before there were units: in New York, whatever the zone of the caller.
    """
    offset = buckets.offset_at(call.now, buckets.zone(_DEFAULT_ZONE))
    newest = (call.now + offset) // DAY_SECONDS * DAY_SECONDS - offset
    return [newest - back * DAY_SECONDS for back in range(days)], offset


def _boolean(parameters: Parameters, name: str, default: bool) -> bool:
    words = {"true": True, "1": True, "false": False, "0": False}
    value = parameters.last(name)
    if value is None:
        return default
    if value.lower() not in words:
        raise invalid(name)
    return words[value.lower()]


def _offset(parameters: Parameters, now: int) -> int:
    """The offset of the zone asked for at request time [s], which then holds for old buckets too.

    Recorded: Europe/Amsterdam gave 1 in winter and 2 in summer, and days across a change of
    clocks were exactly 86400 s apart.
    """
    # Bitly's own Python client sends the zone as tz_offset.
    name = parameters.last("timezone") or parameters.text("tz_offset", _DEFAULT_ZONE)
    try:
        return buckets.offset_at(now, buckets.zone(name))
    except ValueError:
        raise invalid("timezone") from None
