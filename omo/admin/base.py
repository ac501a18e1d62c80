"""What every page of head office shares."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import DataError, models, transaction
from django.forms import BaseInlineFormSet, Field, ModelForm, SlugField, TimeInput
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from simple_history.admin import SimpleHistoryAdmin

from omo import events, fields
from omo.admin import deletion
from omo.admin.fields import LongTextField, MoneyField
from omo.admin.pages import OfficePaginator


class OfficeForms:
    """How head office types: prices in the main unit, texts without hidden characters, numbers within `least` and `most`."""

    money_fields: tuple[str, ...] = ()
    least: dict[str, int] = {}
    most: dict[str, int] = {}
    formfield_overrides: Any = {
        models.CharField: {"form_class": fields.TextField},
        models.TextField: {"form_class": LongTextField},
        models.EmailField: {"form_class": fields.EmailField},
        models.SlugField: {"form_class": SlugField},
        models.TimeField: {"widget": TimeInput(attrs={"type": "time"}, format="%H:%M")},
    }

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Field | None:
        """The form field of a column."""
        if db_field.name in self.money_fields:
            return MoneyField(label=db_field.verbose_name.capitalize(), required=not db_field.blank, help_text=f"in {settings.CURRENCY}")
        if db_field.name in self.most:
            kwargs |= {"min_value": self.least.get(db_field.name, 0), "max_value": self.most[db_field.name]}
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        for part, box in zip(("date", "time"), getattr(getattr(field, "widget", None), "widgets", ()), strict=False):
            box.attrs["aria-label"] = f"{field.label}: {part}"
        return field


class OfficeAdmin(OfficeForms, admin.ModelAdmin):
    """A list and a page per row. Lists never count a large table; changes are kept as events."""

    paginator = OfficePaginator
    list_per_page = 50
    list_max_show_all = 200
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    change_form_template = "office/change_form.html"
    save_on_top = False
    ordering: ClassVar[Any] = ("-id",)

    exact_search = False
    """For large tables: find by whole numbers and codes, which have an index, instead of by parts of words."""
    also_saves: tuple[str, ...] = ()
    """Columns that the model itself keeps up to date when it is saved."""
    object_buttons: tuple[str, ...] = ()
    """Actions that also stand as buttons on the row's own page."""

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """The rows that match: with exact_search those of the first search field that has any."""
        words = search_term.strip()
        if not self.exact_search or not words:
            return super().get_search_results(request, queryset, search_term)
        meant = {words, words.upper(), words.lower(), "".join(words.split())}
        for field in self.search_fields:
            found = queryset.filter(**{f"{field}__in": meant})
            if found.exists():
                return found, False
        return queryset.none(), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list; an address that makes no sense shows it without filters."""
        try:
            title = self.opts.verbose_name_plural
            return super().changelist_view(request, {"title": str(title)[:1].upper() + str(title)[1:]} | (extra_context or {}))
        except (DataError, OverflowError):
            return HttpResponseRedirect(f"{request.path}?e=1")

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        """Write only the columns of the form: counters and balances may have moved since the row was read."""
        if not change or not type(obj)._base_manager.filter(pk=obj.pk).exists():
            super().save_model(request, obj, form, change)
            return
        columns = {column.name for column in obj._meta.concrete_fields}
        typed = [name for name, field in form.fields.items() if name in columns and not field.disabled]
        obj.save(update_fields=[*typed, *self.also_saves])

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What would be deleted, or what keeps it. Rows that nobody deletes by hand may still go with the row that they are a part of."""
        keeping = deletion.in_words(self.admin_site, self.model._base_manager.filter(pk__in=[obj.pk for obj in objs]))
        if keeping:
            return [], {}, set(), keeping
        listed, counts, lacking, protected = super().get_deleted_objects(objs, request)
        parts = {model._meta.verbose_name for model, page in self.admin_site._registry.items() if isinstance(page, ReadOnly)}
        return listed, counts, lacking - parts, protected

    # Buttons on the row's page

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses and that of the buttons."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_press"
        press = self.admin_site.admin_view(require_POST(self.press))
        return [path("<path:object_id>/do/<slug:action>/", press, name=name), *super().get_urls()]

    def press(self, request: HttpRequest, object_id: str, action: str) -> HttpResponse:
        """Run an action on one row and show the row again. 404 for what the person may not do."""
        actions = self.get_actions(request)
        obj = self.get_object(request, unquote(object_id))
        if obj is None or action not in self.object_buttons or action not in actions:
            raise Http404
        chosen: Any = actions[action]
        chosen[0](self, request, self.get_queryset(request).filter(pk=obj.pk))
        return HttpResponseRedirect(reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk]))

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, with its buttons."""
        obj = kwargs.get("obj")
        actions = self.get_actions(request) if obj else {}
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_press"
        context["object_buttons"] = [
            {"words": self.button_words(action, obj), "url": reverse(name, args=[obj.pk, action])}
            for action in self.object_buttons
            if obj and action in actions and self.button_words(action, obj)
        ]
        return super().render_change_form(request, context, *args, **kwargs)

    def button_words(self, action: str, obj: Any) -> str:
        """What the button of an action says for this row; empty for no button."""
        return getattr(self, action).short_description

    # The event log

    def about(self, obj: Any) -> dict[str, int | None]:
        """Whose timeline a change of this row belongs to: store_id, member_id or order_id. Never of a row that may be deleted."""
        return {}

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep the addition."""
        self._record("office.added", request, obj, {"name": str(obj)[:100]}, self.about(obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Keep what was changed, if anything was."""
        if message:
            self._record("office.changed", request, obj, {"what": message}, self.about(obj))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep what was deleted."""
        for obj in queryset:
            self._record("office.deleted", request, obj, {"name": str(obj)[:100]}, {})
        return super().log_deletions(request, queryset)

    def _record(self, kind: str, request: HttpRequest, obj: Any, data: dict[str, Any], about: dict[str, int | None]) -> None:
        events.record(kind, at=timezone.now(), by=request.user, subject=f"{self.opts.model_name}:{obj.pk}", data=data, **about)  # type: ignore[arg-type]


class HistoryAdmin(OfficeAdmin, SimpleHistoryAdmin):
    """A row whose former versions are kept, can be seen, and can be taken back by whoever may change it."""

    object_history_list_template = "office/history_list.html"

    def history_form_view(self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A former version. Going back to it is a change, of the row and its history together."""
        current = self.get_object(request, unquote(object_id))
        if request.method == "POST" and not self.has_change_permission(request, current):
            raise PermissionDenied
        with transaction.atomic():
            return super().history_form_view(request, object_id, version_id, extra_context)


class ReadOnly:
    """Facts: to be seen, never added, changed or deleted by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: acts write these rows."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


class ReadOnlyAdmin(ReadOnly, OfficeAdmin):
    """A list of facts, newest first. It is sorted by its key alone, so that a page costs the same however long the list is."""

    sortable_by = ()
    exact_search = True


class OfficeFormSet(BaseInlineFormSet):
    """Rows of a table; as a table's head is no label, each box says its own."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """Django's fields, with their names for who cannot see the head."""
        super().add_fields(form, index)
        for field in form.fields.values():
            field.widget.attrs.setdefault("aria-label", field.label)


class OfficeInline(OfficeForms, admin.TabularInline):
    """Rows that belong to the page's row."""

    extra = 0
    formset = OfficeFormSet


class ReadOnlyInline(ReadOnly, OfficeInline):
    """Facts that belong to the page's row."""

    can_delete = False
    show_change_link = True

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All of them."""
        return self.get_fields(request, obj)


class Sieve(admin.SimpleListFilter):
    """A filter by sets in the business's words: {parameter value: (words, function of the list)}."""

    sets: dict[str, tuple[str, Callable[[Any], Any]]] = {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The sets by name."""
        return [(value, words) for value, (words, _) in self.sets.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The chosen set's rows."""
        chosen = self.sets.get(self.value() or "")
        return chosen[1](queryset) if chosen else None
