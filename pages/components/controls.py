"""Every widget of the sidebar: its key, its value in the address bar, and the question they ask.

The address bar holds every choice. It is read when it is not what was written here last (a pasted
address, the menu, Back), and written when a widget changed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import streamlit as st
from pages.components.say import as_text, say_error

from bitly_data import buckets, cache
from bitly_data.analysis.comparison import BEFORE, YEAR, Against
from bitly_data.analysis.comparison import CHOSEN as CHOSEN_PERIOD
from bitly_data.buckets import WEEKDAYS
from bitly_data.errors import (
    AccessError,
    BitlyError,
    GoneError,
    QuestionError,
    UnreachableError,
)
from bitly_data.labels import zone_label
from bitly_data.query import (
    ALL_TIME,
    DEFAULT_UNITS,
    HIGHEST_LIMIT,
    LINK,
    LOWEST_LIMIT,
    MOST_BUCKETS,
    MOST_MINUTES,
    ONLY_OTHERS,
    ORGANIZATION,
    ClickQuery,
    login_label,
    parse_link,
)
from bitly_data.settings import V4, Settings
from bitly_data.sources.model import Account, Link
from pages.components.address import (
    END_DEFAULT,
    END_NOW,
    Choices,
    parse_address,
    serialize,
)
from pages.components.menu import draw_menu

# Widget keys.
UNIT, UNITS, ALL, ZONE = "q_unit", "q_units", "q_all", "q_zone"
END, END_AT, ROLLUP, LIMIT, WEEK = "q_end", "q_end_at", "q_rollup", "q_limit", "q_week"
DOMAINS, LOGIN, LINK_PICK = "q_domains", "q_login", "q_link"
AGAINST, AGAINST_AT, WEEKDAYS_MEET = "q_against", "q_against_at", "q_weekdays"
OVERLAY, AS_ANSWERED, FROM_HOURS = "q_overlay", "q_as_answered", "q_exact"
ALL_ADDRESSES = "q_together"
WIDGET_KEYS = (
    UNIT,
    UNITS,
    ALL,
    ZONE,
    END,
    END_AT,
    ROLLUP,
    LIMIT,
    WEEK,
    DOMAINS,
    LOGIN,
    LINK_PICK,
    AGAINST,
    AGAINST_AT,
    WEEKDAYS_MEET,
    OVERLAY,
    AS_ANSWERED,
    FROM_HOURS,
    ALL_ADDRESSES,
)
PAGE, WRITTEN, DROPPED = "page", "address_written", "address_dropped"
ACCOUNT = "account_loaded"  # what the frame has found out already in this run
LINK_SEARCH = "q_link_search"  # narrows a list; it is no part of the question
LONGEST_SEARCH = 200
EXACT = "exact"  # what a moment's widget stands for: (shown, zone, epoch second), by its key

LATEST_CLICK, NOW, CHOSEN = "Newest click", "Now", "Chosen"
PERIODS = {BEFORE: "Period before", YEAR: "Same period a year before", CHOSEN_PERIOD: "Chosen"}
# A stored question may reach far back or ahead; the calendar to pick from is Bitly's life time.
FIRST_DATE, LAST_DATE = datetime(2008, 1, 1), datetime(2037, 12, 31, 23, 59)

REASONS = {
    "minute": "Minutes are counted for links only.",
    "link": "A link is picked on the page Link clicks.",
    "narrow": "A link's clicks cannot be narrowed by domain or login.",
    "end": "Minutes always end now.",
    "compare": "Minutes are kept for an hour only, so there is no other period.",
    "weekdays": "Weeks and months have no weekday.",
    "overlay": "Totals have no chart.",
    "always exact": "Asked by v3, every zone has its own days.",
    "together": "A link's addresses are counted on the page Link clicks.",
    "v4 together": "Only Bitly's v4 says which addresses lead to one link, and counts them apart.",
    "exact link": "A link has the zone's own days wherever they are whole hours of UTC.",
    "others": "Bitly's v4 does not show other people's links to the organization's domains, and "
    "lists no logins: there are those of the links that were counted here.",
    "raw": "Bitly's own buckets are shown on the other pages.",
}


@dataclass(frozen=True)
class PageQuery:
    """What a page works with: the question, who answers, and what there is to choose from."""

    query: ClickQuery
    settings: Settings
    account: Account
    choices: Choices

    @property
    def against(self) -> Against:
        """What the period is set against."""
        chosen = self.choices.against
        kind, end = (chosen, None) if isinstance(chosen, str) else (CHOSEN_PERIOD, chosen)
        return Against(kind, end, self.choices.weekdays)


def browser_zone() -> str:
    """The browser's time zone, or UTC where it does not say one that is known."""
    name = st.context.timezone or "UTC"
    return name if name in buckets.zone_names() else "UTC"


