import io

import numpy as np
import pytest

from pipeline.terminal_image import draw_image

IMAGE = np.array([[0, 255, 0], [255, 255, 0], [90, 0, 255]], np.uint8)[:, :, np.newaxis]


class Stream(io.StringIO):
    def __init__(self, encoding="utf-8", is_terminal=False):
        super().__init__()
        self._encoding, self._is_terminal = encoding, is_terminal

    @property
    def encoding(self):
        return self._encoding

    def isatty(self):
        return self._is_terminal


def test_image_in_a_file_is_of_half_blocks():
    assert draw_image(IMAGE, Stream()) == "▄█ \n  ▀"


def test_image_without_such_characters_is_ascii():
    assert draw_image(IMAGE, Stream("ascii")) == "  @@  \n@@@@  \n--  @@"


def test_image_on_a_terminal_has_greys(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    first = draw_image(IMAGE, Stream(is_terminal=True)).splitlines()[0]
    assert first == "\x1b[38;5;232;48;5;255m▀\x1b[38;5;255;48;5;255m▀\x1b[38;5;232;48;5;232m▀\x1b[0m"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_image_on_a_terminal_without_colours_is_of_half_blocks(monkeypatch, name, value):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv(name, value)
    assert draw_image(IMAGE, Stream(is_terminal=True)) == "▄█ \n  ▀"
