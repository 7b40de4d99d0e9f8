"""The preparation as steps with parameters: the very numbers that the code uses."""

from pipeline import preprocess
from pipeline.contract import ModelContract
from pipeline.preparation import ink, lines, parts, stroke
from pipeline.shipping.contract import PreparationStep


def preparation_steps(contract: ModelContract) -> tuple[PreparationStep, ...]:
    """From a grey picture to the input, in order."""
    return (
        PreparationStep(
            "size",
            "Means of squares of pixels, or linear interpolation, by a whole factor, until the longer side is near.",
            {"max_side_px": preprocess._MAX_SIDE_PX, "max_enlargement": preprocess._MAX_ENLARGEMENT},
        ),
        PreparationStep(
            "polarity",
            "The ink is what differs more from its neighbourhood's mean: dark on light, or light on dark.",
            {"strokes_per_side": ink.STROKES_PER_SIDE},
        ),
        PreparationStep(
            "ink",
            "A morphological closing is the paper; ink is what differs enough from it, in one of two parts of the "
            "strongest contrast.",
            {
                "strokes_per_side": ink.STROKES_PER_SIDE,
                "min_contrast": ink.MIN_CONTRAST,
                "least_contrast": ink._LEAST_CONTRAST,
                "noise_factor": ink._NOISE_FACTOR,
                "ink_percent": ink._INK_PERCENT,
            },
        ),
        PreparationStep(
            "rulings",
            "Thin straight lines over the whole picture are no ink where two or more run side by side.",
            {
                "max_drift_percent": lines._MAX_DRIFT_PERCENT,
                "min_length_percent": lines._MIN_LENGTH_PERCENT,
                "min_sides_per_thickness": lines._MIN_SIDES_PER_THICKNESS,
                "half_band_px": lines._HALF_BAND_PX,
                "extra_thickness_px": lines._EXTRA_THICKNESS_PX,
                "min_left": lines._MIN_LEFT,
            },
        ),
        PreparationStep(
            "symbol",
            "The part with most ink and those near it; what touches the picture's edge counts less.",
            {"touching": parts._TOUCHING, "min_ink": parts._MIN_INK, "gap": parts._GAP},
        ),
        PreparationStep(
            "closer look",
            "Where the symbol is small, the steps before again on the part of the picture around it.",
            {"max_looks": preprocess._MAX_LOOKS, "margin": preprocess._MARGIN},
        ),
        PreparationStep(
            "stroke",
            "Thin strokes are drawn with a round pen of this part of the symbol's longer side.",
            {"min_width_percent": stroke._MIN_WIDTH_PERCENT},
        ),
        PreparationStep(
            "fit",
            "The symbol fills a square box with its longer side, each pixel its share of ink, 255 is all ink.",
            {"box_px": contract.preprocessing.box_px},
        ),
        PreparationStep("centre", "The centre of mass comes to the middle of the image; the rest is paper.", {}),
    )