def query_params() -> dict[str, list[str]]:
    """The address bar's values."""
    return {name: st.query_params.get_all(name) for name in st.query_params}


def current_query(settings: Settings, target: str, *, several: bool = False) -> PageQuery | None:
    """Draw the sidebar with its menu for a page about `target` and return what it asks.

    `several`: the page shows many series side by side. `None`: the question cannot be asked; the
    page has said why.
    """
    known = cache.connection(settings)
    newest = known.newest_click
    was_read = _read_address(newest, known.source.clock(), target)
    account, refusal = st.session_state.pop(ACCOUNT, None) or _account(settings)
    with st.sidebar:
        menu = st.container()
        choices = _draw(settings, account, newest, target, several=several)
    with menu:  # drawn last: its links carry what has just been chosen
        draw_menu(_write_address(choices, changed_by_hand=not was_read))
    for sentence in st.session_state.get(DROPPED, []):
        st.warning(as_text(sentence), icon=":material/link_off:")
    try:
        query = _question(choices, target, newest, settings, refusal)
    except BitlyError as problem:
        say_error(problem)
        return None
    if query and settings.api == V4:  # v3 knows neither
        query = (
            query.replace(zone_days=choices.zone_days)
            if target == ORGANIZATION
            else query.replace(all_addresses=choices.all_addresses)
        )
    return PageQuery(query, settings, account, choices) if query else None


def _question(
    choices: Choices,
    target: str,
    newest: int | None,
    settings: Settings,
    refusal: BitlyError | None,
) -> ClickQuery | None:
    """The question, if there is one to ask; `refusal` is why the account is not known.

    Raises the one `BitlyError` to be said if it cannot be asked or nobody will answer.
    """
    if isinstance(refusal, UnreachableError | GoneError):
        raise refusal
    query = None if target == LINK and not choices.link else to_query(choices, target, newest)
    if refusal:
        # Some tokens may see clicks but not the account. One that may see neither gets one
        # sentence; what is loaded here is kept for the page.
        cache.load(query, settings) if query else cache.load_links(settings)
        _say_without_account(refusal)
    if query is None:
        st.info("Choose a link in the sidebar, or paste one.", icon=":material/link:")
    return query


def _say_without_account(refusal: BitlyError) -> None:
    why = "for this token." if isinstance(refusal, AccessError) else f"now: {refusal.user_message}"
    st.caption(
        ":material/info: " + as_text(f"The account's domains and logins cannot be listed {why}")
    )


def to_query(choices: Choices, target: str, newest: int | None) -> ClickQuery:
    """The question of a page about `target`; what it does not take is left out.

    Raises `QuestionError`.
    """
    organization = target == ORGANIZATION
    end = newest if choices.until == END_DEFAULT else choices.until
    return ClickQuery(
        target=target,
        unit=choices.unit,
        units=choices.units,
        timezone=choices.timezone or browser_zone(),
        until=None if choices.unit == "minute" or isinstance(end, str) else end,
        rollup=choices.rollup,
        limit=choices.limit,
        week_start=choices.week_start,
        domains=choices.domains if organization else (),
        login=choices.login if organization else None,
        link=None if organization else choices.link or "",
    )


def load_account(settings: Settings) -> None:
    """Find out whose account it is before the sidebar is drawn; a failure is said below it."""
    st.session_state[ACCOUNT] = _account(settings)


def forget_account() -> None:
    """Nothing that an earlier run left here is taken for this one's."""
    st.session_state.pop(ACCOUNT, None)


def _account(settings: Settings) -> tuple[Account, BitlyError | None]:
    """What there is to choose from, or why that is not known."""
    try:
        return cache.load_account(settings), None
    except BitlyError as problem:
        return Account(), problem


def _read_address(newest: int | None, now: float, target: str) -> bool:
    """Seed the widgets from the address bar, if it is not what they wrote; whether it was read.

    The widgets of another page leave their keys behind for a moment, but not their values.
    """
    params = query_params()
    state = st.session_state
    if (state[PAGE], params) == state.get(WRITTEN) and all(key in state for key in WIDGET_KEYS):
        return False
    choices, dropped = parse_address(params)
    if target == ORGANIZATION and choices.unit == "minute":
        dropped.append(f"{REASONS['minute']} Hours are shown.")
        choices = replace(choices, unit="hour")
    state[DROPPED] = dropped
    state[WRITTEN] = state[PAGE], serialize(choices)
    _seed(choices, newest, now)
    return True


