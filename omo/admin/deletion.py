"""What keeps a row from being deleted, found without loading all of it: a store may have a million orders."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import AdminSite
from django.db import models
from django.urls import reverse
from django.utils.html import format_html

SHOWN = 3


def protectors(rows: models.QuerySet) -> Iterator[models.QuerySet]:
    """The sets of rows that keep `rows` from being deleted: directly, or through what would be deleted with them."""
    for relation in rows.model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or (relation.related_model is rows.model and relation.on_delete is models.CASCADE):
            continue
        model: Any = relation.related_model
        behind = model._base_manager.filter(**{f"{relation.field.name}__in": rows})
        if relation.on_delete is models.PROTECT:
            yield behind
        elif relation.on_delete is models.CASCADE:
            yield from protectors(behind)


def in_words(site: AdminSite, rows: models.QuerySet) -> list[str]:
    """What keeps `rows`, a few of each table with links, as lines for Django's page."""
    lines = []
    for keeping in protectors(rows):
        name = str(keeping.model._meta.verbose_name).capitalize()
        found = list(keeping.order_by("pk")[: SHOWN + 1])
        lines += [_line(site, name, row) for row in found[:SHOWN]]
        if len(found) > SHOWN:
            lines.append(f"{name}: and more")
    return lines


def _line(site: AdminSite, name: str, row: Any) -> str:
    if not site.is_registered(type(row)):
        return f"{name}: {row}"
    url = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk], current_app=site.name)
    return format_html('{}: <a href="{}">{}</a>', name, url, row)
