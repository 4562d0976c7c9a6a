"""Which times a value names, and which it does not name for sure."""

from __future__ import annotations

import pytest

from bitly_data.server.click_times import second_of

NOON = 1_360_000_800  # 2013-02-04 18:00 UTC


@pytest.mark.parametrize(
    "value",
    [
        NOON,
        float(NOON),
        NOON + 0.75,
        NOON * 1000 + 999,
        NOON * 1000.0 + 0.5,
        NOON * 10**6 + 1,
        NOON * 10**9 + 999_999_999,
        str(NOON),
        f"{NOON}.123",
        str(NOON * 1000),
        "2013-02-04T18:00:00Z",
        "2013-02-04T18:00:00.999Z",
        "2013-02-04T23:30:00+05:30",
        "2013-02-04T13:00:00-0500",
        "2013-02-04 18:00:00",
        "2013-02-04 18:00",
        " 2013-02-04 18:00:00 UTC ",
        "2013-02-04 18:00:00 +0000",
        "20130204T180000Z",
        "Mon, 04 Feb 2013 18:00:00 GMT",
        "Mon, 04 Feb 2013 19:00:00 +0100",
        "Mon Feb 04 18:00:00 +0000 2013",
        "04/Feb/2013:18:00:00 +0000",
        "4 Feb 2013 18:00:00 UT",
        "Mon, 4 Feb 2013 13:00:00 EST",
        "Feb 4, 2013 6:00:00 PM",
        "Feb 4, 2013 6:00 pm",
        "4 Feb 2013 06:00:00 PM",
        {"$date": "2013-02-04T18:00:00.000Z"},
        "2013-02-04t18:00:00z",
        "2013-02-04t23:30:00.5+05:30",
        "20130204t180000z",
        {"$date": NOON * 1000},
        {"$date": NOON},  # as milliseconds it would lie in 1970
        {"$date": {"$numberLong": str(NOON)}},
        {"$date": {"$numberLong": str(NOON * 1000)}},
        {"$numberInt": str(NOON)},
        {"$numberLong": str(NOON * 1000)},
        {"$timestamp": {"t": NOON, "i": 1}},
    ],
)
def test_a_time_in_whichever_way_it_is_written(value: object) -> None:
    assert second_of(value) == NOON


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1.5,
        -1,
        10**11 * 5,  # neither a second that can be asked for nor a millisecond of Bitly's lifetime
        10**15,
        10**30,
        float("nan"),
        float("inf"),
        1e300,
        "",
        "soon",
        "0",
        "13600008",
        "2013-02-04",  # a day is no time
        "04/02/2013 18:00",  # of April or of February
        "04/02/2013 06:00:00 PM",
        "4 Feb 2013 19:00:00 CET",  # names of zones that mean several, or nothing to us
        "4 Feb 2013 18:00:00 JST",
        "4 Feb 2013 6:00:00 PM GMT",
        "4 Feb 2013 18:00:00",
        "18:00",
        "1960-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "9" * 5000,
        "1:" * 5000,
        [NOON],
        {},
        {"$date": None},
        {"$date": True},
        {"$date": "2013-02-04T18:00:00Z", "more": 1},
        {"$date": {"$date": {}}},
        {"$numberLong": "x"},
        {"$numberLong": True},
        {"$oid": str(NOON)},
    ],
)
def test_no_time_or_none_for_sure(value: object) -> None:
    assert second_of(value) is None


def test_milliseconds_of_1970_are_no_seconds_of_bitly_s_lifetime() -> None:
    began = 1_214_870_400  # July 2008
    assert second_of({"$date": began - 1}) == (began - 1) // 1000
    assert second_of({"$date": began}) == began
    assert second_of({"$date": str(began)}) == began


def test_seconds_reach_from_1970_to_9997() -> None:
    assert (second_of(0), second_of(253_339_228_799)) == (0, 253_339_228_799)
    assert second_of(253_339_228_800) is None
