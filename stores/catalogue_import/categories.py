"""The categories of an import, made where there are none."""

import hashlib

from django.utils.text import slugify

from stores.models import Category


def slug_of(name: str, length: int = 80) -> str:
    """A name as a part of an address; a name without Latin letters gives a short digest, always the same."""
    return slugify(name)[:length].strip("-") or hashlib.sha256(name.encode()).hexdigest()[:10]


class Shelves:
    """All categories, by parent and name."""

    def __init__(self) -> None:
        self.known = {(category.parent_id, category.name): category for category in Category.objects.all()}
        self.slugs = {category.slug for category in self.known.values()}

    def category(self, department: str, name: str) -> Category:
        """The category `name` in `department`; the department itself for an empty name, a category of the top for an empty department."""
        parent = self._find(None, department) if department else None
        return self._find(parent, name) if name or parent is None else parent

    def _find(self, parent: Category | None, name: str) -> Category:
        key = (parent.pk if parent else None, name)
        if key not in self.known:
            self.known[key] = Category.objects.create(parent=parent, name=name, slug=self._free_slug(parent, name))
        return self.known[key]

    def _free_slug(self, parent: Category | None, name: str) -> str:
        own = slug_of(name, 45)
        longer = [f"{slug_of(parent.name, 45)}-{own}"] if parent else []
        slug = next(slug for slug in [own, *longer, *(f"{own}-{number}" for number in range(2, 10_000))] if slug not in self.slugs)
        self.slugs.add(slug)
        return slug
