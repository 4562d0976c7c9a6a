"""Who clicks: the time zones of people, and the audiences that they make up."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bitly_data.demo.dates import SLOTS, Floats, Ints


class Zone(NamedTuple):
    """A time zone, with the country and region that a click log writes beside it."""

    name: str
    country: str
    region: str


ZONES = (
    Zone("America/New_York", "US", "NY"),
    Zone("America/Los_Angeles", "US", "CA"),
    Zone("Europe/Berlin", "DE", "16"),
    Zone("Asia/Kolkata", "IN", "16"),
    Zone("Australia/Sydney", "AU", "02"),
)
CELLS = len(ZONES) * SLOTS  # a cell is one slot of the UTC day in one zone

AMERICA, EUROPE, INDIA, OCEANIA, WORLD = range(5)
AUDIENCES: Floats = np.array(
    [  # audience x zone: shares of its clicks
        [0.60, 0.28, 0.06, 0.03, 0.03],
        [0.09, 0.02, 0.82, 0.04, 0.03],
        [0.05, 0.02, 0.05, 0.86, 0.02],
        [0.04, 0.03, 0.05, 0.04, 0.84],
        [0.34, 0.14, 0.30, 0.12, 0.10],
    ]
)
HOME_ZONE: Ints = AUDIENCES.argmax(axis=1)
