"""What the product costs beside what most people would write, and beside what is possible."""
