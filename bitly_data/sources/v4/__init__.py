"""Bitly v4: requests, answers, and what it takes to make the requested buckets from UTC's."""
