"""How a request travels: the one socket, its limits, and what is remembered of answers."""
