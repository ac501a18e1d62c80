import pytest
from tests.cases.browser import Browser
from tests.cases.surfaces_sign_in import *
@pytest.mark.django_db
def test_it():
    b=Browser(); w=World(); ask_code(b, w.alice.email)
    a=b.get(BY_CODE); print("LOC", a.status, a.location)
    a=b.get(CONFIRM); print("CONFIRM", a.status, a.location)
    assert 0
