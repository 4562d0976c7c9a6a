"""Frame or series in, an answer about it out: change, comparison."""
