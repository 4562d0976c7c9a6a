"""The address bar holds every choice of the controls: parsed and written as a pair. Pure.

`parse_address(serialize(choices))` gives the choices back; bad and unknown values are dropped
with a sentence for the user, never used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bitly_data.errors import QuestionError
from bitly_data.periods import AUTO
from bitly_data.query import DEFAULT_UNITS, MOST_MINUTES
from pages.components.controls.table import CONTROLS, NAMES, Choices

# What a period says itself.
_OF_PERIOD = ("units", "until")


def parse_address(
    params: Mapping[str, Sequence[str]], zone: str = "UTC"
) -> tuple[Choices, list[str]]:
    """Choices from the address bar's values, and a sentence for each that was dropped.

    `zone` is that of the page where the address names none: times without an offset are its own.
    """
    choices, dropped = Choices(), []
    own_zone = _zone_of(params, zone)
    fields = {name: field for field, name in NAMES.items()}
    for name, values in params.items():
        if name not in fields:
            dropped.append(f"“{name[:40]}” in the address is not known here and was left out.")
            continue
        if not values:
            continue
        field = fields[name]
        try:
            control = CONTROLS[field]
            more = {"zone": own_zone} if control.in_zone else {}
            choices = replace(choices, **{field: control.parse(list(values), **more)})
        except (ValueError, QuestionError) as problem:
            dropped.append(f"“{name}={values[-1][:40]}” in the address was left out: {problem}")
    if choices.period:
        return _with_period(choices, params, dropped), dropped
    if choices.unit == "minute" and choices.units == DEFAULT_UNITS and "units" not in params:
        return choices, dropped
    if choices.unit == "minute" and not 1 <= choices.units <= MOST_MINUTES:
        dropped.append(
            f"Minutes go back {MOST_MINUTES} at most: the last {MOST_MINUTES} are shown."
        )
        choices = replace(choices, units=MOST_MINUTES)
    return choices, dropped


def _with_period(
    choices: Choices, params: Mapping[str, Sequence[str]], dropped: list[str]
) -> Choices:
    """The choices without what their period says itself."""
    plain, unit = Choices(), choices.unit if params.get(NAMES["unit"]) else AUTO
    dropped.extend(
        f"“{NAMES[field]}” in the address was left out: the period says it."
        for field in _OF_PERIOD
        if getattr(choices, field) != getattr(plain, field)
    )
    if unit == "minute":
        dropped.append("Minutes are counted for the last hour only, so the period has other units.")
        unit = AUTO
    return replace(choices, unit=unit, units=plain.units, until=plain.until)


def _zone_of(params: Mapping[str, Sequence[str]], otherwise: str) -> str:
    """The zone that an address names, if it names one."""
    control = CONTROLS["timezone"]
    try:
        return str(control.parse(list(params[control.name])))
    except (KeyError, IndexError, ValueError):
        return otherwise


def serialize(choices: Choices) -> dict[str, list[str]]:
    """The address bar's values; defaults are left out. Raises `ValueError` for a moment that
    cannot be written.
    """
    plain = Choices()
    if choices.period:
        plain = replace(plain, unit=AUTO, units=choices.units, until=choices.until)
    return {
        control.name: control.write(getattr(choices, field))
        for field, control in CONTROLS.items()
        if getattr(choices, field) != getattr(plain, field)
    }
