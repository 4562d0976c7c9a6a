"""From a page's question to what stands on it: price, ask, present, draw, then what stands beside.

What a view needs is asked in rounds, until it needs nothing more. What only stands beside (a
change, Bitly's own buckets) is asked for when all else is drawn, into places kept for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.delta_generator import DeltaGenerator

from bitly_data import cache, periods
from bitly_data.client import Client
from bitly_data.errors import BitlyError
from bitly_data.query import ALL_TIME, ClickQuery
from bitly_data.series import ClickSeries
from bitly_data.views import addresses, beginning, change, clicks, cost, reconcile, source_line
from bitly_data.views import domains as domains_view
from bitly_data.views.answers import Answer, Answers, series_of
from bitly_data.views.beginning import Beginning
from bitly_data.views.change import ChangeValue
from bitly_data.views.domains import Domains
from bitly_data.views.page_query import PageQuery
from bitly_data.views.values import CAPTION, Metric, Notice, Section
from pages.components import loading, pricing
from pages.components.controls import Taking, period_bar
from pages.components.draw import parts
from pages.components.draw import section as draw
from pages.components.draw.chart import chart_so_far
from pages.components.draw.section import Places
from pages.components.text import as_text, show_error

T = TypeVar("T")


class View(Protocol):
    """A question that people ask: what it needs, and what it says."""

    def questions(self, page_query: PageQuery, answers: Answers) -> list[ClickQuery]:
        """What is needed beyond the answers that are there."""

    def present(self, page_query: PageQuery, answers: Answers) -> Section:
        """What the page shows."""


@dataclass(frozen=True)
class Run:
    """One drawing of a page: who answers, and what is asked.

    `archive_place` is where the page says that something was not kept, which may come about while
    it is drawn.
    """

    client: Client
    page_query: PageQuery
    archive_place: DeltaGenerator | None = None
    taking: Taking | None = field(default=None, compare=False)  # by which a chart sets the period
    # What the page has asked for itself so far, without what only stands beside.
    asked: list[ClickQuery] = field(default_factory=list, compare=False)


def with_links(run: Run) -> Run:
    """The same with the account's newest links, for a page about them; it ends without any."""
    try:
        links, _ = run.client.links()
    except BitlyError as problem:
        show_error(problem)
        st.stop()
    return replace(run, page_query=replace(run.page_query, links=tuple(links)))


def show(run: Run, view: View, key: str) -> None:
    """A view in full, whatever it asks; the page ends here if it cannot be had."""
    answers = _answers(run, view.questions, key)
    draw.section(present(run, view.present, answers, key), key)


@dataclass(frozen=True)
class Beside:
    """What a page says of a series beside it: key figures that are `waiting` until `show` gets the
    places of these, and draws what else there is below all.
    """

    waiting: tuple[Metric, ...]
    show: Callable[[Run, ClickSeries, Answers, Sequence[DeltaGenerator]], None]


def show_clicks(
    run: Run,
    key: str,
    below: Callable[[Run, ClickSeries], None] | None = None,
    hover: Callable[[Run, ClickSeries], Mapping[int, str]] | None = None,
    beside: Beside | None = None,
) -> ClickSeries:
    """One series in full. What is here is drawn before anything is asked for that stands beside.

    `below` draws what belongs directly below the chart; `hover` gives, by its place, what is said
    of a bucket where a pointer rests.
    """
    run, answers, addresses_place = _clicks_answers(run, key)
    run.asked.extend(answers)
    series = series_of(answers, run.page_query.query)
    is_overlaid = run.page_query.overlay and not run.page_query.query.rollup
    answers, places = _clicks_head(run, answers, key, beside, is_overlaid=is_overlaid)
    value = present(run, clicks.present, answers, key)
    if hover is not None:
        value = _with_makers(value, series, hover(run, series), key)
    _say_nothing_was_clicked(run, series)
    say_zone_days_price(run.client, [series])
    told = _told(run, series, answers, key)
    draw.body(value, key, told, places.chart.container(), on_drag(run, series))
    if below is not None:
        with places.below:
            below(run, series)
    upstream_place = st.container() if run.page_query.beside else None
    if not is_overlaid:
        answers = _beside(run, _change_questions, answers, places, key)
    _show_change(run, answers, places, key)
    if upstream_place is not None:
        with upstream_place:
            _show_reconcile(run, answers, f"{key}_answered")
    answers = {**answers, **_count_other_addresses(run, addresses_place, key)}
    if beside is not None:
        beside.show(run, series, answers, places.more)
    return series


