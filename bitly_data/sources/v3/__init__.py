"""Bitly v3: requests, answers, and what it takes to make its buckets true."""
