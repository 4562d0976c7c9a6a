"""What a page says about its numbers: states, uneven days, another period, Bitly's own answer."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from apptest import (
    address,
    again,
    captions,
    controls_of,
    errors,
    figure,
    hovered,
    metrics,
    opened,
    read_by,
    said,
    table,
    tables,
    total,
)
from counter import DAY, HOUR, Counter, edges, server_bucket, utc
from streamlit.testing.v1 import AppTest
from support import add_heartbeats, write_clicks
from views import WEEKDAYS, written
from zone_changes import ACCOUNTS, CASES, TRACKING, write_log

from bitly_data.charts.places import without_middle
from bitly_data.charts.plotly import NAME_LETTERS_IN_BOX
from bitly_data.series import CAPPED, COUNTED, FAILED, ClickSeries, Provenance
from bitly_data.views.missing_data import missing_text

# The demo a week after America put its clocks back (1 November 2026).
NOW = "2026-11-10T15:20:00Z"
NEW_YORK = "America/New_York"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BITLY_NOW", NOW)


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Counter:
    """A log around New York's changes of 2013, seen ten days after the one of November."""
    case = next(case for case in CASES if case.zone == NEW_YORK)
    path = tmp_path / "clicks.log"
    write_log(path, case)
    now = case.instants[-1] + 10 * DAY
    add_heartbeats(path, now - 90 * DAY, now)
    for name, value in (
        ("BITLY_CLICK_LOG", str(path)),
        ("BITLY_TRACKING_DOMAINS", TRACKING),
        ("BITLY_ACCOUNTS", ",".join(ACCOUNTS)),
        ("BITLY_NOW", written(now)),
    ):
        monkeypatch.setenv(name, value)
    return Counter([path], [TRACKING], now, ACCOUNTS)


# -- states ---------------------------------------------------------------------------------------


def test_states_are_told_in_one_line_and_by_their_look(demo: None) -> None:
    app = opened("overview", units="16", limit="12", tz=NEW_YORK)
    assert "● counted · ◆ rebuilt · ○ dotted: still filling" in read_by(app)
    assert "□ cut off by the limit" in read_by(app)
    assert set(table(app)["State"]) == {"counted", "rebuilt", "partial", "capped"}
    symbols = [trace["marker"].get("symbol") for trace in figure(app)["data"]]
    assert "square-open" in symbols
    assert "diamond" in symbols[0]
    plain = opened("overview", units="3", tz=NEW_YORK, until="2026-11-08T12:00:00Z")
    assert "●" not in read_by(plain)


def test_a_series_that_a_limit_cut_names_the_missing_part(demo: None) -> None:
    for place in ("link", "overview", "compare"):
        texts = said(opened(place, units="30", limit="20"))
        # A comparison says it of its domains, and of the whole that they are parts of.
        assert len(texts) == (2 if place == "compare" else 1), place
        for text in texts:
            assert text.endswith(
                "clicks in 20 of 30 days; 10 not known. Cut off by the limit of 20: "
                "Mon 12 Oct 2026 to Wed 21 Oct 2026."
            ), place
    (text,) = said(opened("overview", units="all", limit="5", unit="month"))
    assert "Cut off by the limit of 5: everything before Jul 2026." in text


def test_a_total_over_unknown_buckets_says_what_it_does_not_hold() -> None:
    from bitly_data.query import ClickQuery, edges_of

    end = int(datetime(2026, 11, 10, tzinfo=UTC).timestamp())
    query = ClickQuery(units=8, until=end)
    states = np.array(
        [CAPPED, COUNTED, FAILED, FAILED, COUNTED, FAILED, COUNTED, COUNTED], dtype=np.int8
    )
    series = ClickSeries(
        query.replace(limit=7),
        "x",
        edges_of(query, end),
        np.array([0, 400, 0, 0, 404, 0, 200, 200]),
        states,
        Provenance("v3", "x", (), end, 1),
    )
    assert missing_text(series) == (
        "1,204 clicks in 4 of 8 days; 4 not known. Cut off by the limit of 7: Tue 3 Nov 2026. "
        "No answer: Thu 5 Nov 2026 to Fri 6 Nov 2026; Sun 8 Nov 2026."
    )
    assert (
        missing_text(
            ClickSeries(
                query,
                "x",
                series.edges,
                series.clicks,
                np.zeros(8, dtype=np.int8),
                series.provenance,
            )
        )
        == ""
    )


