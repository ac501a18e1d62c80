"""The place: stores, hours, catalogue, stock, shelf labels."""
