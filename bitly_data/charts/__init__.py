"""Charts: what a reader sees as plain values, and the two libraries that draw it."""