# -- days that are not like others ----------------------------------------------------------------


@pytest.mark.parametrize("place", ["link", "overview", "compare"])
def test_a_day_of_25_hours_is_marked(demo: None, place: str) -> None:
    app = opened(place, units="16", tz=NEW_YORK)
    assert "Not 24 hours long, as the clocks change: Sun 1 Nov 2026 (25 h)." in captions(app)
    rows = table(app)
    long = rows[rows["Length"] == "25 h"]
    assert set(long["Day"]) == {"Sun 1 Nov 2026"}
    assert set(rows["Length"]) == {"", "25 h"}
    assert "25 h" in [note["text"] for note in figure(app)["layout"]["annotations"]]
    calm = opened(place, units="5", tz=NEW_YORK)
    assert "Length" not in table(calm).columns
    assert "hours long" not in captions(calm)
    total_only = opened(place, units="16", tz=NEW_YORK, rollup="1")
    assert "Length" not in table(total_only).columns


def test_the_repeated_hour_is_two_rows_and_two_ticks(demo: None) -> None:
    app = opened("overview", unit="hour", units="7", tz=NEW_YORK, until="2026-11-01T08:30:00Z")
    hours = table(app)["Hour"].tolist()
    assert hours[2:4] == ["Sun 1 Nov 2026 01:00 -05:00", "Sun 1 Nov 2026 01:00 -04:00"]
    notes = figure(app)["layout"]["annotations"]
    assert [(note["x"], note["text"]) for note in notes if note["text"].startswith("01:00")] == [
        (3, "01:00<br>-04:00"),
        (4, "01:00<br>-05:00"),
    ]
    heads = figure(app)["layout"]["xaxis"]["ticktext"]  # what a pointer is told first
    assert heads[3:5] == [
        "<b>Sun 1 Nov 2026 01:00 -04:00</b>",
        "<b>Sun 1 Nov 2026 01:00 -05:00</b>",
    ]


# -- what Bitly itself answers --------------------------------------------------------------------


def answered(app: AppTest) -> list[dict]:
    """The rows of both answers, oldest first."""
    (rows,) = tables(app, "Differs in")
    return rows.iloc[::-1].to_dict("records")


