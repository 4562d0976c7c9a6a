"""Series to chart: everything that a reader sees, as plain values in no library's words.

The figure on the page (`plotly.py`) and the picture files (`picture.py`) are drawn from the same
`Chart`; how they look is in `style.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bitly_data import buckets
from bitly_data.charts.style import (
    BOUND_WORDS,
    CROWDED,
    MAIN,
    OTHER,
    OTHERS,
    PANEL_COLUMNS,
    PARTLY_IN_LOG,
    RUNNING_OPACITY,
    STACK_OPACITY,
    STATE_STYLES,
    ZERO_STYLE,
)
from bitly_data.charts.ticks import Calendar, tick_texts
from bitly_data.coverage import NOT, PARTLY, WORDS
from bitly_data.labels import (
    at_least_text,
    bucket_labels,
    count_text,
    length_text,
    offset_text,
    short_labels,
    zone_label,
)
from bitly_data.locales import ENGLISH, Locale
from bitly_data.series import ClickSeries, coverage_words, groups_of
from bitly_data.states import COUNTED, NOT_BEGUN, PARTIAL, REBUILT, STATES, UNKNOWN

# So many labels fit below a chart on a wide screen: three hours across two days.
MOST_TICKS = 17
# Beyond this many buckets a marker on each is a smear.
MOST_MARKERS = 39
# Of so many lines their plain buckets have markers; of more these would hide the lines.
MOST_MARKED_LINES = 3
# So many words fit side by side above the lines.
MOST_MARK_TEXTS = 8
# So much room above the highest value, as a part of it, that the words at the peak fit.
HEADROOM = 0.14
# What a chart of small multiples says of its scale, as a reader compares heights across them.
ONE_SCALE, OWN_SCALES = "one scale for all panels", "each on its own scale"
# What a chart says whose hours were made to days, as there are too many of them to be seen.
BY_DAY = "drawn by day"


@dataclass(frozen=True)
class Line:
    """One series: float64[n], NaN where not known; `states`: int8[n], indexes into STATES.

    `labels` are the line's own buckets, where they are not those of the axis. `at_least` and
    `at_most`: float64[n], the bounds of what is not known, NaN where there is none. `in_log`: how
    much of a partial bucket a click log has, in words; none of it where the log is no reason for
    that. `role` is what the line is of: what is asked about, the other period behind it, or the
    rest of many. `makers`: n texts, what made each bucket, up to three lines of plain text.
    """

    name: str
    values: NDArray[np.float64]
    states: NDArray[np.int8]
    style: int  # which colour and pattern
    labels: tuple[str, ...] | None = None
    at_least: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    at_most: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    in_log: tuple[str, ...] = ()
    role: str = MAIN  # MAIN, OTHER or OTHERS of `style`
    makers: tuple[str, ...] = ()
    zeros: tuple[int, ...] = ()  # where the number is 0, which a log scale has no place for

    def __post_init__(self) -> None:
        if len(self.makers) not in (0, len(self.values)):
            raise ValueError("a line has makers for each bucket, or none at all")
        for name in ("at_least", "at_most"):
            if not len(getattr(self, name)):
                object.__setattr__(self, name, np.full(len(self.values), np.nan))
        for numbers in (self.values, self.states, self.at_least, self.at_most):
            numbers.setflags(write=False)  # whoever is shown the same chart shares them

    @property
    def running(self) -> NDArray[np.bool_]:
        """bool[n]: still filling, or cut by the range."""
        running: NDArray[np.bool_] = self.states == PARTIAL
        return running

    def in_words(self, at: int) -> str:
        """What a point's state says of it."""
        in_log = self.in_log[at] if self.in_log else ""
        return in_log or _words(self.states[at]).split(": ")[-1]

    @property
    def marked(self) -> NDArray[np.bool_]:
        """bool[n]: which points carry a marker.

        All of a short line; of a long one the ends of what was rebuilt, and some within it.
        """
        count = len(self.values)
        return np.ones(count, dtype=np.bool_) if count <= MOST_MARKERS else self.marked_sparsely

    @property
    def marked_sparsely(self) -> NDArray[np.bool_]:
        """bool[n]: the ends of what was rebuilt, and some within it."""
        count = len(self.values)
        rebuilt = self.states == REBUILT
        inside = rebuilt & np.roll(rebuilt, 1) & np.roll(rebuilt, -1)
        inside[[0, -1]] = False
        spaced = np.arange(count) % -(-count // MOST_MARKERS) == 0
        marked: NDArray[np.bool_] = rebuilt & (spaced | ~inside)
        return marked


@dataclass(frozen=True)
class Note:
    """Something that is true of some buckets (bool[n]) beside their state, in a word.

    `shape`: "band" behind the lines, "stroke" or "triangle" on the axis.
    """

    word: str
    flags: NDArray[np.bool_]
    shape: str  # one of `style.NOTE_STYLES`

    def __post_init__(self) -> None:
        self.flags.setflags(write=False)


@dataclass(frozen=True)
class Chart:
    """What a reader sees; all lines share one axis of `labels`.

    `marks` are words that stand above a bucket: how long a day is, which offset begins. `locale`
    is the one that its texts are written in, for the numbers that are written when it is drawn.
    `few_ticks` are those for a phone or a small multiple, `short_labels` the buckets without their
    year. `remarks` stand in the subtitle as well: what changes how the chart is read.
    """

    title: str
    subtitle: str
    labels: tuple[str, ...]
    ticks: tuple[tuple[int, str], ...]
    lines: tuple[Line, ...]
    panels: bool = False  # each line in a panel of its own
    own_scales: bool = False  # of panels
    percent: bool = False
    whole: bool = True  # its numbers are clicks, of which there are no parts
    adds_up: bool = False  # no click is in two of its lines, so that they have a total
    stacked: bool = False
    log: bool = False
    few_ticks: tuple[tuple[int, str], ...] = ()
    short_labels: tuple[str, ...] = ()
    unit: str = ""
    remarks: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()  # of a line and of the other period behind it, by their dates
    notes: tuple[Note, ...] = ()
    marks: tuple[tuple[int, str], ...] = ()
    locale: Locale = ENGLISH
    groups: str = ""  # which of the account's groups it is of, in words; also in its file's name
    alt: str = field(default="", compare=False)

    @property
    def key(self) -> str:
        """One line that says how each state in the chart is drawn; empty if all is counted."""
        codes = {
            int(code)
            for line in self.lines
            for code in np.unique(
                line.states[~np.isnan(line.values) | np.isin(line.states, UNKNOWN)]
            )
        }
        zeros = any(line.zeros for line in self.lines)
        if codes <= {COUNTED} and not zeros:
            return ""
        return " · ".join(
            [
                *(
                    f"{STATE_STYLES[STATES[code]].sign} {words}"
                    for code in sorted(codes)
                    for words in (self._partial_words if code == PARTIAL else self._words(code))
                ),
                *([f"{ZERO_STYLE.sign} {ZERO_STYLE.words}"] if zeros else []),
            ]
        )

    @property
    def named(self) -> tuple[Line, ...]:
        """The lines that are told apart by their names: all but that of the other period."""
        return tuple(line for line in self.lines if line.role != OTHER)

    @property
    def is_bar(self) -> bool:
        """Whether there is but one bucket, which no line can show."""
        return len(self.labels) == 1 and not self.stacked

    def marked(self, line: Line) -> NDArray[np.bool_]:
        """bool[n]: which points of a line carry a marker here: fewer where lines are many."""
        crowded = len(self.lines) > MOST_MARKED_LINES
        return line.marked_sparsely if crowded or line.role != MAIN else line.marked

    def number_text(self, value: float) -> str:
        """A number of the chart in full: clicks, per cent, or what stands for them."""
        if self.percent:
            places = max(0, 3 - len(str(int(value)))) if value else 0
            return f"{self.locale.short(value, places)} %"
        return self.locale.short(value, 0 if self.whole else 1)

    def total_text(self, line: Line) -> str:
        """The clicks of a line, for its panel: a lower bound where some are not known; empty where
        its numbers have no sum.
        """
        if self.percent or not self.whole:
            return ""
        floor = np.where(np.isnan(line.values), line.at_least, line.values)
        floor[list(line.zeros)] = 0
        if np.isnan(floor).all():
            return ""
        total = float(np.nansum(floor))
        exact = not np.isin(line.states, [code for code in UNKNOWN if code != NOT_BEGUN]).any()
        return count_text(total, self.locale) if exact else at_least_text(total, self.locale)

    def _words(self, code: int) -> list[str]:
        """What the key says of a state: of its markers on the axis, and of those above it."""
        flags = [(line.states == code, ~np.isnan(line.at_least)) for line in self.lines]
        return [
            text
            for text, there in (
                (_words(code), any((here & ~bound).any() for here, bound in flags)),
                (BOUND_WORDS, any((here & bound).any() for here, bound in flags)),
            )
            if there
        ]

    @property
    def _partial_words(self) -> list[str]:
        """Why buckets are partial: they still fill, a click log lacks some of their hours."""
        partial = [
            line.in_log[at] if line.in_log else ""
            for line in self.lines
            for at in np.flatnonzero(line.running & ~np.isnan(line.values)).tolist()
        ]
        return [
            *([_words(PARTIAL)] if any(not text for text in partial) else []),
            *([PARTLY_IN_LOG] if any(partial) else []),
        ]

    def bounds_text(self, line: Line, at: int) -> str:
        """Between which numbers a point lies that is not known, as far as that is known."""
        if np.isnan(line.at_least[at]):
            return "not known"
        unit = " %" if self.percent else ""
        text = f"at least {count_text(round(line.at_least[at], 1), self.locale)}{unit}"
        if np.isnan(line.at_most[at]):
            return text
        return f"{text}, at most {count_text(round(line.at_most[at], 1), self.locale)}{unit}"

    def label(self, line: Line, at: int) -> str:
        """A point's bucket in full, with its state where that is not plainly counted."""
        text = (line.labels or self.labels)[at]
        said = ", ".join(
            [
                *(self.length_words(at) if line.labels is None else []),
                *([] if line.states[at] == COUNTED else [self.locale.text(line.in_words(at))]),
            ]
        )
        return f"{text} ({said})" if said else text

    def length_words(self, at: int) -> list[str]:
        """How long a bucket is, where that is not as usual."""
        return self._lengths.get(at, [])

    @cached_property
    def _lengths(self) -> dict[int, list[str]]:
        # An hour's own words say its offset.
        return {
            at: [word for word in text.split(", ") if not word.startswith("UTC")]
            for at, text in self.marks
        }


def line_chart(
    many: Sequence[ClickSeries],
    title: str,
    source: str,
    *,
    notes: Sequence[Note] = (),
    more: Sequence[Line] = (),
    locale: Locale = ENGLISH,
    adds_up: bool = False,
    remarks: Sequence[str] = (),
    makers: Sequence[Sequence[str]] = (),
    others: bool = False,
) -> Chart:
    """Clicks by bucket, a line a series over the buckets of the first; a gap where not known.

    `source` says who answered. `more` are lines of other buckets, set against these by their
    place. `adds_up`: no click is in two of the series. `remarks` change how the chart is read.
    `makers`: for each series n texts that say what made a bucket, or none. `others`: the last
    series is the rest of many. Raises `ValueError` for series of different zones.
    """
    timezone, offset = buckets.shared_zone(
        (item.query.timezone for item in many), (item.provenance.offset for item in many)
    )
    zone_of = buckets.zone(timezone) if offset is None else buckets.fixed_zone(offset)
    axis = _Axis.of(many, zone_of, locale)
    marks = axis.marks()
    zone = zone_label(timezone)
    if offset is not None:  # upstream's own buckets
        zone += f", all by UTC{axis.offset_text(0)}"
    lines = [
        replace(
            line_of(item, index),
            makers=tuple(makers[index]) if index < len(makers) else (),
            role=OTHERS if others and index == len(many) - 1 else MAIN,
        )
        for index, item in enumerate(many)
    ]
    return Chart(
        title=title,
        subtitle=" · ".join(
            part for part in (_subtitle(axis.labels, zone, source, many), *remarks) if part
        ),
        labels=axis.labels,
        ticks=axis.ticks(),
        few_ticks=axis.ticks(few=True),
        # Words at the peak are for one line alone.
        short_labels=axis.short_labels() if len(many) == 1 else (),
        unit=axis.unit,
        adds_up=adds_up,
        remarks=tuple(remarks),
        lines=(*lines, *more),
        notes=tuple(note for note in notes if note.flags.any()),
        marks=marks,
        locale=locale,
        groups=groups_of(many),
        alt=alt_text(many, title, axis.labels, marks, locale),
    )


def line_of(series: ClickSeries, style: int, name: str | None = None) -> Line:
    """The line of a series; `style` is the number of its colour and pattern."""
    return Line(
        series.name if name is None else name,
        np.where(series.known, series.clicks.astype(np.float64), np.nan),
        series.states,
        style,
        at_least=_bound(series.at_least),
        at_most=_bound(series.at_most),
        in_log=_in_log(series),
    )


def _words(code: int) -> str:
    return STATE_STYLES[STATES[code]].words


def _in_log(series: ClickSeries) -> tuple[str, ...]:
    if series.coverage is None:
        return ()
    partial = (series.states == PARTIAL).tolist()
    return tuple(
        words if is_partial else ""
        for words, is_partial in zip(coverage_words(series), partial, strict=True)
    )


def _bound(numbers: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(numbers >= 0, numbers.astype(np.float64), np.nan)


def coverage_notes(series: ClickSeries) -> list[Note]:
    """Which buckets a click log covers in part or not at all."""
    if series.coverage is None:
        return []
    extents = series.coverage.extents(series.edges)
    return [
        Note(WORDS[extent], extents == extent, shape)
        for extent, shape in ((PARTLY, "stroke"), (NOT, "band"))
    ]


def placed(line: Line, places: NDArray[np.int64], labels: Sequence[str]) -> Line:
    """A line of other buckets by their place on the axis: `places` int64[n], -1 where none is."""
    there = places >= 0
    at = np.where(there, places, 0)
    own = np.array([*labels, ""], dtype=object)
    values, at_least, at_most = (
        np.where(there, np.append(numbers, np.nan)[at], np.nan)
        for numbers in (line.values, line.at_least, line.at_most)
    )
    return replace(
        line,
        values=values,
        at_least=at_least,
        at_most=at_most,
        states=np.where(there, np.append(line.states, COUNTED)[at], COUNTED).astype(np.int8),
        labels=tuple(own[np.where(there, places, len(labels))]),
        makers=(),
        zeros=(),
        in_log=tuple(line.in_log[place] if place >= 0 else "" for place in places.tolist())
        if line.in_log
        else (),
    )


def _subtitle(labels: Sequence[str], zone: str, source: str, many: Sequence[ClickSeries]) -> str:
    span = f"{labels[0]} to {labels[-1]}" if len(labels) > 1 else "".join(labels)
    release = f"time zones {many[0].provenance.timezone_release}" if many else ""
    return " · ".join(part for part in (span, zone, source, groups_of(many), release) if part)


@dataclass(frozen=True)
class _Axis:
    """The buckets that the lines of a chart share.

    `starts`: int64[n] [epoch s]. `lengths` and `offsets`: int64[n] [s], the zone's offset being
    that at the start of each.
    """

    starts: NDArray[np.int64]
    lengths: NDArray[np.int64]
    offsets: NDArray[np.int64]
    zone: tzinfo
    unit: str
    labels: tuple[str, ...]
    locale: Locale
    week_start: int = buckets.MONDAY

    @classmethod
    def of(cls, many: Sequence[ClickSeries], zone: tzinfo, locale: Locale) -> _Axis:
        """The buckets of the first series; none without one."""
        edges = many[0].edges if many else np.zeros(1, dtype=np.int64)
        starts, unit = edges[:-1], many[0].query.unit if many else ""
        return cls(
            starts,
            np.diff(edges),
            buckets.offsets_at(starts, zone),
            zone,
            unit,
            tuple(bucket_labels(starts, zone, unit, locale)),
            locale,
            many[0].query.week_start if many else buckets.MONDAY,
        )

    def short_labels(self) -> tuple[str, ...]:
        return tuple(short_labels(self.starts, self.zone, self.unit, self.locale))

    def offset_text(self, at: int) -> str:
        return offset_text(buckets.local(int(self.starts[at]), self.zone))

    def marks(self) -> tuple[tuple[int, str], ...]:
        """Buckets that are not as long as their unit, and the first one of another offset."""
        changed = np.zeros(len(self.starts), dtype=np.bool_)
        if self.unit in ("minute", "hour"):
            changed[1:] = np.diff(self.offsets) != 0
        lengths, index = np.unique(self.lengths, return_inverse=True)
        words = [length_text(seconds, self.unit, self.locale) for seconds in lengths.tolist()]
        uneven = np.array([bool(word) for word in words], dtype=np.bool_)[index]
        return tuple(
            (at, ", ".join(filter(None, [offset, words[index[at]]])))
            for at in np.flatnonzero(changed | uneven).tolist()
            for offset in [f"UTC{self.offset_text(at)}" if changed[at] else ""]
        )

    def ticks(self, *, few: bool = False) -> tuple[tuple[int, str], ...]:
        """Some of the buckets in short, as many as there is room for."""
        if not len(self.starts):
            return ()
        calendar = Calendar(self.starts + self.offsets, self.unit, self.week_start)
        kind, places = calendar.places(few=few)
        first, last = (buckets.local(int(self.starts[at]), self.zone) for at in (0, -1))
        texts = tick_texts(
            kind,
            [buckets.local(int(self.starts[at]), self.zone) for at in places],
            self.locale,
            with_offset=bool((self.offsets != self.offsets[0]).any()),
            with_year=first.year != last.year,
        )
        return tuple(zip(places, texts, strict=True))


def mark_texts(chart: Chart) -> list[tuple[int, str]]:
    """The marks with their words, where these have room beside one another."""
    room = max(len(chart.labels) / MOST_MARK_TEXTS, 1) * (2 if chart.panels else 1)
    result: list[tuple[int, str]] = []
    last = -room
    for index, text in chart.marks:
        shown = text if index - last >= room else ""
        last = index if shown else last
        result.append((index, shown))
    return result


def alt_text(
    many: Sequence[ClickSeries],
    title: str,
    labels: Sequence[str],
    marks: Sequence[tuple[int, str]] = (),
    locale: Locale = ENGLISH,
) -> str:
    """Total and peak of each series, for people who do not see the chart."""
    parts = [f"{title}.", *(_series_text(item, labels, locale) for item in many)]
    if marks:
        parts.append("Marked: " + "; ".join(f"{labels[at]} {text}" for at, text in marks) + ".")
    return " ".join(parts)


def _series_text(series: ClickSeries, labels: Sequence[str], locale: Locale) -> str:
    total, number = series.total, locale.number
    known, whole = number(total.known), number(total.known + total.unknown)
    if total.bounded:
        return (
            f"{series.name}: at least {count_text(total.at_least, locale)} clicks; for "
            f"{number(total.bounded)} of {whole} buckets only a minimum is known."
        )
    if not total.known:
        return f"{series.name}: not known."
    peak = int(np.where(series.known, series.clicks, -1).argmax())
    missing = f" in {known} of {whole} buckets" if total.unknown else ""
    return (
        f"{series.name}: {count_text(total.clicks, locale)} clicks{missing}, peak "
        f"{count_text(int(series.clicks[peak]), locale)} at {labels[peak]}."
    )


def share_chart(chart: Chart, whole: NDArray[np.float64]) -> Chart:
    """The same lines as per cent of `whole` (float64[n] clicks); a gap where that is 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        lines = tuple(
            replace(
                line,
                values=np.where(whole > 0, line.values / whole * 100, np.nan),
                at_least=np.where(whole > 0, line.at_least / whole * 100, np.nan),
                at_most=np.where(whole > 0, line.at_most / whole * 100, np.nan).clip(max=100),
            )
            for line in chart.lines
        )
    title = f"{chart.title}, share of their total"
    told = " ".join(_share_text(line, chart) for line in lines)
    return replace(chart, title=title, lines=lines, percent=True, alt=f"{title}. {told}")


def _share_text(line: Line, chart: Chart) -> str:
    shown = ~np.isnan(line.values)
    if not shown.any():
        bounded = line.at_least[~np.isnan(line.at_least)]
        if len(bounded):
            return f"{line.name}: at least {chart.locale.number(bounded.mean())} % on average."
        return f"{line.name}: not known."
    peak = int(np.nanargmax(line.values))
    return (
        f"{line.name}: {chart.locale.number(line.values[shown].mean())} % on average, peak "
        f"{chart.locale.number(line.values[peak])} % at {chart.labels[peak]}."
    )


def panel_chart(chart: Chart, *, own_scales: bool = False) -> Chart:
    """The same lines as small multiples; which scale they have is said."""
    if len(chart.lines) < 2:
        return replace(chart, panels=True)
    words = OWN_SCALES if own_scales else ONE_SCALE
    return replace(
        remarked(chart, words),
        panels=True,
        own_scales=own_scales,
        alt=f"{chart.alt} Each line has a panel of its own: {words}.",
    )


def remarked(chart: Chart, *words: str) -> Chart:
    """The same chart with more to say of how it is read."""
    return replace(
        chart,
        subtitle=" · ".join(part for part in (chart.subtitle, *words) if part),
        remarks=(*chart.remarks, *words),
    )


def panel_grid(count: int, columns: int = PANEL_COLUMNS) -> tuple[int, int]:
    """How many rows and columns so many panels take; room for one if there is none."""
    return max(1, -(-count // columns)), max(1, min(columns, count))


def panel_places(
    count: int, columns: int = PANEL_COLUMNS
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """The place of each panel as fractions of the drawing: (left, right), (bottom, top)."""
    rows, columns = panel_grid(count, columns)
    # A tenth of a panel's width between two, and a fifth of its height for the name above it.
    width, height = 1 / (columns + 0.1 * (columns - 1)), 1 / rows
    return [
        (
            (index % columns * 1.1 * width, min(1.0, (index % columns * 1.1 + 1) * width)),
            (
                1 - (index // columns + 1) * height + 0.06 * height,
                1 - index // columns * height - 0.2 * height,
            ),
        )
        for index in range(count)
    ]


@dataclass(frozen=True)
class Stretch:
    """A run of points drawn as one stroke."""

    x: list[int]
    y: list[float]
    running: bool


def stretches(line: Line) -> list[Stretch]:
    """A line as strokes: finished runs between gaps, and the dotted way to and from a bucket that
    is still filling or cut by the range.
    """
    known = ~np.isnan(line.values)
    kinds = np.where(known, 1 + line.running, 0)
    ends = [*np.flatnonzero(np.diff(kinds, append=-1)) + 1]
    result: list[Stretch] = []
    for first, end in pairwise([0, *map(int, ends)]):
        if not kinds[first]:
            continue
        running = bool(kinds[first] == 2)
        if running:  # from the finished point before it, and on to the one after it
            first -= int(first > 0 and known[first - 1])
            end += int(end < len(known) and known[end])
        way = list(range(first, end))
        result.append(Stretch(way, line.values[first:end].tolist(), running=running))
    return result


def unknown_places(line: Line) -> dict[str, list[int]]:
    """Where a sign on the axis says why a number is not known: places by state.

    On a long axis one sign stands for a run, and for what is still ahead always.
    """
    found: dict[str, list[int]] = {}
    for code in UNKNOWN:
        flags = (line.states == code) & np.isnan(line.at_least)
        if flags.any():
            found[STATES[code]] = (
                np.flatnonzero(flags).tolist()
                if len(flags) <= MOST_MARKERS and code != NOT_BEGUN
                else [(first + last) // 2 for first, last in runs(flags)]
            )
    return found


def bounded_places(line: Line) -> dict[str, list[int]]:
    """Where a sign stands at a lower bound: places by state, each one of them."""
    bounded = ~np.isnan(line.at_least)
    return {
        STATES[code]: np.flatnonzero(flags).tolist()
        for code in UNKNOWN
        if (flags := bounded & (line.states == code)).any()
    }


def zero_places(line: Line) -> list[int]:
    """Where a sign stands for a 0 that the scale has no place for: on a long axis one a run."""
    if len(line.values) <= MOST_MARKERS or not line.zeros:
        return list(line.zeros)
    flags = np.zeros(len(line.values), dtype=np.bool_)
    flags[list(line.zeros)] = True
    return [(first + last) // 2 for first, last in runs(flags)]


def bound_scale(line: Line) -> float:
    """By how much signs at lower bounds are smaller than others: where there are many, they are."""
    return CROWDED if (~np.isnan(line.at_least)).sum() > MOST_MARKERS else 1.0


def parts_of_lines(text: str, width: int) -> list[str]:
    """A text of parts, ` · ` between them, as lines of whole parts where these fit `width`."""
    lines: list[str] = []
    for part in text.split(" · ") if text else []:
        if lines and len(lines[-1]) + 3 + len(part) <= width:
            lines[-1] += f" · {part}"
        else:
            lines.append(part)
    return lines


def runs(marks: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The unbroken runs of a bool[n] as first and last index."""
    at = np.flatnonzero(marks)
    breaks = np.flatnonzero(np.diff(at) > 1)
    firsts, lasts = at[np.concatenate([[0], breaks + 1])], at[np.concatenate([breaks, [-1]])]
    return [(int(first), int(last)) for first, last in zip(firsts, lasts, strict=True)]


def highest(chart: Chart, lines: Sequence[Line] | None = None) -> float:
    """The highest known value or lower bound of a chart, or of some of its lines; 0 without any."""
    if chart.stacked:
        return max((float(np.nan_to_num(top).max(initial=0)) for _, top in stack(chart)), default=0)
    return max(
        (
            float(np.nanmax(numbers))
            for line in (chart.lines if lines is None else lines)
            for numbers in (line.values, line.at_least)
            if not np.isnan(numbers).all()
        ),
        default=0.0,
    )


def scale_top(chart: Chart, lines: Sequence[Line] | None = None) -> float:
    """Where a scale from 0 ends: above the highest known value, or above 1 where all is 0."""
    return (highest(chart, lines) or 1.0) * (1 + HEADROOM)


def stack(chart: Chart) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """The area of each line as float64[n] below and above it, the last line at the bottom.

    NaN for all of them where one is not known: what stands on it stands nobody knows where.
    """
    values = [line.values for line in chart.lines]
    tops = np.cumsum(np.array(values[::-1]), axis=0)[::-1] if values else np.empty((0, 0))
    if len(tops):
        tops = np.where(np.isnan(tops[0]), np.nan, tops)
    return [(top - value, top) for top, value in zip(tops, values, strict=True)]


def stack_parts(
    chart: Chart, above: NDArray[np.float64]
) -> list[tuple[float, list[tuple[int, int]]]]:
    """The runs of a stack with their opacity: finished ones, and those that are still filling."""
    known = ~np.isnan(above)
    running = np.any([line.running for line in chart.lines], axis=0)
    finished = known & ~running
    filling = known & running
    # A run that fills begins at the finished bucket before it, so that nothing is between them.
    begun = filling | (finished & np.append(filling[1:], False))
    return [
        (STACK_OPACITY, runs(finished) if finished.any() else []),
        (RUNNING_OPACITY, runs(begun) if filling.any() else []),
    ]


def stack_outline(
    below: NDArray[np.float64], above: NDArray[np.float64], first: int, last: int
) -> tuple[list[float], list[float]]:
    """A run's area as its outline (x, y); a single bucket is a small block."""
    at: list[float] = [float(index) for index in range(first, last + 1)]
    low, high = below[first : last + 1].tolist(), above[first : last + 1].tolist()
    if first == last:
        at, low, high = [first - 0.2, first + 0.2], low * 2, high * 2
    return [*at, *at[::-1], at[0]], [*high, *low[::-1], high[0]]