def _clicks_head(
    run: Run, answers: Answers, key: str, beside: Beside | None, *, is_overlaid: bool
) -> tuple[Answers, Places]:
    """The key figures, and the places for what comes later; with the answers that the other
    period's line takes, as that is part of the chart. So the key figures come before it, and the
    chart without that line while it is asked for.
    """
    more = () if beside is None else beside.waiting
    first = replace(run, page_query=replace(run.page_query, overlay=False)) if is_overlaid else run
    head = present(first, clicks.present, answers, key)
    places = draw.head(head, change.waiting(run.page_query.against), more)
    if is_overlaid:
        missing = _kept(run, clicks.overlay_questions, answers)[1]
        if head.chart is not None and loading.is_asked_beside(run.client, missing, _changes(key)):
            with places.chart.container():
                chart_so_far(head.chart, key)
        answers = _beside(run, clicks.overlay_questions, answers, places, key)
    return answers, places


def _with_makers(
    value: Section, series: ClickSeries, texts: Mapping[int, str], key: str
) -> Section:
    """The section with what made some buckets of its chart's first line."""
    chart = value.chart
    if chart is None or not texts or len(chart.lines[0].values) != len(series.clicks):
        return value

    def made() -> Section:
        line = chart.lines[0]
        makers = tuple(texts.get(at, "") for at in range(len(line.values)))
        return replace(
            value, chart=replace(chart, lines=(replace(line, makers=makers), *chart.lines[1:]))
        )

    whole = (f"{key}_makers", tuple(sorted(texts.items())))
    return cache.memo().of(whole, [value], made)


def _say_nothing_was_clicked(run: Run, series: ClickSeries) -> None:
    """That a period is known and empty, with the one step that may show something.

    Where a first answer has told of more than the period, it is known where there are clicks.
    """
    taking = run.taking
    if taking is None or series.total.clicks or not series.is_whole or not series.known.any():
        return
    if series.query.units == ALL_TIME or series.query.unit == "minute":
        return
    try:
        days = run.client.clicked_days(series.query)
    except BitlyError:
        days = run.client.clicked()[:0]
    name = _longer_period(run.page_query.query, days, int(series.edges[-1]) - 1)
    text = clicks.nothing_clicked(series, days, run.page_query.locale)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/info: {as_text(text)}", width="content")
        st.button(
            f"Show {periods.PRESETS[name].label.lower()}",
            key="show_all_time",
            type="tertiary",
            icon=":material/history:",
            on_click=period_bar.choose,
            args=(name, taking),
        )


def _longer_period(query: ClickQuery, days: NDArray[np.int64], now: int) -> str:
    """The longer period up to now that shows most of the days with clicks, if that is known.

    `now` [epoch s] by the answer itself, as the clock of who answers may be another.
    """
    at = periods.Moment(now, query.zone, query.week_start)
    best = periods.best_to_begin(at, days, now) if query.until is None else []
    return next((name for name, _ in best if name in ("90d", periods.ALL)), periods.ALL)


