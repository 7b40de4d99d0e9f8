import gzip
import io

import pytest
from PIL import Image

from benchmarks.non_digits import fashion_images
from benchmarks.preparations import PREPARATIONS
from pipeline.errors import PipelineError


@pytest.mark.parametrize("prepare", PREPARATIONS.values(), ids=PREPARATIONS)
def test_picture_that_pillow_refuses_is_an_error(prepare, monkeypatch):
    content = io.BytesIO()
    Image.new("L", (9, 9)).save(content, "PNG")
    assert prepare(content.getvalue()).shape == (28, 28)
    # What it raises of a picture that is too large is no OSError.
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)
    with pytest.raises(PipelineError, match="cannot be read: Image size"):
        prepare(content.getvalue())


def test_fashion_images_that_are_cut_off_are_an_error(tmp_path):
    path = tmp_path / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(b"\0\0\x08\x03" + bytes(1000))[:-9])
    with pytest.raises(PipelineError, match="gzip data is cut off"):
        fashion_images(tmp_path)
