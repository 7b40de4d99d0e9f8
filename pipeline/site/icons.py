"""The page's icons: a stroke of ink on paper, once as a drawing for any size and as pictures for home screens."""

import io

_PAPER, _INK = "#f7f3ea", "#1d1b18"
_SIDE = 512
# A seven; within the middle four fifths, as systems cut the corners off.
_STROKE = ((152, 168), (356, 168), (236, 372))
_WIDTH = 44
_OVERSAMPLING = 4
PNG_SIZES = (192, 512)


def draw_icons() -> dict[str, bytes]:
    """Contents of the icons by their path in the site."""
    pictures = {f"icons/icon-{size}.png": _png(size) for size in PNG_SIZES}
    return {"icons/icon.svg": _svg(), **pictures}


def _svg() -> bytes:
    points = " ".join(f"{across},{down}" for across, down in _STROKE)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}">'
        f'<rect width="{_SIDE}" height="{_SIDE}" rx="96" fill="{_PAPER}"/>'
        f'<polyline points="{points}" fill="none" stroke="{_INK}" stroke-width="{_WIDTH}" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>\n'
    ).encode()


def _png(size: int) -> bytes:
    from PIL import Image, ImageDraw

    side = size * _OVERSAMPLING
    scale = side / _SIDE
    picture = Image.new("RGB", (side, side), _PAPER)
    draw = ImageDraw.Draw(picture)
    points = [(across * scale, down * scale) for across, down in _STROKE]
    draw.line(points, fill=_INK, width=round(_WIDTH * scale))
    radius = _WIDTH * scale / 2
    for across, down in points:
        draw.ellipse((across - radius, down - radius, across + radius, down + radius), fill=_INK)
    buffer = io.BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).quantize(32).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
