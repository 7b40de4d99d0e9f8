"""Pictures in all formats that are read, and ways to damage them."""

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageDraw

_EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 20_000, 65_500)
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def draw(size=(40, 48)):
    picture = Image.new("L", size, 235)
    ImageDraw.Draw(picture).line([(8, 8), (32, 8), (16, 40)], fill=20, width=4)
    return picture


def seeds():
    """(name, content) of small sound files."""
    grey = draw()
    exif = Image.Exif()
    exif[0x0112] = 6
    levels = np.asarray(grey)
    yield "png", save(grey, "PNG")
    yield "png-rgba", save(Image.merge("RGBA", [grey, grey, grey, Image.eval(grey, lambda level: 255 - level)]), "PNG")
    yield "png-palette", save(grey.convert("P"), "PNG", transparency=3)
    yield "png-1", save(grey.convert("1"), "PNG")
    yield "png-16", save(Image.fromarray(levels.astype(np.uint16) * 257), "PNG")
    yield "jpeg", save(grey.convert("RGB"), "JPEG", exif=exif)
    yield "jpeg-progressive", save(grey, "JPEG", progressive=True)
    yield "jpeg-cmyk", save(grey.convert("CMYK"), "JPEG")
    yield "gif", save(grey, "GIF")
    yield "gif-frames", save(grey, "GIF", save_all=True, append_images=[grey.rotate(9), grey.rotate(20)])
    yield "webp", save(grey.convert("RGB"), "WEBP", exif=exif)
    yield "webp-lossless", save(grey.convert("RGBA"), "WEBP", lossless=True)
    yield "bmp", save(grey, "BMP")
    yield "bmp-rgb", save(grey.convert("RGB"), "BMP")
    for compression in ("raw", "tiff_lzw", "packbits", "tiff_adobe_deflate"):
        yield f"tiff-{compression}", save(grey, "TIFF", compression=compression)
    yield "tiff-jpeg", save(grey.convert("RGB"), "TIFF", compression="jpeg")
    yield "tiff-group4", save(grey.convert("1"), "TIFF", compression="group4")
    yield "tiff-float", save(Image.fromarray(levels.astype(np.float32) / 255), "TIFF")
    yield "tiff-int32", save(grey.convert("I"), "TIFF")
    yield "tiff-cmyk", save(grey.convert("CMYK"), "TIFF", exif=exif)


def save(picture, file_format, **options):
    stream = io.BytesIO()
    picture.save(stream, file_format, **options)
    return stream.getvalue()


def mutate(random, contents):
    """One of the contents after one to four changes; the checksums of a PNG are often made right again."""
    content = bytearray(contents[random.integers(len(contents))])
    for _ in range(random.integers(1, 5)):
        _CHANGES[random.integers(len(_CHANGES))](random, content, contents)
    if content.startswith(_PNG_SIGNATURE) and random.random() < 0.8:
        return with_right_checksums(bytes(content))
    return bytes(content)


def with_right_checksums(content):
    """A PNG file whose chunks, as far as they go, have the checksum of what is in them."""
    repaired, start = bytearray(content[:8]), 8
    while start + 12 <= len(content):
        (size,) = struct.unpack_from(">I", content, start)
        end = start + 8 + size
        if end + 4 > len(content):
            break
        body = content[start + 4 : end]
        repaired += content[start : start + 4] + body + struct.pack(">I", zlib.crc32(body))
        start = end + 4
    return bytes(repaired + content[start:])


def _place(random, content):
    """Somewhere in the content, half of the times in its header."""
    size = min(len(content), 120) if random.random() < 0.5 else len(content)
    return int(random.integers(max(1, size)))


def _flip_bit(random, content, _):
    if content:
        content[_place(random, content)] ^= 1 << random.integers(8)


def _set_byte(random, content, _):
    if content:
        content[_place(random, content)] = random.integers(256)


def _set_number(random, content, _):
    form = ("<H", ">H", "<I", ">I")[random.integers(4)]
    place = _place(random, content)
    if place + struct.calcsize(form) <= len(content):
        number = _EXTREMES[random.integers(len(_EXTREMES))] & (0xFFFF if form[1] == "H" else 0xFFFFFFFF)
        struct.pack_into(form, content, place, number)


def _truncate(random, content, _):
    del content[_place(random, content) :]


def _remove(random, content, _):
    place = _place(random, content)
    del content[place : place + int(random.integers(1, 40))]


def _repeat(random, content, _):
    place = _place(random, content)
    content[place:place] = content[place : place + int(random.integers(1, 60))]


def _splice(random, content, contents):
    other = contents[random.integers(len(contents))]
    place = _place(random, content)
    content[place:] = other[min(place, len(other)) :]


_CHANGES = (_flip_bit, _set_byte, _set_byte, _set_number, _set_number, _truncate, _remove, _repeat, _splice)
