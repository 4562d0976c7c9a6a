"""Bitly's v3 questions and answers, without HTTP: from parameters to the bytes of a body.

The form of the answers is that of recorded ones (docs/upstream/v3.md: envelope and key order,
spacing, null or [] and the status texts). Where nothing is recorded, the choices are these:

- A blank parameter counts as not sent, as a blank token was. Of a repeated one the last counts.
- The end of the newest bucket may lie in the future; what is after the clock is not there yet.
- A bad argument is a 500 INVALID_ARG_<NAME>, whether or not other arguments are bad as well.
- Buckets that begin before 1970 are left out of a series.
"""

from bitly_data.server.v3.call import Policy
from bitly_data.server.v3.face import ENDPOINTS, answer, failure

__all__ = ["ENDPOINTS", "Policy", "answer", "failure"]
