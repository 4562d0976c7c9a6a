"""What is kept of what was counted, so that it is asked for once and outlives Bitly's history."""

from bitly_data.archive.guarded import GuardedArchive
from bitly_data.archive.store import AccountArchive, Archive

__all__ = ["AccountArchive", "Archive", "GuardedArchive"]
