"""The controls of the sidebar, a row a control. Pure.

The table is the class `Choices` itself: what its field is called and stands at, and beside it the
row that says how the control is named in the address, read, written, drawn and filled. Names,
parsers, widget keys and the sidebar all follow from it. Another control is one row here and its
name in the set of each page that takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import timedelta
from functools import cache
from typing import Any, ParamSpec

from bitly_data import buckets
from bitly_data.analysis.comparison import BEFORE, CHOSEN, YEAR
from bitly_data.buckets import UNITS, WEEKDAYS
from bitly_data.labels import zone_label
from bitly_data.query import (
    ALL_TIME,
    DEFAULT_UNIT,
    DEFAULT_UNITS,
    HIGHEST_LIMIT,
    LINK,
    LOWEST_LIMIT,
    MOST_BUCKETS,
    ORGANIZATION,
    login_label,
)
from bitly_data.sources.base import Capabilities
from bitly_data.views import lineup
from bitly_data.views.page_query import DEFAULT_TOP
from pages.components.controls import values
from pages.components.controls.values import END_DEFAULT

P = ParamSpec("P")
_ROW = "control"

# How a control is drawn: the first three are for any, each of the others for one of its own.
TOGGLE, PICK, NUMBER = "toggle", "pick", "number"
LINK_PICK, DOMAINS, LOGIN, UNIT, UNIT_COUNT = "link", "domains", "login", "unit", "units"
END, AGAINST, PERIOD = "until", "against", "period"

# Narrows the list of links; it is no part of the question.
LINK_SEARCH = "q_link_search"

END_NEWEST_CLICK, END_RUNNING, END_CHOSEN = "Newest click", "Now", "Chosen"
PERIODS = {BEFORE: "Period before", YEAR: "Same period a year before", CHOSEN: "Chosen"}

NO_MINUTES = "Minutes are counted for links only."
MINUTES_END_NOW = "Minutes always end now."
NO_OTHER_HOUR = "Minutes are kept for an hour only, so there is no other period."
NO_WEEKDAYS = "Weeks and months have no weekday."


@dataclass(frozen=True)
class Group:
    """A part of the sidebar; one with a label is folded away."""

    label: str = ""
    icon: str = ""


TOP = Group()
MORE = Group("More", ":material/tune:")
GROUPS = (TOP, MORE)
# What stands in the period bar above the page, and what in its menu of the other period.
BAR, COMPARISON = Group("Period"), Group("Compared with")


@dataclass(frozen=True)
class Moment:
    """What a widget for a moment is filled with [epoch s]; the widget itself has no seconds."""

    epoch: int


@dataclass(frozen=True)
class Seeding:
    """What widgets are filled by, beside the choices: the zone that moments are shown in, the
    newest click of a click log and the clock of who answers [epoch s].
    """

    zone: str
    newest: int | None
    now: float

    @property
    def usual(self) -> int:
        """Where a range ends by itself [epoch s]."""
        return int(self.now) // 60 * 60 if self.newest is None else self.newest


@dataclass(frozen=True)
class Need:
    """What a control takes of the source; `why` stands for its help where the source lacks it.

    `closes`: then there is nothing to choose, and the control is shown disabled.
    """

    met: Callable[[Capabilities], bool]
    why: str
    closes: bool = True


def _as_it_is(value: Any, _seeding: Seeding) -> tuple[Any, ...]:
    return (value,)


@dataclass(frozen=True)
class Control:
    """A row of the table.

    `keys` are those of its widgets; `seed` gives a value for each of them.
    `in_zone`: its parser takes the zone that a time without an offset is one of, as `zone`.
    `idle`: why it has no effect, by unit. `asked`: it is a part of the question itself.
    `options` and `text` are a pick's, `bounds` and `placeholder` a number's.
    """

    name: str  # in the address
    keys: tuple[str, ...]
    kind: str
    label: str
    parse: Callable[..., Any]
    write: Callable[[Any], list[str]]
    seed: Callable[[Any, Seeding], tuple[Any, ...]] = _as_it_is
    group: Group = TOP
    help: str | None = None
    needs: Need | None = None
    idle: Mapping[str, str] = field(default_factory=dict)
    asked: bool = True
    in_zone: bool = False
    options: Callable[[], Sequence[Any]] = tuple
    text: Callable[[Any], str] = str
    bounds: tuple[int, int] | None = None
    placeholder: str = ""

    def lacking(self, source: Capabilities) -> str | None:
        """What takes the place of its help, as the source lacks what it needs."""
        return None if self.needs is None or self.needs.met(source) else self.needs.why

    def is_closed(self, source: Capabilities) -> bool:
        """Whether the source leaves nothing to choose."""
        return self.needs is not None and self.needs.closes and not self.needs.met(source)


def _carried(make: Callable[P, Control]) -> Callable[P, Mapping[str, Control]]:
    """The same, as what a field of `Choices` carries along."""

    def carry(*values: P.args, **columns: P.kwargs) -> Mapping[str, Control]:
        return {_ROW: make(*values, **columns)}

    return carry


row = _carried(Control)


@cache
def zones() -> tuple[str, ...]:
    """Every zone that is offered: IANA names, then whole hours from UTC."""
    hours = range(buckets.LOWEST_OFFSET_HOURS, buckets.HIGHEST_OFFSET_HOURS + 1)
    return (*buckets.zone_names(), *map(str, hours))


def _weekday(day: int) -> str:
    return WEEKDAYS[day].capitalize()


def _seed_units(value: int, _seeding: Seeding) -> tuple[Any, ...]:
    # The widget takes no more, so it would be another number than the one it was filled with.
    return (DEFAULT_UNITS, True) if value == ALL_TIME else (min(value, MOST_BUCKETS), False)


def _seed_zone(value: str | None, seeding: Seeding) -> tuple[Any, ...]:
    return (value or seeding.zone,)


def _seed_until(value: str | int, seeding: Seeding) -> tuple[Any, ...]:
    if isinstance(value, int):
        return END_CHOSEN, Moment(value)
    newest = value == END_DEFAULT and seeding.newest is not None
    return (END_NEWEST_CLICK if newest else END_RUNNING), Moment(seeding.usual)


def _seed_against(value: str | int, seeding: Seeding) -> tuple[Any, ...]:
    if isinstance(value, int):
        return CHOSEN, Moment(value)
    usual = buckets.local(seeding.usual, buckets.zone(seeding.zone))
    return value, Moment(int((usual - timedelta(weeks=52)).timestamp()))


def _seed_list(value: tuple[str, ...], _seeding: Seeding) -> tuple[Any, ...]:
    return (list(value),)


def on_page(
    name: str, label: str, parse: Callable[..., Any], write: Callable[[Any], list[str]]
) -> Mapping[str, Control]:
    """The row of a choice that is made on the page itself, not in the sidebar."""
    return row(
        name=name,
        keys=(),
        kind=PERIOD,
        label=label,
        parse=parse,
        write=write,
        seed=lambda value, seeding: (),
        group=BAR,
        asked=False,
    )


@dataclass(frozen=True)
class Choices:
    """Everything that the controls hold; `None` and empty stand for the default.

    With a `period` the unit may be `AUTO`, and how many of them and the end follow from it
    (`periods.resolved`).
    """

    period: str = field(  # a preset or a range; empty: as many units up to the end
        default="",
        metadata=row(
            name="period",
            keys=(),
            kind=PERIOD,
            label="Period",
            parse=values.parse_period,
            write=values.write_text,
            seed=lambda value, seeding: (),
            group=BAR,
            asked=False,
        ),
    )
    account: str = field(  # whose token is used, where there are several; empty: the first one's
        default="",
        metadata=on_page("account", "Account", values.parse_words, values.write_text),
    )
    group: str = field(  # the only group of the account that is counted; empty: all of them
        default="",
        metadata=on_page("group", "Group", values.parse_words, values.write_text),
    )
    bucket: int | None = field(  # a moment [epoch s] in the one that is looked at closely
        default=None,
        metadata=row(
            name="bucket",
            keys=(),
            kind=PERIOD,
            label="Bucket",
            parse=values.parse_bucket,
            in_zone=True,
            write=values.write_moment,
            seed=lambda value, seeding: (),
            group=BAR,
            asked=False,
        ),
    )
    unit: str = field(
        default=DEFAULT_UNIT,
        metadata=row(
            name="unit",
            keys=("q_unit",),
            kind=UNIT,
            label="Unit",
            parse=values.parse_unit,
            write=values.write_text,
        ),
    )
    units: int = field(  # ALL_TIME: since the first click
        default=DEFAULT_UNITS,
        metadata=row(
            name="units",
            keys=("q_units", "q_all"),
            kind=UNIT_COUNT,
            label="Units",
            parse=values.parse_units,
            write=values.write_units,
            seed=_seed_units,
        ),
    )
    timezone: str | None = field(  # None: not chosen yet, so the browser's
        default=None,
        metadata=row(
            name="tz",
            keys=("q_zone",),
            kind=PICK,
            label="Time zone",
            parse=values.parse_timezone,
            write=values.write_text,
            seed=_seed_zone,
            options=zones,
            text=zone_label,
            help="Every IANA name, and whole hours from UTC.",
        ),
    )
    until: str | int = field(  # END_DEFAULT, END_NOW, or an epoch second
        default=END_DEFAULT,
        metadata=row(
            name="until",
            keys=("q_end", "q_end_at"),
            kind=END,
            label="End of range",
            parse=values.parse_until,
            in_zone=True,
            write=values.write_moment,
            seed=_seed_until,
            group=MORE,
            help="The newest bucket is the one that holds this moment (unit_reference_ts).",
            idle={"minute": MINUTES_END_NOW},
        ),
    )
    rollup: bool = field(
        default=False,
        metadata=row(
            name="rollup",
            keys=("q_rollup",),
            kind=TOGGLE,
            label="Totals only",
            parse=values.parse_switch,
            write=values.write_switch,
            group=MORE,
            help="One number over the whole range instead of a series (rollup).",
        ),
    )
    limit: int | None = field(
        default=None,
        metadata=row(
            name="limit",
            keys=("q_limit",),
            kind=NUMBER,
            label="Limit",
            parse=values.parse_limit,
            write=values.write_text,
            group=MORE,
            bounds=(LOWEST_LIMIT, HIGHEST_LIMIT),
            placeholder="none",
            help="Ask for at most so many buckets; older ones are shown as cut off. Empty: all.",
        ),
    )
    week_start: int | None = field(  # None: not chosen yet, so the reader's
        default=None,
        metadata=row(
            name="week",
            keys=("q_week",),
            kind=PICK,
            label="Weeks start on",
            parse=values.parse_week_start,
            write=values.write_week_start,
            group=MORE,
            options=lambda: range(7),
            text=_weekday,
            help="The usual day where you are, by your browser's language, until you choose one.",
        ),
    )
    domains: tuple[str, ...] = field(
        default=(),
        metadata=row(
            name="domain",
            keys=("q_domains",),
            kind=DOMAINS,
            label="Domains",
            parse=values.parse_domains,
            write=values.write_domains,
            seed=_seed_list,
            placeholder="all",
            help="Short domains, and domains that links lead to; "
            "several are counted together, each click once.",
        ),
    )
    login: str | None = field(
        default=None,
        metadata=row(
            name="login",
            keys=("q_login",),
            kind=LOGIN,
            label="Login",
            parse=values.parse_last_login,
            write=values.write_text,
            text=login_label,
            placeholder="all together",
            help="One account, or only other people's links to the organization's domains.",
            needs=Need(
                lambda source: source.other_peoples_links,
                "Bitly's v4 does not show other people's links to the organization's domains, and "
                "lists no logins: there are those of the links that were counted here.",
                closes=False,
            ),
        ),
    )
    link: str | None = field(
        default=None,
        metadata=row(
            name="link",
            keys=("q_link",),
            kind=LINK_PICK,
            label="Link",
            parse=values.parse_last_link,
            write=values.write_text,
            placeholder="Search, or paste any Bitlink",
            help="Search the account's links by name or address, or paste any Bitlink.",
        ),
    )
    against: str | int = field(  # BEFORE, YEAR, or an epoch second in a chosen period's newest
        default=BEFORE,
        metadata=row(
            name="compare",
            keys=("q_against", "q_against_at"),
            kind=AGAINST,
            label="Compare with",
            parse=values.parse_against,
            in_zone=True,
            write=values.write_moment,
            seed=_seed_against,
            group=COMPARISON,
            asked=False,
            text=PERIODS.__getitem__,
            help="A running period is set against the same elapsed part of the other.",
            idle={"minute": NO_OTHER_HOUR},
        ),
    )
    weekdays: bool = field(  # Mondays against Mondays
        default=False,
        metadata=row(
            name="align",
            keys=("q_weekdays",),
            kind=TOGGLE,
            label="Align weekdays",
            parse=values.parse_switch,
            write=values.write_switch,
            group=COMPARISON,
            asked=False,
            help="Mondays against Mondays: the other period begins some days earlier.",
            idle={unit: NO_WEEKDAYS for unit in UNITS if unit not in ("hour", "day")},
        ),
    )
    overlay: bool = field(  # the other period is drawn as well
        default=True,
        metadata=row(
            name="overlay",
            keys=("q_overlay",),
            kind=TOGGLE,
            label="Draw the other period",
            parse=values.parse_switch,
            write=values.write_switch,
            group=COMPARISON,
            asked=False,
            help="As a second line in the chart, and in the table and its file.",
            idle={"minute": NO_OTHER_HOUR},
        ),
    )
    upstream_buckets: bool = field(  # what Bitly itself answers is shown beside
        default=False,
        metadata=row(
            name="raw",
            keys=("q_as_answered",),
            kind=TOGGLE,
            label="As Bitly answers",
            parse=values.parse_switch,
            write=values.write_switch,
            group=MORE,
            asked=False,  # the page's own question stays the right one
            help="Bitly's own buckets beside the right "
            "ones: by one offset from UTC for all of them, weeks from Sunday.",
            needs=Need(
                lambda source: source.buckets_by_one_offset,
                "Bitly's own buckets beside the right ones: those of UTC.",
                closes=False,
            ),
        ),
    )
    zone_days: bool = field(  # the zone's own days, also where they take many calls
        default=False,
        metadata=row(
            name="exact",
            keys=("q_exact",),
            kind=TOGGLE,
            label="Exact",
            parse=values.parse_switch,
            write=values.write_switch,
            group=MORE,
            help="Domains and logins in the zone's own days, made from a list "
            "of each hour, as are days with more links than a list holds: many "
            "calls. Else days of UTC, a list of each.",
            needs=Need(
                lambda source: not source.own_zone_days,
                "Asked by v3, every zone has its own days.",
            ),
        ),
    )
    all_addresses: bool = field(  # a link with all its addresses
        default=False,
        metadata=row(
            name="together",
            keys=("q_together",),
            kind=TOGGLE,
            label="All addresses",
            parse=values.parse_switch,
            write=values.write_switch,
            group=MORE,
            help="A link by each of its hosts, and by v4 each of its custom back-halves. Bitly "
            "counts them apart; here they are one sum, and stand side by side.",
            needs=Need(
                lambda source: source.addresses,
                "This source does not say which addresses lead to one link.",
            ),
        ),
    )
    # What a table of links lists; none of it changes what is counted.
    top: int = field(
        default=DEFAULT_TOP,
        metadata=on_page("top", "Top", values.parse_top, values.write_top),
    )
    search: str = field(
        default="",
        metadata=on_page("search", "Search", values.parse_words, values.write_text),
    )
    tag: str = field(
        default="",
        metadata=on_page("tag", "Tag", values.parse_words, values.write_text),
    )
    items: tuple[str, ...] = field(  # links, domains and logins; empty: what `by` says
        default=(),
        metadata=on_page("item", "Items", values.parse_items, values.write_domains),
    )
    by: str = field(
        default=lineup.DOMAIN,
        metadata=on_page("by", "Lines", values.parse_by, values.write_text),
    )
    form: str = field(
        default=lineup.LINES,
        metadata=on_page("form", "Form", values.parse_form, values.write_text),
    )
    scale: str = field(
        default=lineup.CLICKS,
        metadata=on_page("scale", "Scale", values.parse_scale, values.write_text),
    )
    log: bool = field(
        default=False,
        metadata=on_page("log", "Log scale", values.parse_switch, values.write_switch),
    )
    own_scales: bool = field(  # of small multiples
        default=False,
        metadata=on_page("own", "Own scales", values.parse_switch, values.write_switch),
    )
    most_lines: int = field(
        default=lineup.DEFAULT_LINES,
        metadata=on_page("lines", "Lines shown", values.parse_lines, values.write_lines),
    )


def target_of(takes: Sequence[str]) -> str:
    """What a page that takes these controls is about: it says so by taking a link, or none."""
    return LINK if "link" in takes else ORGANIZATION


# The table by field, and the name in the address of each field.
CONTROLS: Mapping[str, Control] = {one.name: one.metadata[_ROW] for one in fields(Choices)}
NAMES: Mapping[str, str] = {name: control.name for name, control in CONTROLS.items()}
