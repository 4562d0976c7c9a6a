"""Bitly v4: requests, answers, and what it takes to make the asked buckets from UTC's."""
