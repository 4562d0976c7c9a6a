"""Who answers, why, and what does that mean for the numbers?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from bitly_data import zones
from bitly_data.coverage import LogFacts, covered_text, hour_spans
from bitly_data.locales import ENGLISH, Locale
from bitly_data.settings import CLICK_LOG, DEMO, Settings
from bitly_data.views.values import CAPTION, WARNING, WHOLE, Column, Notice, Table

# More spans than these are counted, not listed: nobody reads on.
MOST_SPANS = 200


@dataclass(frozen=True)
class SourceLine:
    """The line, and of a click log the hours that it holds and the lines that could not be read."""

    line: Notice
    hours: str = ""
    bad_lines: Table | None = None
    more_bad_lines: str = ""


def present(
    settings: Settings,
    log: LogFacts | None,
    login: str,
    locale: Locale = ENGLISH,
    counted: str = "",
) -> SourceLine:
    """The source line of a page; `log` is what is known of a click log, `login` whose account it
    is, as far as that is known. `counted` says which of its groups are.
    """
    if settings.kind == DEMO:
        return SourceLine(_line(_and(_demo_text(settings), counted), "science"))
    if settings.kind == CLICK_LOG and log is not None:
        text = f"A click log on a local Bitly server{settings.face}, because {settings.why}."
        return SourceLine(
            _line(locale.text(_and(_and(text, _log_text(log)), counted)), "description"),
            locale.text(_hours_text(log)),
            _bad_lines(log),
            locale.text(_more_text(log)),
        )
    whose = f", account {login}" if login else ""
    text = f"{settings.account_label}{whose}, by Bitly's {settings.api}, because {settings.why}."
    return SourceLine(_line(_and(text, counted), "cloud"))


def groups_text(group: str, count: int) -> str:
    """Which groups the numbers are of: the only one that is counted, or the `count` that there are
    to choose from; empty where there are none.
    """
    if group:
        return f"Only the group “{group}” is counted."
    return f"The numbers are those of {count:,} groups together." if count else ""


def _and(text: str, more: str) -> str:
    """A sentence behind others, if there is one."""
    return f"{text} {more}".rstrip()


def archive_notice(text: str) -> Notice:
    """That something is not kept in the archive."""
    return Notice(WARNING, text, "inventory_2")


def _line(text: str, icon: str) -> Notice:
    """Who answers, and by which time zones the buckets are made."""
    return Notice(CAPTION, f"{text} {zones.release_text()}", icon)


def _demo_text(settings: Settings) -> str:
    return (
        f"Demo data from a local Bitly server{settings.face}, because {settings.why}. To see your "
        "own clicks, connect your account or a file of clicks on the Connection page."
    )


def _log_text(log: LogFacts) -> str:
    """What a click log covers, where its ranges end, whose links it is about, how it was read."""
    text = covered_text(log.hours)
    if not len(log.hours):
        return text
    if log.newest_click is not None:
        newest = _utc(log.newest_click, "%d %b %Y %H:%M")
        text += f" Ranges end at its newest click, {newest} UTC, unless you choose Now."
    return " ".join(filter(None, (text, log.whose, log.summary)))


def _hours_text(log: LogFacts) -> str:
    """Every unbroken span of covered hours."""
    spans = hour_spans(log.hours)
    if not spans:
        return ""
    listed = [_span_text(start, end) for start, end in spans[:MOST_SPANS]]
    more = len(spans) - len(listed)
    return "UTC: " + "; ".join(listed) + (f"; and {more:,} more spans." if more else ".")


def _bad_lines(log: LogFacts) -> Table | None:
    """Every line of the click log that could not be read, or the first of very many."""
    bad = log.bad_lines
    if not bad:
        return None
    return Table(
        (
            Column("File", tuple(item.file for item in bad)),
            Column("Line", tuple(item.line for item in bad), WHOLE),
            Column("Reason", tuple(item.reason for item in bad)),
        )
    )


def _more_text(log: LogFacts) -> str:
    more = log.bad_count - len(log.bad_lines)
    return f"And {more:,} more." if log.bad_lines and more > 0 else ""


def _span_text(start: int, end: int) -> str:
    same_day = _utc(start, "%d %b %Y") == _utc(end - 1, "%d %b %Y")
    until = _utc(end - 1, "%H:59" if same_day else "%d %b %Y %H:59")
    return f"{_utc(start, '%d %b %Y %H:00')}–{until}"


def _utc(epoch: int, pattern: str) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime(pattern)
