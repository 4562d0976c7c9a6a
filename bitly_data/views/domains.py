"""How do the organization's domains compare? Their series, and their totals with shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bitly_data import buckets
from bitly_data.analysis.comparison import Change
from bitly_data.errors import BitlyError
from bitly_data.labels import range_text
from bitly_data.locales import ENGLISH, Locale
from bitly_data.query import ClickQuery
from bitly_data.series import (
    ClickSeries,
    at_the_moment_of,
    failed,
    rolled_up,
    side_by_side,
)
from bitly_data.views import change, missing_data, parts
from bitly_data.views.answers import Answers, is_answered, series_of
from bitly_data.views.change import Compared
from bitly_data.views.page_query import PageQuery
from bitly_data.views.parts import Balance
from bitly_data.views.trend import trend
from bitly_data.views.values import (
    AT_LEAST,
    AT_LEAST_TITLE,
    CAPTION,
    CHANGE,
    COUNT,
    INFO,
    SHARE,
    TREND,
    WARNING,
    WHOLE,
    Column,
    Notice,
    RowsFile,
    Section,
    Table,
)
from bitly_data.views.widths import HALF_WIDTH, headed, left_over

# Beyond this many lines no reader tells them apart; the rest can be chosen.
MOST_AT_FIRST = 6
ALL_OF_THEM, ALL_ANSWERED, EVERYTHING = "All of them", "All with an answer", "All clicks"
# What is in none of the domains: all own ones are shown, or only some.
NO_OWN_DOMAIN, ELSEWHERE = "links of no own domain", "everything else"


@dataclass(frozen=True)
class Domains:
    """A series for each domain and each other part, and the whole that they are parts of.

    `together`: the domains as one, in which each click counts once; it is the whole where domains
    were chosen. `outside` names those of `each` that are no part of the whole. `notices`: what the
    domains as one leave out or lack.
    """

    each: tuple[ClickSeries, ...]
    whole: ClickSeries
    together: ClickSeries
    outside: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class TotalsValue:
    """A row a domain, and the questions of the changes that were not asked.

    `is_told`: the changes are known, and only how sure they are was not asked for.
    """

    section: Section
    expensive: tuple[ClickQuery, ...] = ()
    is_told: bool = False


def shown(page_query: PageQuery) -> tuple[str, ...]:
    """The chosen domains, or the organization's first ones."""
    return page_query.query.domains or page_query.account.short_domains[:MOST_AT_FIRST]


def choice_notice(page_query: PageQuery) -> Notice | None:
    """Which domains are shown where none was chosen."""
    domains = shown(page_query)
    if not domains:
        return Notice(
            INFO,
            "This account has no domains of its own to compare: choose some in the sidebar.",
            "info",
        )
    if page_query.query.domains:
        return None
    left = len(page_query.account.short_domains) - len(domains)
    more = (
        f" {page_query.locale.number(left)} more can be chosen in the sidebar." if left > 0 else ""
    )
    return Notice(CAPTION, f"The organization's short domains.{more}")


def priced(page_query: PageQuery) -> list[ClickQuery]:
    """What the page needs before it can show anything: each domain, all of them as one, and the
    whole organization where none was chosen.
    """
    together = page_query.query.replace(domains=shown(page_query))
    return [*_each(page_query), together, *_everything(page_query, page_query.query)]


def _everything(
    page_query: PageQuery, query: ClickQuery, newest: ClickSeries | None = None
) -> list[ClickQuery]:
    """All clicks, on whatever domain; nothing where domains were chosen, as these are the whole.

    They are counted in the buckets of the `newest` answer about a domain: where its days are those
    of UTC, as they cost less, so are those of the whole.
    """
    if page_query.query.domains:
        return []
    own = newest is None or query.upstream_buckets or newest.provenance.offset is None
    return [query.replace(domains=()) if own else query.replace(domains=(), timezone="UTC")]


def _each(page_query: PageQuery) -> list[ClickQuery]:
    return [page_query.query.replace(domains=(name,)) for name in shown(page_query)]


def questions(page_query: PageQuery, answers: Answers) -> list[ClickQuery]:
    """Each domain; then, of the same moment, all as one, the whole organization, what is listed
    nowhere, and those that were answered before the newest bucket began. All as one without those
    that have no answer, if they are why there is none.
    """
    each = _each(page_query)
    if any(query not in answers for query in each):
        return each
    there = _answered(page_query, answers)
    if not there:
        return []
    query, newest = _moment(page_query, there)
    wanted = [query.replace(domains=one.query.domains) for one in _late(there, newest)]
    whole = _whole_queries(page_query, query, there)
    wanted += [whole[0], *_everything(page_query, query, newest)]
    if page_query.capabilities.lists:
        wanted.append(_unlisted(query))
    if whole[0] in answers and not is_answered(answers[whole[0]]):
        wanted.append(whole[-1])
    return wanted