def on_drag(run: Run, series: ClickSeries) -> Callable[[int, int], None] | None:
    """What a drag over buckets does, by the first and the last of them: it sets the period, and
    within one bucket says what made it.
    """
    taking, query = run.taking, series.query
    if taking is None or query.unit == "minute":
        return None

    def dragged(first: int, last: int) -> None:
        edges, unit = clicks.drawn_buckets(series)
        first, last = max(first, 0), min(last, len(edges) - 2)
        if first > last:
            return
        if first == last and unit == query.unit:
            period_bar.look_at(int(edges[first]), taking)
        else:
            covered = edges[first : last + 2]
            period_bar.drag(periods.range_of_edges(covered, unit, query.zone), taking)

    return dragged


def _count_other_addresses(run: Run, place: DeltaGenerator, key: str) -> Answers:
    """Say anew what other addresses a link has, with the clicks by each; what was answered."""
    wanted = addresses.counted(run.page_query)
    if not wanted:
        return {}
    found = loading.load_beside(run.client, lambda found: wanted, {}, f"{key}_addresses")
    with place.container():
        parts.notice(addresses.notice(run.page_query, found))
    return found


def _clicks_answers(run: Run, key: str) -> tuple[Run, Answers, DeltaGenerator]:
    """The answers of one series; with a link's other addresses, as far as they are known, and the
    place where they are told of.
    """
    query = run.page_query.query
    if not pricing.is_ready([query], run.client, key):
        st.stop()
    answers: dict[ClickQuery, Answer] = {query: loading.load_or_stop(run.client, query)}
    if query.link is not None:
        more_known = replace(
            run.page_query, addresses=_addresses(run), beginning=_beginning(run, answers)
        )
        run = replace(run, page_query=more_known)
    place = st.empty()
    with place.container():
        parts.notice(addresses.notice(run.page_query, answers))
    more = clicks.questions(run.page_query, answers)
    if more:
        found = loading.load_all_or_stop(run.client, more, "addresses")
        answers |= zip(more, found, strict=True)
    return run, answers, place


def _addresses(run: Run) -> tuple[str, ...]:
    """All the addresses of the link; none where they cannot be had just now."""
    try:
        return run.client.addresses_of(str(run.page_query.query.link))
    except BitlyError:
        return ()  # the numbers are here; what they belong to can be asked another time


def _beginning(run: Run, answers: Answers) -> Beginning | None:
    """Since when the link could be clicked, where its series does not say that itself."""
    query = run.page_query.query
    if not beginning.is_wanted(series_of(answers, query)):
        return None
    try:
        if made := run.client.made(str(query.link)):
            return Beginning(made, is_made=True)
        return beginning.first_click(run.client.load(beginning.question(query)))
    except BitlyError:
        return None  # then its figures are over the whole range, which they say


def _show_change(run: Run, answers: Answers, places: Places, key: str) -> None:
    series = series_of(answers, run.page_query.query)
    value = _change_value(run, series, answers, key)
    draw.change(value, places)
    pricing.offer_comparison(value.expensive, run.client, key, is_told=value.is_told)


def _change_value(run: Run, series: ClickSeries, answers: Answers, key: str) -> ChangeValue:
    return present(
        run,
        lambda page_query, answers: change.present(
            change.compare(series, page_query.against, answers),
            page_query.against,
            series.query.unit,
            page_query.locale,
            page_query.beginning,
        ),
        answers,
        f"{key}_change",
    )


def _told(run: Run, series: ClickSeries, answers: Answers, key: str) -> str:
    """The change in a few words, where all that it takes is kept: the chart waits for nothing."""
    found, missing = _kept(run, _change_questions, answers)
    return "" if missing else _change_value(run, series, found, key).told


def _kept(
    run: Run,
    questions: Callable[[PageQuery, Answers], list[ClickQuery]],
    answers: Answers,
) -> tuple[Answers, list[ClickQuery]]:
    """The answers with what is kept of the questions, and what has to be asked for next."""
    found, asked = dict(answers), asked_once(run, questions, questions.__name__)
    while wanted := [one for one in asked(found) if one not in found]:
        kept = {query: run.client.loaded(query) for query in wanted}
        found |= {query: one for query, one in kept.items() if one is not None}
        if missing := [query for query in wanted if query not in found]:
            return found, missing
    return found, []


