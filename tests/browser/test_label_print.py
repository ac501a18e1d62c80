"""Every printed label decodes to its address: page → PDF → picture at 150 dpi → code reader."""

import subprocess
from pathlib import Path

import pytest
import zxingcpp
from django.urls import reverse
from PIL import Image

from stores import labels
from tests import factories

pytestmark = pytest.mark.poppler
DPI = 150
MILLIMETRE = DPI / 25.4


@pytest.fixture
def printed(device, tmp_path):
    """Prints the sheets of these labels as Chromium does, and returns their pages as pictures."""

    def print_sheets(store, person, made, start=1) -> list[Image.Image]:
        page = device("desktop", user=person)
        page.goto(f"{reverse('print_labels', args=[store.code])}?codes={'-'.join(label.code for label in made)}&start={start}")
        pdf = tmp_path / "labels.pdf"
        page.pdf(path=pdf, prefer_css_page_size=True, print_background=False)
        subprocess.run(["pdftoppm", "-r", str(DPI), "-png", pdf, tmp_path / "sheet"], check=True)
        return [Image.open(file).convert("L") for file in sorted(Path(tmp_path).glob("sheet*.png"))]

    return print_sheets


def shelf_full(store, count):
    """Labels with long and short names, prices and addresses."""
    names = ["Mug", "Tide waxed coat, long, for tall people, with removable wool lining", "湯呑み 青", "معطف طويل"]
    goods = [factories.stocked(store, 3, price=100 * 7**index % 200_000) for index in range(count)]
    for index, variant in enumerate(goods):
        variant.product.name = names[index % len(names)]
        variant.product.save()
    return labels.make_labels(store, goods, shelf="B4", by=None, at=factories.NOON)


def test_all_labels_of_a_full_sheet_decode_to_their_addresses(printed):
    store = factories.store()
    made = shelf_full(store, 21)
    pages = printed(store, factories.staff(store), made)
    assert [(round(page.width / MILLIMETRE), round(page.height / MILLIMETRE)) for page in pages] == [(210, 297)]
    found = zxingcpp.read_barcodes(pages[0])
    assert sorted(code.text for code in found) == sorted(labels.address(label) for label in made)
    sides = [(code.position.top_right.x - code.position.top_left.x) / MILLIMETRE for code in found]
    assert min(sides) >= 19.9  # the code itself, without its quiet zone, in millimetres


def test_a_part_used_sheet_goes_on_where_it_ended(printed):
    store = factories.store()
    made = shelf_full(store, 4)
    pages = printed(store, factories.staff(store), made, start=20)
    texts = [{code.text for code in zxingcpp.read_barcodes(page)} for page in pages]
    assert [len(text) for text in texts] == [2, 2]
    assert set.union(*texts) == {labels.address(label) for label in made}
    assert min(code.position.top_left.y for code in zxingcpp.read_barcodes(pages[0])) > 1200  # the last row of the sheet
