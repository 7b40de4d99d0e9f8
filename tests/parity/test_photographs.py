import pytest

from pipeline.config import DEFAULT_EXPORTS, PROJECT_ROOT
from pipeline.contract import read_contract
from pipeline.preprocess import decode, prepare
from pipeline.rejection import Rejector
from pipeline.runtimes.litert import LITERT
from tests.data.draw_photographs import FOLDER

EXPORTS = PROJECT_ROOT / DEFAULT_EXPORTS
CONTRACT = read_contract(EXPORTS)


@pytest.mark.parametrize(("name", "digit"), [("seven.jpg", "7"), ("four.jpg", "4"), ("two.jpg", "2")])
def test_photographs_of_the_readme_are_answered_as_it_says(name, digit):
    image = prepare(decode((FOLDER / name).read_bytes()), CONTRACT)
    (probabilities,) = LITERT.load(EXPORTS / "tflite" / "int8.tflite", CONTRACT).predict(image[None])
    assert CONTRACT.labels[probabilities.argmax()] == digit
    assert Rejector(EXPORTS, CONTRACT).reason(image) == ""
    assert f"{name}: {digit}" in (PROJECT_ROOT / "README.md").read_text()
