"""What is known of a bucket's number, from best to worst; `GLOSSARY.md` says each in words."""

from __future__ import annotations

# From best to worst: where several apply to one bucket, the worst wins.
STATES = ("counted", "rebuilt", "partial", "capped", "outside_window", "failed")
COUNTED, REBUILT, PARTIAL, CAPPED, OUTSIDE_WINDOW, FAILED = range(len(STATES))
# In these the number of clicks is not known.
UNKNOWN = (CAPPED, OUTSIDE_WINDOW, FAILED)
