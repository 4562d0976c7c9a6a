"""The clicks of the demo organization: Aurora, an invented outdoor brand, and who links to it.

Every random draw comes from a generator seeded by (seed, UTC day, purpose):

- the links launched on a day are a function of that day alone;
- the clicks of a day are a function of that day and of the links launched in the days before it,
  as far back as any link lives.

So a click once there stays while a server runs, whatever the clock says later, and a new day only
adds. Which days there are is said by `history_start`: it moves with the year of a clock that stands
far from the fixed start, so that a demo opened at any time is neither empty nor endless.

Sums that decide a draw use +, *, / and square roots only: those are exact to the bit whatever the
length of the array they stand in, so that a day asked for alone equals the same day out of two
years.

The rhythm of an audience is in its own local time; its UTC hours move when its clocks change.
"""

from bitly_data.demo.accounts import LOGINS, OTHER_LOGINS, SHORT_DOMAINS, TRACKING_DOMAINS
from bitly_data.demo.dates import history_start
from bitly_data.demo.days import DemoDays
from bitly_data.demo.draws import DEFAULT_SEED
from bitly_data.demo.log import write_log

__all__ = [
    "DEFAULT_SEED",
    "LOGINS",
    "OTHER_LOGINS",
    "SHORT_DOMAINS",
    "TRACKING_DOMAINS",
    "DemoDays",
    "history_start",
    "write_log",
]