def _seed(choices: Choices, newest: int | None, now: float) -> None:
    state = st.session_state
    zone = choices.timezone or browser_zone()
    state[UNIT], state[ALL] = choices.unit, choices.units == ALL_TIME
    state[UNITS] = DEFAULT_UNITS if choices.units == ALL_TIME else choices.units
    state[ZONE], state[ROLLUP], state[LIMIT] = zone, choices.rollup, choices.limit
    state[WEEK], state[DOMAINS] = choices.week_start, list(choices.domains)
    state[LOGIN], state[LINK_PICK] = choices.login, choices.link
    state[END] = {END_DEFAULT: LATEST_CLICK if newest is not None else NOW, END_NOW: NOW}.get(
        str(choices.until), CHOSEN
    )
    usual = int(now) // 60 * 60 if newest is None else newest
    _seed_moment(END_AT, choices.until if isinstance(choices.until, int) else usual, zone)
    state[AGAINST] = choices.against if isinstance(choices.against, str) else CHOSEN_PERIOD
    year_ago = int((buckets.local(usual, buckets.zone(zone)) - timedelta(weeks=52)).timestamp())
    _seed_moment(
        AGAINST_AT, choices.against if isinstance(choices.against, int) else year_ago, zone
    )
    state[WEEKDAYS_MEET], state[OVERLAY] = choices.weekdays, choices.overlay
    state[AS_ANSWERED], state[FROM_HOURS] = choices.upstream_buckets, choices.zone_days
    state[ALL_ADDRESSES] = choices.all_addresses


def _seed_moment(key: str, moment: int, zone: str) -> None:
    """Show a moment on its widget, which has no seconds: they are kept beside it."""
    state = st.session_state
    at = buckets.local(moment, buckets.zone(zone)).replace(tzinfo=None, second=0, microsecond=0)
    state[key] = min(max(at, FIRST_DATE), LAST_DATE)
    state[EXACT] = state.get(EXACT, {}) | {key: (state[key], zone, moment)}


def _draw(
    settings: Settings, account: Account, newest: int | None, target: str, *, several: bool
) -> Choices:
    link = _link_control(settings, target)
    domains, login = _narrow_controls(account, target, settings.api)
    unit, units = _unit_controls(target)
    zone = st.selectbox(
        "Time zone",
        _zones(),
        key=ZONE,
        format_func=zone_label,
        help="Every IANA name, and whole hours from UTC.",
    )
    until = _end_control(zone, newest, unit)
    with st.expander("Comparison", icon=":material/compare_arrows:"):
        against, weekdays, overlay = _against_controls(zone, unit, several=several)
    with st.expander("More", icon=":material/tune:"):
        week = st.selectbox(
            "Weeks start on", range(7), key=WEEK, format_func=lambda day: WEEKDAYS[day].capitalize()
        )
        limit = st.number_input(
            "Limit",
            min_value=LOWEST_LIMIT,
            max_value=HIGHEST_LIMIT,
            value=None,
            step=1,
            key=LIMIT,
            placeholder="none",
            help="Ask for at most so many buckets; older ones are shown as cut off. Empty: all.",
        )
        rollup = st.toggle(
            "Totals only",
            key=ROLLUP,
            help="One number over the whole range instead of a series (rollup).",
        )
        raw = st.toggle(
            "As Bitly answers",
            key=AS_ANSWERED,
            disabled=several,
            help=REASONS["raw"]
            if several
            else "Bitly's own buckets beside the right ones: those of UTC."
            if settings.api == V4
            else "Bitly's own buckets beside the right "
            "ones: by one offset from UTC for all of them, weeks from Sunday.",
        )
        why = _no_exact(settings, target)
        exact = st.toggle(
            "Exact",
            key=FROM_HOURS,
            disabled=why is not None,
            help=why
            or "Domains and logins in the zone's own days, made from a list "
            "of each hour, as are days with more links than a list holds: many "
            "calls. Else days of UTC, a list of each.",
        )
        why = (
            REASONS["together"]
            if target != LINK
            else (None if settings.api == V4 else REASONS["v4 together"])
        )
        together = st.toggle(
            "All addresses",
            key=ALL_ADDRESSES,
            disabled=why is not None,
            help=why
            or "A link's hash and its custom back-halves, each of which "
            "Bitly counts apart, as one sum and side by side.",
        )
    return Choices(
        unit=unit,
        units=units,
        timezone=zone,
        until=until,
        rollup=rollup,
        limit=limit,
        week_start=week,
        domains=domains,
        login=login,
        link=link,
        against=against,
        weekdays=weekdays,
        overlay=overlay,
        upstream_buckets=raw,
        zone_days=exact,
        all_addresses=together,
    )