def _changes(key: str) -> str:
    """By what the change's answers are stopped, and gone on with."""
    return f"{key}_changes"


def _change_questions(page_query: PageQuery, answers: Answers) -> list[ClickQuery]:
    return change.questions(series_of(answers, page_query.query), page_query.against, answers)


def _beside(
    run: Run,
    questions: Callable[[PageQuery, Answers], list[ClickQuery]],
    answers: Answers,
    places: Places,
    key: str,
) -> Answers:
    """The answers with those that the change takes, asked for in the places kept for it."""
    with places.sentence:
        waiting = st.spinner("Counting clicks of the other period", show_time=True)
    name = _changes(key)
    with waiting, places.loading.container():
        asked = asked_once(run, questions, questions.__name__)
        found = loading.load_beside(run.client, asked, answers, name)
    if not loading.was_stopped(name):
        places.loading.empty()  # without a word in it, it would still take its room
    return found


def _show_reconcile(run: Run, answers: Answers, key: str) -> None:
    st.header("As Bitly answers")
    wanted = reconcile.questions(run.page_query, answers)
    found = {query: loading.load_or_stop(run.client, query) for query in wanted}
    draw.section(present(run, reconcile.present, {**answers, **found}, key), key)


# Several domains ------------------------------------------------------------------------------


def load_domains(run: Run) -> tuple[Domains, Answers, bool] | None:
    """The series of the domains, what was answered, and whether somebody stopped the loading.

    `None`: there are none to compare, or they take many calls; the page has said so.
    """
    page_query = run.page_query
    parts.notice(domains_view.choice_notice(page_query))
    if not domains_view.shown(page_query):
        return None
    if not pricing.is_ready(domains_view.priced(page_query), run.client, "domains"):
        return None
    loaded = load_side_by_side(run, domains_view.questions, domains_view.load, "domains")
    parts.notices_above(loaded[0].notices)
    return loaded


def load_side_by_side(
    run: Run,
    questions: Callable[[PageQuery, Answers], list[ClickQuery]],
    make: Callable[..., T],
    key: str,
) -> tuple[T, Answers, bool]:
    """Several series and what follows from them: first all that `questions` asks without an answer,
    which somebody may stop, then the rest; with what was answered, and whether it was stopped.
    `make` is told by `stopped` that nothing more was wanted.
    """
    page_query, client = run.page_query, run.client
    each = questions(page_query, {})
    series = loading.load_all_or_stop(client, each, key)
    say_zone_days_price(client, series)
    answers: Answers = dict(zip(each, series, strict=True))
    stopped = loading.is_stopped(each, key) and not all(one.answered for one in series)
    with st.spinner("Counting clicks", show_time=True):
        answers = loading.load_rest(
            client,
            asked_once(run, questions, f"late_{key}"),
            answers,
            f"late_{key}",
            cached_only=stopped,
        )
    value = present(
        run,
        lambda page_query, answers: make(page_query, answers, stopped=stopped),
        answers,
        f"{key}_{stopped}",
    )
    run.asked.extend(answers)
    return value, answers, stopped


def show_totals(
    run: Run, domains: Domains, answers: Answers, stopped: bool, above: ClickSeries | None = None
) -> None:
    """Totals, shares and changes, a row a domain; `above`: the series whose total is above."""
    answers = loading.load_beside(
        run.client,
        asked_once(
            run,
            lambda page_query, found: domains_view.change_questions(page_query, domains, found),
            "change_questions",
            domains,
        ),
        answers,
        "changes",
        cached_only=stopped,
    )
    value = present(
        run,
        lambda page_query, answers: domains_view.present_totals(
            page_query, domains, answers, above
        ),
        answers,
        "totals",
        domains,
        above,
    )
    draw.totals(
        value,
        lambda: pricing.offer_comparison(
            value.expensive, run.client, "totals", is_told=value.is_told
        ),
        _narrowing(run),
    )


