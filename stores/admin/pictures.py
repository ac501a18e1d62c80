"""A product's pictures on its page in admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.html import format_html

from omo.admin import columns
from omo.admin.base import OfficeFormSet, OfficeInline
from stores import pictures
from stores.models import Picture
from stores.templatetags import photos

HINT = f"JPEG, PNG or WebP, at most {pictures.MOST_BYTES // 2**20} MB"


class PictureForm(forms.ModelForm):
    """A picture. Its file is chosen once; another file is another picture."""

    file = forms.FileField(help_text=HINT, widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.prepared: pictures.Prepared | None = None
        if self.instance.pk:
            self.fields["file"].required = False
            self.fields["file"].disabled = True

    def clean_file(self) -> Any:
        """The file, looked at and made ready."""
        file = self.cleaned_data["file"]
        if file and not self.instance.pk:
            try:
                self.prepared = pictures.prepare(file, name=file.name, size=file.size)
            except pictures.BadPicture as reason:
                raise forms.ValidationError(str(reason), code="picture") from reason
        return file

    def save(self, commit: bool = True) -> Picture:
        """Keep the files, then the row that shows them."""
        if self.prepared:
            self.instance.digest = self.prepared.digest
            self.instance.width, self.instance.height = self.prepared.width, self.prepared.height
            pictures.keep(self.prepared)
        return super().save(commit)


class PictureFormSet(OfficeFormSet):
    """The pictures of a product."""

    def clean(self) -> None:
        """Each once."""
        super().clean()
        seen = {form.instance.digest for form in self.initial_forms}
        for form in self.extra_forms:
            if isinstance(form, PictureForm) and form.prepared:
                if form.prepared.digest in seen:
                    form.add_error("file", "This product has that picture already.")
                seen.add(form.prepared.digest)


class PictureInline(OfficeInline):
    """What the product looks like; without any, its drawing is shown."""

    model = Picture
    form, formset = PictureForm, PictureFormSet
    fields = ["preview", "file", "words", "colour", "position"]
    readonly_fields = ["preview"]
    most = {"position": 10_000}

    @admin.display(description="")
    def preview(self, picture: Picture) -> str:
        """How it is shown."""
        return format_html('<span class="preview">{}</span>', photos.photo(picture, "mini")) if picture.pk else columns.NOTHING