@pytest.mark.parametrize("week", [0, 6])
@pytest.mark.parametrize(("unit", "units"), [("hour", 60), ("day", 12), ("week", 3), ("month", 2)])
def test_both_answers_on_one_screen(around: Counter, unit: str, units: int, week: int) -> None:
    """The clocks went back on 3 November 2013: by the offset of the days after it, the days before
    it are an hour off.
    """
    end = utc("2013-11-05T12:00:00")
    app = opened(
        "overview",
        unit=unit,
        units=str(units),
        tz=NEW_YORK,
        until=written(end),
        week=WEEKDAYS[week],
        raw="1",
    )
    assert not app.error
    rows = around.of_organization([], None)
    right = around.by_zone(rows, unit, units, NEW_YORK, end, week)
    bitly = around.by_server(rows, unit, units, NEW_YORK, end)[::-1]
    found, own = answered(app), edges(unit, units, NEW_YORK, end, week)
    assert [row["Right"] for row in found] == [clicks for _, clicks in right]
    offset = -5 * HOUR
    for row, (start, clicks), stop in zip(found, right, own[1:], strict=True):
        its_start, its_end = server_bucket((start + stop) // 2, unit, offset)
        its = dict(bitly)[its_start]
        assert (row["Bitly"], row["Difference"]) == (its, its - clicks)
        assert row["Differs in"] == " and ".join(
            word
            for word, there in (
                ("hours", (start, stop) != (its_start, its_end)),
                ("clicks", its != clicks),
            )
            if there
        )
    count = sum(row["Differs in"] != "" for row in found)
    if unit == "hour":
        assert count == 0
        assert "none of 60 differs" in captions(app)
    else:
        assert count > 0
        assert f"{count} of {units} {unit}s differ" in captions(app)
    assert ("begins weeks on Sunday" in captions(app)) == (unit == "week")
    assert "Bitly puts one offset, UTC-05:00" in captions(app)
    (triangles,) = (
        [trace["x"] for trace in figure(app, 1)["data"] if trace["name"] == "differs"]
        if count
        else ([],)
    )
    assert triangles == [index for index, row in enumerate(found) if row["Differs in"]]
    assert {"right", "as Bitly answers"} <= {trace["name"] for trace in figure(app, 1)["data"]}


def test_both_totals_on_one_screen(around: Counter) -> None:
    end = utc("2013-11-05T12:00:00")
    app = opened(
        "link",
        link="go.ex.com/Ab",
        units="3",
        unit="day",
        tz=NEW_YORK,
        rollup="1",
        until=written(end),
        raw="1",
    )
    rows = around.of_link("go.ex.com/Ab")
    right = sum(clicks for _, clicks in around.by_zone(rows, "day", 3, NEW_YORK, end))
    bitly = sum(clicks for _, clicks in around.by_server(rows, "day", 3, NEW_YORK, end))
    assert [(row["Right"], row["Bitly"]) for row in answered(app)] == [(right, bitly)]
    assert len(app.get("plotly_chart")) == 0
    words = "the same number" if right == bitly else "another number"
    assert f"Over the range it gives {words}" in captions(app)


def test_the_setting_is_off_unless_it_is_asked_for(demo: None) -> None:
    app = opened("overview")
    assert tables(app, "Differs in") == []
    app.toggle(key="q_as_answered").set_value(True)
    again(app)
    assert address(app)["raw"] == ["1"]
    assert len(answered(app)) == 30
    compare = opened("compare", raw="1")
    assert "q_as_answered" not in controls_of(compare)
    assert address(compare)["raw"] == ["1"]  # the next page takes it
    assert tables(compare, "Differs in") == []


@pytest.mark.parametrize(
    "params",
    [
        {"units": "all", "unit": "month"},
        {"units": "all", "unit": "day", "limit": "7"},
        {"unit": "minute", "units": "60"},
        {"unit": "week", "limit": "3"},
        {"until": "now"},
        {"units": "40", "until": "2026-11-30T00:00:00Z"},
        {"units": "all", "rollup": "1"},
    ],
)
def test_both_answers_whatever_is_asked(demo: None, params: dict[str, str]) -> None:
    place = "link" if params.get("unit") == "minute" else "overview"
    app = opened(place, tz=NEW_YORK, raw="1", **params)
    assert errors(app) == []
    found = answered(app)
    assert len(found) == len(table(app))
    assert all(
        row["Differs in"] in ("", "hours", "clicks", "hours and clicks", "not known")
        for row in found
    )


# -- another period -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("params", "words", "first"),
    [
        ({}, "the period before", "Sat 26 Sep 2026"),
        ({"compare": "year"}, "the same period a year before", "Mon 26 Oct 2025"),
        ({"compare": "year", "align": "1"}, "the same period a year before", ""),
        ({"compare": "2026-09-06T12:00:00Z"}, "the chosen period", ""),
        ({"compare": "2026-09-06T12:00:00Z", "align": "1"}, "the chosen period", ""),
    ],
)
def test_another_period_is_drawn_listed_and_told(
    demo: None, params: dict[str, str], words: str, first: str
) -> None:
    asked = {"units": "14", "tz": NEW_YORK, "until": "2026-11-08T12:00:00Z"}
    plain, app = (
        opened("overview", **asked),
        opened("overview", **asked, **params, overlay="1"),
    )
    rows = table(app)
    other = f"organization, {words}"
    assert rows["Series"].value_counts().to_dict() == {"organization": 14, other: 14}
    assert (
        rows[rows["Series"] == "organization"]["Clicks"].tolist() == table(plain)["Clicks"].tolist()
    )
    drawn, own = figure(app)["data"]  # the other one first, so that it is behind
    assert drawn["name"] == without_middle(other, NAME_LETTERS_IN_BOX)
    assert own["name"] == "organization"
    assert [value for value in own["y"] if value is not None] == table(plain)["Clicks"].tolist()[
        ::-1
    ]
    (label,) = [item for item in metrics(app) if item.startswith("Against")]
    assert label == f"Against {words}"
    its = rows[rows["Series"] == other]
    assert [text for text in hovered(drawn) if text] == [
        f"<b>{row['Clicks']:,}</b>  {row['Day']}{' (25 h)' * (row.get('Length') == '25 h')}"
        f"{'  (rebuilt)' * (row['State'] == 'rebuilt')}"
        for row in its.iloc[::-1].to_dict("records")
    ]
    assert [value for value in drawn["y"] if value is not None] == its["Clicks"].tolist()[::-1]
    # The sentence says the sum of what is drawn.
    assert f"against {its['Clicks'].sum():,} in {words}" in captions(app)
    ours = rows[rows["Series"] == "organization"]["Day"].iloc[-1]
    if params.get("align"):
        assert its["Day"].iloc[-1][:3] == ours[:3]
    assert total(app) == total(plain)