def _no_exact(settings: Settings, target: str) -> str | None:
    """Why there is nothing to choose, if so."""
    if settings.api != V4:
        return REASONS["always exact"]
    return REASONS["exact link"] if target == LINK else None


def _link_control(settings: Settings, target: str) -> str | None:
    if target != LINK:
        st.selectbox(
            "Link",
            _with_current([], LINK_PICK),
            key=LINK_PICK,
            disabled=True,
            index=None,
            placeholder="",
            help=REASONS["link"],
        )
        return st.session_state[LINK_PICK] or None
    links, total = _offered_links(settings)
    names = {item.link: item for item in links}
    if not st.session_state[LINK_PICK] and links:
        st.session_state[LINK_PICK] = links[0].link
    value = st.selectbox(
        "Link",
        _with_current(list(names), LINK_PICK),
        key=LINK_PICK,
        index=None,
        format_func=lambda link: _link_text(names.get(link), link),
        accept_new_options=True,
        placeholder="Search, or paste any Bitlink",
        help="Search the account's links by name or address, or paste any Bitlink.",
    )
    if total > len(links):
        st.caption(
            f"The {_links_in(links):,} newest links are listed; Bitly's v4 does not say how "
            "many there are."
            if settings.api == V4
            else f"The {len(links):,} newest of {total:,} links are listed."
        )
    try:
        return parse_link(value) if value else None
    except QuestionError:
        return value  # the question will say what is wrong with it


def _offered_links(settings: Settings) -> tuple[list[Link], int]:
    """The links to pick from, and how many there are: the newest, or those that were searched for
    where there are more than can be listed.
    """
    try:
        links, total = cache.load_links(settings)
        if total <= len(links):
            return links, total
        counted = settings.api != V4  # it says that there are more, not how many
        text = st.text_input(
            "Search all links",
            key=LINK_SEARCH,
            max_chars=LONGEST_SEARCH,
            placeholder=f"in {total:,} links" if counted else "in all links",
            help="By link, title or long address; the list below is narrowed.",
        )
        if not text.strip():
            return links, total
        found, count = cache.load_links(settings, text.strip())
        there = count if counted else _links_in(found)
        more = "More than " if count > len(found) and not counted else ""
        st.caption(
            "No link matches."
            if not there
            else f"{more}{there:,} {'link matches' if there == 1 else 'links match'}."
        )
        return found, count
    except BitlyError:
        return [], 0  # the same problem was said above; a link can still be pasted


def _links_in(listed: Sequence[Link]) -> int:
    """How many links a list holds; one with a custom back-half is there by each of its ids."""
    return len({item.ids[:1] or (item.link,) for item in listed})


def _link_text(item: Link | None, link: str) -> str:
    return f"{link} · {item.title or item.long_url}" if item else link


def _with_current(options: Sequence[str], key: str) -> list[str]:
    """The options and what is chosen now, which need not be one of them."""
    now = st.session_state.get(key)
    chosen = now if isinstance(now, list) else [now] if now else []
    return [*options, *(item for item in chosen if item not in options)]


def _narrow_controls(account: Account, target: str, api: str) -> tuple[tuple[str, ...], str | None]:
    off, others = target != ORGANIZATION, api != V4
    domains = st.multiselect(
        "Domains",
        _with_current(account.short_domains + account.tracking_domains, DOMAINS),
        key=DOMAINS,
        placeholder="all",
        disabled=off,
        help=REASONS["narrow"]
        if off
        else "Short domains, and domains that links lead to; "
        "several are counted together, each click once.",
    )
    login = st.selectbox(
        "Login",
        _with_current([*([ONLY_OTHERS] if others else []), *account.logins], LOGIN),
        key=LOGIN,
        index=None,
        placeholder="all together",
        disabled=off,
        format_func=login_label,
        help=REASONS["narrow"]
        if off
        else "One account, or only other people's links to the organization's domains."
        if others
        else REASONS["others"],
    )
    if off:
        st.caption(REASONS["narrow"])
    return tuple(domains), login


