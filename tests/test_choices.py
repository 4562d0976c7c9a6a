"""The address bar: what is written is read back, and nothing else has an effect."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bitly_data import buckets
from bitly_data.buckets import WEEKDAYS
from bitly_data.errors import QuestionError
from bitly_data.query import ALL_TIME, MOST_BUCKETS, MOST_MINUTES, parse_link
from bitly_data.views import lineup
from pages.components.controls.choices import parse_address, serialize
from pages.components.controls.table import NAMES, Choices
from pages.components.controls.values import END_NOW, MOST_DOMAINS

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
part = st.text(LETTERS, min_size=1, max_size=12)
hosts = st.lists(part, min_size=1, max_size=3).map(".".join).map(lambda name: f"{name}.example")
back_halves = st.text(LETTERS + LETTERS.upper() + "_~.-", min_size=1, max_size=100)
logins = (
    st.text(min_size=1, max_size=100)
    .map(str.strip)
    .filter(lambda login: login and login.isprintable())
)
zones = st.sampled_from([*buckets.zone_names(), *map(str, range(-14, 15))])
units = {
    unit: st.integers(1, MOST_MINUTES if unit == "minute" else MOST_BUCKETS)
    | (st.nothing() if unit == "minute" else st.just(ALL_TIME))
    for unit in buckets.UNITS
}


def is_whole(link: str) -> bool:
    """Whether a link is left as it is: it may end in what stands around one (a full stop)."""
    try:
        return parse_link(link) == link
    except QuestionError:
        return False


links = st.builds(lambda host, back: f"{host}/{back}", hosts, back_halves).filter(is_whole)


@st.composite
def choices(draw: st.DrawFn) -> Choices:
    """Everything that the sidebar can hold."""
    plain = Choices()
    unit = draw(st.sampled_from(buckets.UNITS))
    return Choices(
        unit=unit,
        units=draw(st.just(plain.units) | units[unit]),
        timezone=draw(st.none() | zones),
        until=draw(
            st.just(plain.until)
            | st.just(END_NOW)
            | st.integers(buckets.EARLIEST + 1, buckets.LATEST - 1)
        ),
        rollup=draw(st.booleans()),
        limit=draw(st.none() | st.integers(1, 1000)),
        week_start=draw(st.integers(0, 6)),
        domains=tuple(draw(st.lists(hosts, unique=True, max_size=4))),
        login=draw(st.none() | st.just("!") | logins),
        against=draw(
            st.sampled_from(["before", "year"])
            | st.integers(buckets.EARLIEST + 1, buckets.LATEST - 1)
        ),
        weekdays=draw(st.booleans()),
        overlay=draw(st.booleans()),
        upstream_buckets=draw(st.booleans()),
        link=draw(st.none() | links),
        bucket=draw(st.none() | st.integers(buckets.EARLIEST + 1, buckets.LATEST - 1)),
        items=tuple(draw(st.lists(hosts | links, unique=True, max_size=4))),
        by=draw(st.sampled_from(lineup.BY)),
        form=draw(st.sampled_from(list(lineup.FORMS))),
        scale=draw(st.sampled_from(list(lineup.SCALES))),
        log=draw(st.booleans()),
        own_scales=draw(st.booleans()),
        most_lines=draw(st.sampled_from(lineup.MOST_LINES)),
    )


@given(choices())
def test_what_is_written_is_read_back(chosen: Choices) -> None:
    written = serialize(chosen)
    assert parse_address(written) == (chosen, [])
    assert serialize(parse_address(written)[0]) == written
    assert all(
        value and all(isinstance(item, str) and item for item in value)
        for value in written.values()
    )


def test_defaults_give_an_empty_address() -> None:
    assert serialize(Choices()) == {}
    assert parse_address({}) == (Choices(), [])


def test_every_choice_has_a_name() -> None:
    everything = Choices(
        unit="hour",
        units=5,
        timezone="-5",
        until=1_360_360_800,
        rollup=True,
        limit=7,
        week_start=buckets.SUNDAY,
        domains=("go.aurora.example", "nasa.gov"),
        login="!",
        link="bit.ly/2uNgpk4",
    )
    assert serialize(everything) == {
        "unit": ["hour"],
        "units": ["5"],
        "tz": ["-5"],
        "until": ["2013-02-08T22:00:00Z"],
        "rollup": ["1"],
        "limit": ["7"],
        "week": ["sunday"],
        "domain": ["go.aurora.example", "nasa.gov"],
        "login": ["!"],
        "link": ["bit.ly/2uNgpk4"],
    }
    # A period stands for units and end, and for the unit where none is chosen.
    assert serialize(Choices("last-month", unit="")) == {"period": ["last-month"]}
    assert serialize(Choices("last-month", unit="week")) == {
        "period": ["last-month"],
        "unit": ["week"],
    }


@pytest.mark.parametrize(
    ("name", "values", "field", "value"),
    [
        ("units", ["all"], "units", ALL_TIME),
        ("until", ["now"], "until", END_NOW),
        ("until", ["2013-02-09T00:00:00+02:00"], "until", 1_360_360_800),
        ("until", ["2013-02-09T00:00:00 02:00"], "until", 1_360_360_800),  # "+" is a space there
        ("link", ["https://Bit.ly/2uNgpk4+"], "link", "bit.ly/2uNgpk4"),
        ("link", ["http://bit.ly/2uNgpk4/"], "link", "bit.ly/2uNgpk4"),
        (
            "domain",
            ["NASA.gov", "nasa.gov", "go.aurora.example."],
            "domains",
            ("nasa.gov", "go.aurora.example"),
        ),
        ("unit", ["month", "hour"], "unit", "hour"),  # the last one counts
        ("rollup", ["0"], "rollup", False),
        ("tz", [], "timezone", None),
        ("tz", ["05"], "timezone", "5"),
        ("tz", ["+5"], "timezone", "5"),
        ("tz", ["-05"], "timezone", "-5"),
        ("tz", ["-0"], "timezone", "0"),
        ("tz", ["+14"], "timezone", "14"),
        ("tz", ["Etc/GMT+5"], "timezone", "Etc/GMT+5"),
        ("tz", ["Etc/GMT 5"], "timezone", "Etc/GMT+5"),  # so does a raw "+" arrive
        ("tz", ["GMT 0"], "timezone", "GMT+0"),
        ("tz", [" 5"], "timezone", "5"),
        ("tz", ["America/New York"], "timezone", "America/New_York"),
        # A time without an offset is one of the zone: UTC, where the address names none.
        ("until", ["2013-02-09"], "until", 1_360_368_000),
        ("until", ["20130209"], "until", 1_360_368_000),
        ("until", ["2013-02-09T00:00:00"], "until", 1_360_368_000),
        ("until", ["2013-02-09 00:00:00"], "until", 1_360_368_000),  # the column date of a file
        ("until", ["2013-02-09 00:00:00 02:00"], "until", 1_360_360_800),
        ("until", ["1360360800"], "until", 1_360_360_800),
        ("compare", ["20130209"], "against", 1_360_368_000),
        ("link", ["<https://bit.ly/2uNgpk4>."], "link", "bit.ly/2uNgpk4"),
        ("link", ["bit.ly/%F0%9F%8E%89"], "link", "bit.ly/🎉"),
    ],
)
def test_what_people_paste(name: str, values: list[str], field: str, value: object) -> None:
    chosen, dropped = parse_address({name: values})
    assert (getattr(chosen, field), dropped) == (value, [])


@pytest.mark.parametrize("moment", ["2013-02-09", "20130209", "2013-02-09T00:00", "1360386000"])
def test_a_time_without_an_offset_is_one_of_the_address_s_zone_or_the_page_s(moment: str) -> None:
    for params, page in (({"tz": ["America/New_York"]}, "Asia/Tokyo"), ({}, "America/New_York")):
        chosen, dropped = parse_address({"until": [moment], **params}, page)
        assert (chosen.until, dropped) == (1_360_386_000, [])
    chosen, dropped = parse_address({"until": ["2013-02-09"], "tz": ["no zone"]}, "Etc/GMT+5")
    assert chosen.until == 1_360_386_000 and len(dropped) == 1
    assert serialize(chosen)["until"] == ["2013-02-09T05:00:00Z"]


BAD = [
    ("period", "fortnight"),
    ("period", ""),
    ("period", "7D"),
    ("period", "0d"),
    ("period", "60minutes"),
    ("period", "2026-10-01"),
    ("period", "2026-10-31..2026-10-01"),
    ("period", "2026-10-01..2026-10-32"),
    ("period", "2026-10-01T05..2026-10-2"),
    ("period", "0001-01-01..2026-10-01"),
    ("period", "2026-10-01..9999-12-31"),
    ("unit", "fortnight"),
    ("unit", ""),
    ("unit", "Day"),
    ("units", "0"),
    ("units", "-1"),
    ("units", "1.5"),
    ("units", "20001"),
    ("units", "100000"),
    ("units", "1e3"),
    ("units", "²"),
    ("units", "9" * 5000),
    ("tz", "Nowhere/Land"),
    ("tz", "15"),
    ("tz", "../../etc/passwd"),
    ("tz", "\0"),
    ("tz", "localtime"),
    ("until", "yesterday"),
    ("until", "20130229"),  # no date, and no second since 2008
    ("until", "1356998"),
    ("until", "1199145599"),
    ("until", "1356998400000"),  # milliseconds
    ("until", "2013-02-09T00:00:00 Europe/Tallinn"),
    ("until", "0001-01-01T00:00:00+14:00"),
    ("until", "1969-12-31T00:00:00Z"),
    ("until", "9999-12-31T23:59:59Z"),
    ("rollup", "yes"),
    ("limit", "0"),
    ("limit", "1001"),
    ("week", "someday"),
    ("top", "0"),
    ("top", "some"),
    ("search", "x" * 201),
    ("tag", "a\x00b"),
    ("account", "two\x00"),
    ("group", "x" * 201),
    ("item", "no item"),
    ("item", "@"),
    ("bucket", "yesterday"),
    ("by", "country"),
    ("form", "pie"),
    ("scale", "cube"),
    ("log", "yes"),
    ("own", "yes"),
    ("lines", "7"),
    ("domain", "no domain"),
    ("domain", "javascript:alert(1)"),
    ("domain", "a.example/b"),
    ("login", "two\nlines"),
    ("login", ""),
    ("login", "x" * 300),
    ("link", "bit.ly"),
    ("link", "bit.ly/a/b"),
    ("link", "http://user:word@bit.ly/a"),
    ("link", "bit.ly:80/a"),
    ("link", "ftp://bit.ly/a"),
    ("link", "http://[::1/a"),
    ("nonsense", "1"),
    ("Unit", "hour"),
    ("", ""),
    ("compare", "yesterday"),
    ("compare", "2013-02-30"),
    ("compare", "2013"),
    ("align", "yes"),
    ("overlay", "2"),
    ("together", "both"),
    ("raw", "true"),
    ("exact", "yes"),
    ("by", "tag"),
    ("form", "pie"),
    ("scale", "sqrt"),
    ("log", "yes"),
    ("own", "2"),
    ("lines", "7"),
]


@pytest.mark.parametrize(("name", "value"), BAD)
def test_a_bad_value_is_dropped_with_a_sentence(name: str, value: str) -> None:
    chosen, dropped = parse_address(
        {name: [value], "week": ["sunday"]} if name != "week" else {name: [value]}
    )
    assert chosen == (Choices(week_start=buckets.SUNDAY) if name != "week" else Choices())
    assert len(dropped) == 1
    assert dropped[0].endswith(".")
    assert name[:40] in dropped[0]
    assert value[:40] in dropped[0] or name in ("nonsense", "Unit")
    assert len(dropped[0]) < 250


def test_every_bad_value_has_its_own_sentence() -> None:
    params = {name: [value] for name, value in BAD if name in NAMES.values()}
    assert len(params) == len(NAMES)
    chosen, dropped = parse_address(params)
    assert chosen == Choices()
    assert len(dropped) == len(params)
    assert all(any(f"“{name}=" in sentence for sentence in dropped) for name in params)


def test_an_address_holds_so_many_domains() -> None:
    many = [f"d{number}.example" for number in range(MOST_DOMAINS + 1)]
    assert parse_address({"domain": many[:-1]}) == (Choices(domains=tuple(many[:-1])), [])
    chosen, dropped = parse_address({"domain": many})
    assert (chosen.domains, len(dropped)) == ((), 1)


@pytest.mark.parametrize("asked", ["61", "20000", "all"])
def test_minutes_go_back_an_hour(asked: str) -> None:
    for params in ({"unit": ["minute"], "units": [asked]}, {"units": [asked], "unit": ["minute"]}):
        chosen, dropped = parse_address(params)
        assert (chosen.unit, chosen.units, len(dropped)) == ("minute", MOST_MINUTES, 1)
    assert parse_address({"unit": ["minute"], "units": ["60"]}) == (
        Choices(unit="minute", units=60),
        [],
    )
    assert parse_address({"unit": ["minute"]}) == (Choices(unit="minute"), [])


@given(
    st.dictionaries(
        st.sampled_from([*NAMES.values(), "x"]) | st.text(max_size=50),
        st.lists(
            st.text(max_size=60)
            | st.sampled_from(
                [
                    "all",
                    "now",
                    "minute",
                    "0",
                    "1",
                    "sunday",
                    "bit.ly/a",
                    "!",
                    "-14",
                    "2013-02-09T00:00:00Z",
                    "a.example",
                ]
            ),
            max_size=3,
        ),
    )
)
@example({"until": ["9999-12-31T23:59:59-14:00"]})
@example({"until": ["0001-01-01T00:00:00 23:59"]})
@example({"link": ["//[", "http://[::1]", "\n"]})
@example({"units": ["٣"], "limit": ["０"]})
def test_no_address_breaks_it(params: dict[str, list[str]]) -> None:
    chosen, dropped = parse_address(params)
    assert all(sentence.endswith(".") for sentence in dropped)
    assert parse_address(serialize(chosen)) == (chosen, [])
    # What was read is what was asked, or was dropped with a word.
    assert len(dropped) <= len(params) + 1
    for name in {name for name, values in params.items() if values} - set(NAMES.values()):
        assert any(f"“{name[:40]}”" in sentence for sentence in dropped)


def test_weekdays_are_the_calendar_s() -> None:
    monday = datetime(2024, 1, 1, tzinfo=UTC)
    assert monday.weekday() == WEEKDAYS.index("monday") == buckets.MONDAY
    assert monday.strftime("%A").lower() == WEEKDAYS[0]