def test_a_leap_day_has_no_partner_and_the_days_after_it_keep_theirs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    case = next(case for case in CASES if case.zone == "UTC")  # its log is around 1 March 2012
    path = tmp_path / "clicks.log"
    write_log(path, case)
    add_heartbeats(path, utc("2011-02-20T00:00:00"), utc("2012-03-10T00:00:00"))
    monkeypatch.setenv("BITLY_CLICK_LOG", str(path))
    monkeypatch.setenv("BITLY_NOW", "2013-03-05T00:00:00Z")
    app = opened(
        "overview", units="6", tz="UTC", compare="year", overlay="1", until="2012-03-02T12:00:00Z"
    )
    drawn = next(trace for trace in figure(app)["data"] if "a year before" in trace["name"])
    places = {
        at: text.partition("</b>  ")[2]
        for at, text in zip(drawn["x"], hovered(drawn), strict=True)
        if at is not None
    }
    # 26 to 28 February, a gap for the 29th, 1 and 2 March.
    assert places == {
        0: "Sat 26 Feb 2011",
        1: "Sun 27 Feb 2011",
        2: "Mon 28 Feb 2011",
        4: "Tue 1 Mar 2011",
        5: "Wed 2 Mar 2011",
    }


def test_totals_have_no_other_line(demo: None) -> None:
    app = opened("overview", rollup="1", overlay="1")
    assert len(table(app)) == 1
    assert errors(app) == []


def test_the_words_of_a_change_are_never_a_colour_alone(demo: None) -> None:
    app = opened("overview", units="28", until="2026-11-08T12:00:00Z")
    (change,) = [item for item in app.metric if item.label.startswith("Against")]
    words = "clearly more", "clearly fewer", "about as usual", "too uneven to tell"
    assert change.delta.endswith(words)
    # Both say the same, and so does the chart to those who do not see it.
    assert change.delta in captions(app)
    app.run()  # the chart does not wait for it
    (chart,) = app.main.get("plotly_chart")
    assert chart.proto.alt.endswith(f"Against the period before: +33 %, {change.delta}.")
    assert "95 % interval" in change.help.replace("\\", "")


