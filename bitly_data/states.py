"""What is known of a bucket's number, from best to worst; `GLOSSARY.md` says each in words."""

from __future__ import annotations

# From best to worst: where several apply to one bucket, the worst wins.
STATES = (
    "counted",
    "rebuilt",
    "partial",
    "not_in_log",
    "capped",
    "outside_window",
    "failed",
    "not_begun",
)
COUNTED, REBUILT, PARTIAL, NOT_IN_LOG, CAPPED, OUTSIDE_WINDOW, FAILED, NOT_BEGUN = range(
    len(STATES)
)
# In these the number of clicks is not known.
UNKNOWN = (NOT_IN_LOG, CAPPED, OUTSIDE_WINDOW, FAILED, NOT_BEGUN)
# In these there is nothing to ask for: whoever is asked, of whatever, has no number either.
NOTHING_THERE = (NOT_IN_LOG, NOT_BEGUN)
