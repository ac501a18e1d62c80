"""What may be asked of a list."""

import pytest
from django.core.exceptions import BadRequest
from django.http import QueryDict

from omo import lists


@pytest.mark.parametrize(
    "name", ["utm_source", "fbclid", "gclid", "gad_source", "gad_campaignid", "gbraid", "wbraid", "dclid", "msclkid", "srsltid", "mc_cid", "mc_eid", "_gl"]
)
def test_what_advertisements_and_newsletters_add_to_a_link_is_ignored(name):
    assert lists.asked(QueryDict(f"q=mug&{name}=1*abc"), "q") == {"q": "mug"}


@pytest.mark.parametrize("name", ["x", "gl", "mc", "gad"])
def test_any_other_question_is_refused(name):
    with pytest.raises(BadRequest):
        lists.asked(QueryDict(f"q=mug&{name}=1"), "q")
