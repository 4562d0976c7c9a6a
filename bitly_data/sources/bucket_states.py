"""The states of the requested buckets, once it is settled what is known of them. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bitly_data.buckets import Edges
from bitly_data.states import COUNTED, FAILED, PARTIAL, REBUILT


def states_of(
    edges: Edges, known: NDArray[np.bool_], own: NDArray[np.bool_], now: int
) -> NDArray[np.int8]:
    """int8[n]: the state of each bucket; one that ends after `now` is still filling.

    `known`: its clicks are; `own`: upstream's own bucket is the requested one.
    """
    states = np.where(own, COUNTED, REBUILT).astype(np.int8)
    states[edges[1:] > now] = PARTIAL
    states[~known] = FAILED
    return states
