"""The faults that a shop meets: each is made to happen, many times, and what came of it is counted."""
