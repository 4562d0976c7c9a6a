"""What a page asks can be told apart, so that what was presented can be kept."""

from dataclasses import replace

from bitly_data.analysis.comparison import YEAR, Against
from bitly_data.query import ClickQuery
from bitly_data.sources.model import Account, Link
from bitly_data.sources.v3.source import CAPABILITIES
from bitly_data.views.beginning import Beginning
from bitly_data.views.page_query import PageQuery

ASKED = PageQuery(ClickQuery(units=3), CAPABILITIES)


def test_equal_ones_are_one_key_and_any_other_part_is_another() -> None:
    assert {ASKED: 1}[PageQuery(ClickQuery(units=3), CAPABILITIES)] == 1
    others = [
        replace(ASKED, query=ClickQuery(units=4)),
        replace(ASKED, capabilities=replace(CAPABILITIES, lists=True)),
        replace(ASKED, source="demo data"),
        replace(ASKED, against=Against(YEAR)),
        replace(ASKED, overlay=True),
        replace(ASKED, beside=True),
        replace(ASKED, account=Account("ann")),
        replace(ASKED, addresses=("a.example/1",)),
        replace(ASKED, beginning=Beginning(1, is_made=True)),
        replace(ASKED, links=(Link("a.example/1", "", "", "ann", 0),)),
    ]
    assert len({ASKED, *others}) == len(others) + 1