@pytest.mark.parametrize(
    "now", ["2026-11-20T00:10:00Z", "2026-11-22T14:00:00Z", "2026-03-02T23:50:00Z"]
)
def test_the_first_page_of_the_demo_has_a_verdict(
    monkeypatch: pytest.MonkeyPatch, now: str
) -> None:
    """The day that is not over is left out of both periods, at whatever hour somebody looks."""
    monkeypatch.setenv("BITLY_NOW", now)
    (change,) = [item for item in opened("overview").metric if item.label.startswith("Against")]
    assert change.value.endswith(" %")
    words = "clearly more", "clearly fewer", "about as usual", "too uneven to tell"
    # Like for like it may be far from that number: then both, and the words, stand behind the "?".
    said = change.help if change.delta.startswith("like for like: ") else change.delta
    assert any(word in said for word in words), (change.delta, change.help)


def test_hours_are_an_hour_long(demo: None) -> None:
    """The half hour that Lord Howe's clocks are set by is a bucket of its own, and marked."""
    app = opened(
        "overview",
        unit="hour",
        units="8",
        tz="Australia/Lord_Howe",
        until="2026-10-03T20:00:00Z",
    )
    lengths = table(app).set_index("Hour")["Length"].to_dict()
    assert lengths["Sun 4 Oct 2026 02:30 +11:00"] == "30 min"
    assert sorted(set(lengths.values())) == ["", "30 min"]
    assert "Not 60 minutes long" in captions(app)


@pytest.mark.parametrize(
    "params",
    [
        {"unit": "month", "units": "400"},
        {"unit": "week", "units": "1500"},
        {"unit": "day", "units": "11000"},
        {"units": "30", "compare": "1970-01-10T00:00:00Z"},
        {"unit": "month", "units": "400", "compare": "year"},
    ],
)
def test_a_period_that_bitly_cannot_know_is_said(demo: None, params: dict[str, str]) -> None:
    for place in ("link", "overview", "compare"):
        app = opened(place, tz="UTC", overlay="1", **params)
        assert errors(app) == []
        if place != "compare" and params.get("compare") != "year":
            assert "No comparison with" in captions(app)


def test_nothing_is_compared_with_what_is_not_over(demo: None) -> None:
    app = opened("overview", units="30", compare="2026-12-19T00:00:00Z")
    assert "the other period is not over yet" in captions(app)


def test_a_total_with_a_limit_has_a_change(demo: None) -> None:
    app = opened("overview", units="28", limit="5", rollup="1", until="2026-11-08T12:00:00Z")
    assert "some buckets are not known" not in captions(app)
    (change,) = [item for item in app.metric if item.label.startswith("Against")]
    assert "95 % interval" in change.help.replace("\\", "")


def test_what_is_not_known_does_not_differ(demo: None) -> None:
    app = opened("overview", units="30", limit="3", tz=NEW_YORK, raw="1")
    found = answered(app)
    assert [row["Differs in"] for row in found] == ["not known"] * 27 + [""] * 3
    assert "none of 3 differs" in captions(app)
    assert "27 are not known." in captions(app)
    assert "differs" not in [trace["name"] for trace in figure(app, 1)["data"]]


def log_of(monkeypatch: pytest.MonkeyPatch, path: Path, clicks: list[tuple[str, str]]) -> None:
    """A click log of (time, link), which is ann's, and was written all the time."""
    write_clicks(path, [(time, link, "ann", "http://ex.com/", 5) for time, link in clicks])
    add_heartbeats(path, utc("2013-01-01T00:00:00"), utc("2013-05-20T01:00:00"))
    monkeypatch.setenv("BITLY_CLICK_LOG", str(path))
    monkeypatch.setenv("BITLY_NOW", "2013-05-20T00:00:00Z")


