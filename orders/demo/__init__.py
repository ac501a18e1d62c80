"""The demo shop Harbour & Pine: four stores of one city, their goods and people, a week of sales and pickups, and what is open today.

Everything that acts can do is done by the acts, at times in the past; chance is seeded, so that a day's demo is always the same.
"""

from orders.demo.cast import SIGN_INS

__all__ = ["SIGN_INS"]