def _answered(page_query: PageQuery, answers: Answers) -> list[ClickSeries]:
    found = [answers.get(query) for query in _each(page_query)]
    return [one for one in found if isinstance(one, ClickSeries) and one.answered]


def _moment(page_query: PageQuery, there: Sequence[ClickSeries]) -> tuple[ClickQuery, ClickSeries]:
    """The question at the moment of the newest answer, and that answer."""
    newest = max(there, key=lambda item: int(item.edges[-1]))
    return at_the_moment_of(newest, page_query.query), newest


def _late(there: Sequence[ClickSeries], newest: ClickSeries) -> list[ClickSeries]:
    """Those that were answered before the newest bucket began."""
    return [one for one in there if one.edges[-1] != newest.edges[-1]]


def _whole_queries(
    page_query: PageQuery, query: ClickQuery, there: Sequence[ClickSeries]
) -> tuple[ClickQuery, ...]:
    """All domains as one, and those of them that have an answer."""
    answered = tuple(name for one in there for name in one.query.domains)
    ways = dict.fromkeys((shown(page_query), answered))
    return tuple(query.replace(domains=names) for names in ways)


def _unlisted(query: ClickQuery) -> ClickQuery:
    return query.replace(domains=(), login=None, unlisted=True)


def load(page_query: PageQuery, answers: Answers, *, stopped: bool = False) -> Domains:
    """The series of the domains over the same buckets, and the one of all.

    `stopped`: somebody wanted nothing more to be asked.
    """
    there = _answered(page_query, answers)
    query, newest = _moment(page_query, there)
    late = {one.query.domains for one in _late(there, newest)}
    each: list[ClickSeries] = []
    for one in _each(page_query):
        series = answers[query.replace(domains=one.domains) if one.domains in late else one]
        if isinstance(series, BitlyError):
            moment = newest.provenance.fetched_at
            series = failed(query.replace(domains=one.domains), series.user_message, moment)
        assert isinstance(series, ClickSeries)
        each.append(series)
    together, notices = _together(page_query, answers, stopped=stopped)
    whole, why = _whole(_everything(page_query, query, newest), answers, together)
    unlisted = _unlisted_series(page_query, query, answers)
    names, more = list(shown(page_query)), [] if unlisted is None else [unlisted]
    *each, whole_beside, together_beside = side_by_side(
        [*each, *more, whole, together], [*names, *(one.name for one in more), "", ""]
    )
    if page_query.query.domains or whole is together or not together.answered:
        outside = tuple(one.name for one in more)
        return Domains(tuple(each), whole, together, outside, (*notices, *why))
    # Of a login the lists tell what is listed only, as they do of a domain.
    is_part = not page_query.query.login
    rest = parts.remainder(
        whole_beside,
        together_beside,
        each[-1] if more and is_part else None,
        _remainder_name(page_query, each),
    )
    at = len(names)
    each[at:at] = [] if rest is None else [parts.said_in_zone(rest, query)]
    outside = () if is_part else tuple(one.name for one in more)
    return Domains(tuple(each), whole, together, outside, (*notices, *why))


def _remainder_name(page_query: PageQuery, each: Sequence[ClickSeries]) -> str:
    """What the clicks on none of the domains are called."""
    answered = {name for one in each if one.answered for name in one.query.domains}
    return NO_OWN_DOMAIN if answered >= set(page_query.account.short_domains) else ELSEWHERE


def _whole(
    everything: Sequence[ClickQuery], answers: Answers, together: ClickSeries
) -> tuple[ClickSeries, tuple[Notice, ...]]:
    """What the domains are parts of; themselves where they were chosen, or where the organization
    has no answer, which is said.
    """
    if not everything or everything[0] not in answers:
        return together, ()
    try:
        return replace(series_of(answers, everything[0]), name=EVERYTHING), ()
    except BitlyError as problem:
        text = f"“{EVERYTHING}” is not known, so there is no row for the rest. "
        return together, (Notice(WARNING, text + problem.user_message, "cloud_off"),)


def _unlisted_series(
    page_query: PageQuery, query: ClickQuery, answers: Answers
) -> ClickSeries | None:
    """The clicks that upstream's lists leave out; `None` where all are listed."""
    unlisted = answers.get(_unlisted(query)) if page_query.capabilities.lists else None
    if not isinstance(unlisted, ClickSeries):
        return None  # the series beside it have said why
    return unlisted if unlisted.clicks[unlisted.known].any() else None


