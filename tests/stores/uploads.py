"""Pictures as they are uploaded, and what is kept of them."""

import io

from PIL import Image

from stores import pictures
from stores.models import Picture
from tests import factories


def image(width=900, height=600, mode="RGB", colour="#b03a10", **options):
    """The bytes of a picture."""
    file = io.BytesIO()
    Image.new(mode, (width, height), colour).save(file, **{"format": "JPEG", **options})
    return file.getvalue()


def prepared(data):
    return pictures.prepare(io.BytesIO(data), name="photo.jpg", size=len(data))


def kept_of(data):
    """The largest file that is kept of an upload."""
    files = prepared(data).files
    return Image.open(io.BytesIO(files[list(files)[-1]]))


def picture(product=None, data=None, **fields):
    """A picture of a product, kept as admin keeps it."""
    made = prepared(data or image())
    pictures.keep(made)
    product = product or factories.variant().product
    return Picture.objects.create(product=product, digest=made.digest, width=made.width, height=made.height, **{"words": "The mug", **fields})


def files(media):
    return sorted(path.name for path in media.rglob("*.webp"))
