"""Pictures as a notebook keeps them, and what may happen to one."""

import base64
import io

from PIL import Image


def decoded(picture):
    """Base64 of a PNG → the image."""
    return Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")


def encoded(image):
    """The image → base64 of a PNG."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def turned(image):
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def white(image):
    return Image.new("RGB", image.size, "white")


def background(image):
    return Image.new("RGB", image.size, image.getpixel((0, 0)))


def without_its_line(image):
    """The axes and their labels, and nothing within."""
    width, height = image.size
    inside = (int(0.15 * width), int(0.15 * height), int(0.85 * width), int(0.85 * height))
    image = image.copy()
    image.paste(image.getpixel((0, 0)), inside)
    return image


def a_pixel_lower(image):
    lower = background(image)
    lower.paste(image, (0, 1))
    return lower


def a_digit_wider(image):
    return image.resize((image.width + 6, image.height))


def half_as_high(image):
    return image.resize((image.width, image.height // 2))
