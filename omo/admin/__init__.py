"""Head office's pages: what every page shares (base, columns, fields, pages), and those of the foundation's own tables."""

from omo.admin import log, people

__all__ = ["log", "people"]