def _together(
    page_query: PageQuery, answers: Answers, *, stopped: bool
) -> tuple[ClickSeries, tuple[Notice, ...]]:
    """All domains of the question as one; without those that have no answer, if they are why the
    whole has none. What it leaves out or lacks is said.
    """
    there = _answered(page_query, answers)
    query, newest = _moment(page_query, there)
    why = ""
    for way in _whole_queries(page_query, query, there):
        try:
            whole = series_of(answers, way)
        except BitlyError as problem:
            why = why or problem.user_message
            continue
        left_out = [name for name in shown(page_query) if name not in way.domains]
        if not left_out:
            return replace(whole, name=ALL_OF_THEM), ()
        text = f"“{ALL_ANSWERED}” leaves out {', '.join(left_out)}."
        return replace(whole, name=ALL_ANSWERED), (Notice(CAPTION, text),)
    unknown = replace(failed(query, why, newest.provenance.fetched_at), name=ALL_OF_THEM)
    text = f"“{ALL_OF_THEM}” is not known. {why}"
    return unknown, () if stopped else (Notice(WARNING, text, "cloud_off"),)


def change_questions(page_query: PageQuery, domains: Domains, answers: Answers) -> list[ClickQuery]:
    """What the changes of all rows take, each question once."""
    found: dict[ClickQuery, None] = {}
    for series in (*_asked(domains), domains.whole):
        found |= dict.fromkeys(change.questions(series, page_query.against, answers))
    return list(found)


def _asked(domains: Domains) -> list[ClickSeries]:
    """The series that a question of their own was asked for: all but the remainder."""
    return [one for one in domains.each if one.name not in (NO_OWN_DOMAIN, ELSEWHERE)]


def balance_of(domains: Domains) -> Balance:
    """What it takes for the rows to add up to the whole."""
    names = [one.name for one in domains.each]
    *each, together, whole = side_by_side(
        [*domains.each, domains.together, domains.whole], [*names, "", ""]
    )
    own = [one for one in each if one.query.domains and one.answered]
    rest = [
        one for one in each if one.name not in domains.outside and not any(one is it for it in own)
    ]
    return parts.balance(own, rest, together, whole)


def present_totals(
    page_query: PageQuery, domains: Domains, answers: Answers, above: ClickSeries | None = None
) -> TotalsValue:
    """Totals, shares and change: a row a part, what makes them add up, the whole; then what is no
    part of it. `above`: the series whose total stands above on the page, if one does.
    """
    balance = balance_of(domains)
    is_outside = [one.name in domains.outside for one in domains.each]
    inside = [one for one, out in zip(domains.each, is_outside, strict=True) if not out]
    rows = (
        *ranked(inside),
        *balance.rows(domains.whole),
        domains.whole,
        *(one for one, out in zip(domains.each, is_outside, strict=True) if out),
    )
    asked = [*_asked(domains), domains.whole]
    compared = [
        change.compare(one, page_query.against, answers)
        if any(one is it for it in asked)
        else Compared(Change())
        for one in rows
    ]
    shares = [_share(one, domains.whole) for one in rows]
    expensive = dict.fromkeys(query for one in compared for query in one.expensive)
    verdicts = [one.change.verdict for one in compared]
    more = {"share": shares} | {
        column: [change.finite(verdict, name) for verdict in verdicts]
        for column, name in (
            ("change", "ratio"),
            ("like_for_like", "fair"),
            ("like_for_like_low", "low"),
            ("like_for_like_high", "high"),
        )
    }
    of_file = tuple(rolled_up(parts.said_in_zone(one, page_query.query)) for one in rows)
    file = RowsFile("Totals by domain", of_file, more)
    section = Section(
        table=_totals_table(rows, shares, compared, page_query.locale),
        notices=tuple(
            Notice(CAPTION, text)
            for text in (
                *_balance_texts(domains, balance, page_query.locale),
                *_rest_texts(domains, above, page_query.locale),
                *_change_texts(page_query, rows, compared),
            )
        ),
        file=file,
    )
    is_told = all(one.change.verdict is not None for one in compared if one.expensive)
    return TotalsValue(section, tuple(expensive), is_told=is_told)


def ranked(parts: Sequence[ClickSeries]) -> list[ClickSeries]:
    """The domains, the one with the most clicks first by what is known of each: its number or its
    lower bound; those of which nothing is known after them, then what is no domain.
    """

    def place(one: ClickSeries) -> tuple[bool, int]:
        total = one.total
        return not one.query.domains, -total.at_least if total.known or total.bounded else 1

    return sorted(parts, key=place)


