"""Bitly's v4 questions and answers, without HTTP: from a path and parameters to a body.

The same clicks as v3's, as v4 shows them: to the owner of the links, by group, in UTC. The form
of the answers is that of recorded ones and of Bitly's own description of the API (August 2026;
docs/upstream/v4.md). Where neither tells, the choices are these (those about time are in `window`,
those about plans in `plans`):

- A group's clicks are those on links of its accounts, on any host. Other people's links to the
  organization's tracking domains are nobody's here: v4 has no operation that sees them.
- An organization has one group. On the enterprise plan it has two, its accounts divided between
  them by their names, so that each link is in one of them.
- Ids follow from the short domains, so the same clicks have the same ones.
- A link of another account is a 403, a link that is not there a 404. An id of the right form that
  is not ours is another account's, a 403; anything else is a 404.
- A link list has at most 100 links a page, as a sorted list has. Of links nothing is known but
  what a click log tells: none is archived, tagged or expired.
- The clicks of a link's hash and of each of its custom back-halves are counted apart; groups and
  sorted lists count them together, under the hash. Any of them is a name of the link's body.
- Of where clicks came from, and on what, the store knows nothing: they stand in one row called
  "unknown", or under the clicks without a city. QR codes, campaigns, channels, tags and webhooks
  are in no click log: their lists are empty.
- What would make or change something is refused as a token without the right to it is.
- Sorted lists hold the links with clicks in the window only; their bodies are in another order,
  newest link first.
- Where a free account refers to a time before its history, the answer holds the number of clicks
  since the link was made up to the end of that bucket, and a text that says from when on there
  are numbers (seen in 2022). Its summaries leave the unit empty where the history cut them short
  (seen in 2020).
- What reaches an operation with the right token counts as a call, whatever becomes of it.
"""

from bitly_data.server.v4.call import Call, Request
from bitly_data.server.v4.face import JSON_TYPE, TEXT_TYPE, answer, failure
from bitly_data.server.v4.operations import OPERATIONS, ROOT, Operation
from bitly_data.server.v4.plans import PLANS
from bitly_data.server.v4.policy import GROUP_ORDER, GROUP_TS, ZERO_DAYS, V4Policy
from bitly_data.server.v4.quota import Quota

__all__ = [
    "GROUP_ORDER",
    "GROUP_TS",
    "JSON_TYPE",
    "OPERATIONS",
    "PLANS",
    "ROOT",
    "TEXT_TYPE",
    "ZERO_DAYS",
    "Call",
    "Operation",
    "Quota",
    "Request",
    "V4Policy",
    "answer",
    "failure",
]