def _unit_controls(target: str) -> tuple[str, int]:
    offered = [unit for unit in buckets.UNITS if unit != "minute" or target == LINK]
    unit = st.selectbox(
        "Unit", offered, key=UNIT, help=None if target == LINK else REASONS["minute"]
    )
    minute = unit == "minute"
    most = MOST_MINUTES if minute else MOST_BUCKETS
    st.session_state[UNITS] = min(max(int(st.session_state[UNITS] or 1), 1), most)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        units = st.number_input(
            "Units",
            min_value=1,
            max_value=most,
            step=1,
            key=UNITS,
            disabled=st.session_state[ALL] and not minute,
        )
        everything = st.toggle(
            "All time",
            key=ALL,
            disabled=minute,
            help="Minutes go back an hour at most." if minute else "Since the first click.",
        )
    if target != LINK:
        st.caption(REASONS["minute"])
    return unit, ALL_TIME if everything and not minute else int(units)


@st.cache_data
def _zones() -> list[str]:
    hours = range(buckets.LOWEST_OFFSET_HOURS, buckets.HIGHEST_OFFSET_HOURS + 1)
    return [*buckets.zone_names(), *(str(hour) for hour in hours)]


def _end_control(zone: str, newest: int | None, unit: str) -> str | int:
    minute = unit == "minute"
    options = [*([LATEST_CLICK] if newest is not None else []), NOW, CHOSEN]
    if st.session_state[END] not in options:
        st.session_state[END] = options[0]
    end = st.selectbox(
        "End of range",
        options,
        key=END,
        disabled=minute,
        help=REASONS["end"]
        if minute
        else "The newest bucket is the one that holds this moment (unit_reference_ts).",
    )
    if minute:
        st.caption(REASONS["end"])
    moment = _moment_control("Moment", END_AT, zone, chosen=end == CHOSEN, disabled=minute)
    if end != CHOSEN:
        return END_DEFAULT if end == options[0] else END_NOW
    return END_NOW if moment is None else moment


def _moment_control(label: str, key: str, zone: str, *, chosen: bool, disabled: bool) -> int | None:
    """A moment on the zone's wall clock [epoch s], with the seconds that its widget lacks."""
    state = st.session_state
    _, shown_zone, moment = state[EXACT][key]
    if not chosen and zone != shown_zone:  # nobody has chosen this wall clock: it moves along
        _seed_moment(key, moment, zone)
    at = st.datetime_input(
        label,
        key=key,
        min_value=FIRST_DATE,
        max_value=LAST_DATE,
        step=timedelta(minutes=15),
        label_visibility="collapsed",
        disabled=disabled or not chosen,
        help="Choose “Chosen” above to set it.",
    )
    if at is None or not chosen:
        return None
    shown, shown_zone, moment = state[EXACT][key]
    if (shown, shown_zone) != (at, zone):
        moment = int(at.replace(tzinfo=buckets.zone(zone)).timestamp())
        state[EXACT] = state[EXACT] | {key: (at, zone, moment)}
    return int(moment)


def _against_controls(zone: str, unit: str, *, several: bool) -> tuple[str | int, bool, bool]:
    """What the period is set against, whether weekdays meet, whether it is drawn."""
    minute, by_day = unit == "minute", unit in ("hour", "day")
    kind = st.selectbox(
        "Compare with",
        list(PERIODS),
        key=AGAINST,
        disabled=minute,
        format_func=PERIODS.__getitem__,
        help=REASONS["compare"]
        if minute
        else "A running period is set against the same elapsed part of the other.",
    )
    moment = _moment_control(
        "In its newest bucket", AGAINST_AT, zone, chosen=kind == CHOSEN_PERIOD, disabled=minute
    )
    weekdays = st.toggle(
        "Align weekdays",
        key=WEEKDAYS_MEET,
        disabled=not by_day,
        help="Mondays against Mondays: the other period begins some days earlier."
        if by_day
        else REASONS["weekdays"],
    )
    overlay = st.toggle(
        "Draw the other period",
        key=OVERLAY,
        disabled=minute or several,
        help=REASONS["compare"]
        if minute
        else "Drawn on the page of one series."
        if several
        else "As a second line in the chart, and in the table and its file.",
    )
    against: str | int = BEFORE if moment is None and kind == CHOSEN_PERIOD else kind
    return (against if moment is None else moment), weekdays, overlay


def _write_address(choices: Choices, *, changed_by_hand: bool) -> dict[str, list[str]]:
    """Put the choices into the address bar; returns its values."""
    try:
        params = serialize(choices)
    except (ValueError, QuestionError):
        return query_params()
    state = st.session_state
    written = state[PAGE], params
    if written != state.get(WRITTEN) or params != query_params():
        if changed_by_hand:
            state[DROPPED] = []
        state[WRITTEN] = written
        st.query_params.from_dict(params)
    return params