def _totals_table(
    rows: Sequence[ClickSeries],
    shares: Sequence[float | None],
    compared: Sequence[Compared],
    locale: Locale = ENGLISH,
) -> Table:
    totals = [one.total for one in rows]
    verdicts = [one.change.verdict for one in compared]
    unit = rows[-1].query.unit.capitalize()
    # A total of which a part is a lower bound is one itself.
    exact = [one.clicks if one.known and not one.bounded else None for one in totals]
    columns = (
        Column("Trend", tuple(trend(one) or None for one in rows), TREND, width=48),
        Column("Clicks", tuple(exact), COUNT, width=62),
        headed(
            Column(
                AT_LEAST,
                tuple(one.at_least if one.bounded else None for one in totals),
                COUNT,
                AT_LEAST_TITLE,
            )
        ),
        Column(
            "Share", tuple(None if one is None else one * 100 for one in shares), SHARE, width=74
        ),
        Column(
            "Change",
            tuple(map(change.percent_of, verdicts)),
            CHANGE,
            width=66,
            tones=tuple("" if one is None else one.tone for one in verdicts),
        ),
        headed(
            Column(
                "Not known",
                tuple(one.unknown or None for one in totals),
                WHOLE,
                f"{unit}s not known",
            )
        ),
    )
    there = tuple(one for one in columns if any(cell is not None for cell in one.values))
    width = left_over(there, HALF_WIDTH)
    name = Column("Domain", tuple(one.name for one in rows), width=width)
    on_phone = ("Domain", "Clicks", AT_LEAST, "Change")
    return Table((name, *there), on_phone, ranked=_domains_in(rows))


def _domains_in(rows: Sequence[ClickSeries]) -> int:
    """How many rows are domains; they come first."""
    return sum(bool(one.query.domains) for one in rows)


def _balance_texts(domains: Domains, balance: Balance, locale: Locale = ENGLISH) -> list[str]:
    """Why the rows of the domains do not add up to the whole by themselves, where they do not."""
    return parts.balance_texts(
        balance,
        domains.whole,
        "of these domains; the row",
        locale,
        unknown=any(one.lacking > one.total.bounded for one in domains.each),
        together_lacks=bool(domains.together.lacking),
    )


def _rest_texts(domains: Domains, above: ClickSeries | None, locale: Locale = ENGLISH) -> list[str]:
    """What the other parts are, and why a total above is another number, where it is."""
    whole, names = domains.whole, [one.name for one in domains.each]
    texts = []
    if NO_OWN_DOMAIN in names:
        texts.append(
            f"“{NO_OWN_DOMAIN}”: clicks on links whose short domain is none of the organization's."
        )
    if ELSEWHERE in names:
        texts.append(f"“{ELSEWHERE}”: all clicks on none of the domains in a row of their own.")
    texts += [
        f"“{name}” is of all links together, so it is no part of “{whole.name}”."
        for name in domains.outside
    ]
    if (
        above is not None
        and above.query.domains == whole.query.domains
        and above.total.at_least != whole.total.at_least
    ):
        number = f"The total above, {missing_data.total_text(above.total, locale)}, "
        if _is_of_utc(above) != _is_of_utc(whole):
            unit = above.query.unit
            texts.append(
                f"{number}is of {unit}s of {above.query.timezone}, “{whole.name}” of {unit}s of "
                "UTC, as the rows are."
            )
        else:
            times = f"{_clock_text(above)}, “{whole.name}” at {_clock_text(whole)}."
            texts.append(f"{number}was counted at {times}")
    return texts


def _is_of_utc(series: ClickSeries) -> bool:
    return series.query.timezone == "UTC" or series.provenance.offset == 0


def _clock_text(series: ClickSeries) -> str:
    return f"{buckets.local(series.provenance.fetched_at, series.zone):%H:%M:%S}"


def _change_texts(
    page_query: PageQuery, rows: Sequence[ClickSeries], compared: Sequence[Compared]
) -> list[str]:
    """What the changes are against, and which rows have none and why."""
    texts = [
        f"{range_text(rows[-1].query, page_query.locale).capitalize()}. The change is against "
        f"{change.name_of(page_query.against)}. A period that is still running counts up to its "
        f"last full {'hour' if rows[-1].query.unit == 'hour' else 'day'}."
    ]
    without = {
        row.name: why
        for row, one in zip(rows, compared, strict=True)
        if (why := change.why_without_number(one))
    }
    for why in dict.fromkeys(without.values()):
        names = [name for name, reason in without.items() if reason == why]
        texts.append(f"No change for {', '.join(names)}: {page_query.locale.text(why)}.")
    return texts


def _share(series: ClickSeries, whole: ClickSeries) -> float | None:
    """The part of the whole [ratio]; `None` where there is no total, or not all of both is known.

    What a click log does not cover, and what has not begun, is in neither of the two.
    """
    total = whole.total.clicks
    if not total or not series.total.known or not (series.is_whole and whole.is_whole):
        return None
    return series.total.clicks / total
