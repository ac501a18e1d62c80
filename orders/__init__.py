"""The purchase: cart, checkout, payment, pickup, till."""