def _narrowing(run: Run) -> Callable[[str], None] | None:
    """What a click on the row of a domain does: the page is about that domain."""
    taking, account = run.taking, run.page_query.account
    if taking is None:
        return None
    there = {*account.short_domains, *account.tracking_domains, *run.page_query.query.domains}

    def narrow(name: str) -> None:
        if name in there:
            period_bar.narrow(name, taking)

    return narrow


# Shared ---------------------------------------------------------------------------------------


def _answers(
    run: Run, questions: Callable[[PageQuery, Answers], list[ClickQuery]], key: str
) -> Answers:
    """What a view needs, asked for in rounds; ends the page if it cannot be had."""
    answers: dict[ClickQuery, Answer] = {}
    while wanted := [query for query in questions(run.page_query, answers) if query not in answers]:
        if not pricing.is_ready(wanted, run.client, key):
            st.stop()
        found = loading.load_all_or_stop(run.client, wanted, key)
        answers |= zip(wanted, found, strict=True)
    run.asked.extend(answers)
    return answers


def present(
    run: Run,
    make: Callable[[PageQuery, Answers], T],
    answers: Answers,
    key: str,
    *more: object,
) -> T:
    """What a view says; the same answers to the same question are not presented twice."""
    # A reason for having no answer is a new value in each run, and says the same.
    reasons = tuple(None if isinstance(one, ClickSeries) else str(one) for one in answers.values())
    series = [one for one in answers.values() if isinstance(one, ClickSeries)]
    whole = (run.client.key, key, run.page_query, tuple(answers), reasons)
    return cache.memo().of(whole, [*series, *more], lambda: make(run.page_query, answers))


def asked_once(
    run: Run,
    questions: Callable[[PageQuery, Answers], list[ClickQuery]],
    key: str,
    *more: object,
) -> Callable[[Answers], list[ClickQuery]]:
    """The questions as rounds of answers need them, not worked out twice from the same answers."""
    return lambda found: present(run, questions, found, key, *more)


def say_zone_days_price(client: Client, shown: Sequence[ClickSeries]) -> None:
    """What the same view costs exactly, where it is not."""
    lacking = cost.lacking(shown)
    try:
        price = client.zone_days_price([series.query for series in lacking])
    except BitlyError:
        return  # the page has said so already
    if price is not None:
        parts.notice(cost.zone_days_notice(lacking, price))


def show_archive(client: Client, place: DeltaGenerator) -> None:
    """What the archive does not keep, and why, in the place for it."""
    texts = client.archive_notices
    if texts:
        with place.container():
            parts.notices([source_line.archive_notice(text) for text in texts])
    else:
        place.empty()  # what was wrong when the page began may be mended by now


def close(run: Run) -> None:
    """The page's last lines: a button to ask for all of it anew, and how many calls the account has
    left, where they are counted.

    By now it is known what of all this was kept.
    """
    if run.archive_place is not None:
        show_archive(run.client, run.archive_place)
    if run.asked:
        st.button(
            "Ask again",
            key="ask_again",
            icon=":material/refresh:",
            help="Asks for all numbers of this page anew, also for those of finished buckets. It "
            "takes as many calls as the first time.",
            on_click=_ask_anew,
            args=(run.client, tuple(dict.fromkeys(run.asked))),
        )
    left = run.client.calls_left
    if left is not None:
        parts.notice(Notice(CAPTION, cost.calls_left_text(left)))


def _ask_anew(client: Client, queries: Sequence[ClickQuery]) -> None:
    try:
        client.ask_anew(queries)
    except BitlyError:
        return  # the page asks in a moment, and says what is wrong