def test_clicks_that_may_be_counted_twice_are_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "a"
    log_of(monkeypatch, log, [("2013-05-19T12:00:00", "a.ex.com/A")])
    (tmp_path / "b").write_text(log.read_text().replace("\n", "\r\n"), newline="")
    monkeypatch.setenv("BITLY_CLICK_LOG", str(tmp_path))
    text = captions(opened("overview", units="2", tz="UTC"))
    assert (
        "5 clicks of b are in a as well by time and link, so as many may be counted twice" in text
    )


def test_domains_of_all_time_with_a_limit(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One is clicked on other days than the other, so the limit cuts them at other places."""
    log_of(
        monkeypatch,
        tmp_path / "clicks.log",
        [
            *((f"2013-05-{day:02}T12:00:00", "a.ex.com/A") for day in (1, 8, 15)),
            *((f"2013-05-{day:02}T12:00:00", "b.ex.com/B") for day in range(2, 18)),
        ],
    )
    for limit in ("1", "2", "3", "5", "20"):
        app = opened("compare", units="all", limit=limit, tz="UTC")
        assert errors(app) == []
        (rows,) = tables(app, "Domain")
        shares = rows["Share"].dropna().tolist() if "Share" in rows.columns else []
        assert all(share <= 100 for share in shares), (limit, shares)
        assert "count for more than one" not in captions(app)
        assert bool(shares) == (limit == "20")
        drawn = opened("compare", units="all", limit=limit, tz="UTC", form="share")
        assert not errors(drawn)
        for trace in figure(drawn)["data"]:
            assert all(value is None or value <= 100 for value in trace["y"])


def test_a_limit_that_cuts_nothing_off_is_no_gap(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log_of(
        monkeypatch,
        tmp_path / "clicks.log",
        [(f"2013-{month:02}-10T12:00:00", "a.ex.com/A") for month in (2, 3, 5)],
    )
    for raw in ({}, {"raw": "1"}):
        app = opened("overview", unit="month", units="all", limit="3", tz="UTC", **raw)
        assert table(app)["Clicks"].tolist()[::-1] == [5, 5, 0, 5]
        assert said(app) == []
    assert (
        "everything before"
        in said(opened("overview", unit="month", units="all", limit="2", tz="UTC"))[0]
    )


def test_bitly_s_own_all_time_ends_where_it_was_asked_to(demo: None) -> None:
    end = "2026-07-01T05:25:37Z"
    params = {"unit": "week", "units": "all", "tz": NEW_YORK, "until": end, "raw": "1"}
    assert answered(opened("overview", **params))[-1]["Bitly's begins"].startswith(
        "Sun 28 Jun 2026"
    )


def test_the_other_period_s_long_day_is_said_too(demo: None) -> None:
    app = opened("overview", units="7", tz=NEW_YORK, until="2026-11-09T12:00:00Z", overlay="1")
    other = next(trace for trace in figure(app)["data"] if "the period before" in trace["name"])
    assert any("Sun 1 Nov 2026 (25 h)" in text for text in hovered(other))


# -- whose clicks they are -----------------------------------------------------------------------


@pytest.mark.parametrize("place", ["overview", "compare"])
def test_other_people_s_links_are_one_sentence_while_no_account_is_named(
    around: Counter, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.delenv("BITLY_ACCOUNTS")
    app = opened(place, units="4", login="!")
    assert len(errors(app)) == 1
    assert "accounts are not named: name them on the Connection page" in errors(app)[0]
    assert not metrics(app)
    assert "Every click counts as the organization's own" in captions(app)


def test_the_page_says_how_many_clicks_are_on_links_of_others(around: Counter) -> None:
    app = opened("overview", units="4", login="!")
    others, every = int((~around.own).sum()), len(around.t)
    assert 0 < others < every
    assert f"{others:,} of the log's {every:,} clicks are on links of others" in captions(app)
    assert errors(app) == []
