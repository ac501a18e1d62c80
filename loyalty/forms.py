"""What members type."""

from django import forms

from omo.fields import TextField


class JoinForm(forms.Form):
    """Become a member: a name is enough."""

    name = TextField(
        label="Your name",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Tell us the name for your card."},
    )
