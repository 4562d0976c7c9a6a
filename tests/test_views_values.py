"""What a view presents: plain frozen values."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import pytest

from bitly_data.views import values
from bitly_data.views.values import (
    Column,
    Metric,
    Notice,
    RowsFile,
    Section,
    Table,
)


def test_kinds_and_signs_are_told_apart() -> None:
    assert len({values.CAPTION, values.INFO, values.WARNING, values.ERROR}) == 4
    assert len({values.TEXT, values.COUNT, values.PERCENT, values.WHOLE}) == 4
    assert values.UNKNOWN_TEXT != values.WAITING_TEXT


def test_a_part_of_a_page_is_empty_until_something_is_put_in() -> None:
    empty = Section()
    assert not any(getattr(empty, field.name) for field in fields(Section))
    assert Column("Day", ("Mon",)).kind == values.TEXT
    assert RowsFile("a", ()).more == {}
    assert RowsFile("a", ()).more is not RowsFile("b", ()).more


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Metric("Total clicks", "3"), "value"),
        (Notice(values.INFO, "x"), "text"),
        (Column("Day", ()), "values"),
        (Table(()), "columns"),
        (RowsFile("a", ()), "series"),
        (Section(), "title"),
    ],
)
def test_nobody_changes_what_everybody_is_shown(value: object, name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, "other")


def test_the_same_words_are_the_same_value() -> None:
    assert Metric("a", "1", help="h") == Metric("a", "1", help="h") != Metric("a", "2", help="h")
    assert Table((Column("a", (1,)),)) == Table((Column("a", (1,)),)) != Table(())
