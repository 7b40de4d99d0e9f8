from dataclasses import replace

import numpy as np
import pytest

from pipeline.config import Degradation
from pipeline.degrade import random_degradation
from pipeline.tensorflow_setup import prepare_tensorflow

NOTHING = Degradation(share=1.0, probability=1.0, contrast=0.0, rectangle_px=0.0, noise=(), filtered=0.0)
NUM_IMAGES = 300


@pytest.fixture(scope="module", autouse=True)
def _tensorflow():
    prepare_tensorflow()


def degraded(grey, config, done=0.0, seed=(0, 1)):
    """float32 (NUM_IMAGES, 28, 28), from images that are alike."""
    images = np.broadcast_to(np.asarray(grey, np.float32), (NUM_IMAGES, 28, 28))[..., None]
    return random_degradation(images, config, np.float32(done), list(seed))[0].numpy()[..., 0]


@pytest.mark.parametrize(
    "config",
    [
        NOTHING,
        Degradation(share=1.0, probability=0.0, noise_probability=0.0),
        Degradation(share=0.0, final_share=0.0),
    ],
)
def test_degradation_by_nothing_or_of_no_image_changes_nothing(config):
    np.testing.assert_array_equal(degraded(100, config), 100)


def test_degradation_becomes_rarer_but_not_weaker():
    config = replace(NOTHING, share=0.8, final_share=0.2, contrast=0.8)
    greys = {done: degraded(200, config, done)[:, 0, 0] for done in (0.0, 0.5, 0.9, 1.0)}
    is_damaged = {done: levels != 200 for done, levels in greys.items()}
    assert [damaged.mean() for damaged in is_damaged.values()] == pytest.approx([0.8, 0.5, 0.26, 0.2], abs=0.06)
    for done, damaged in is_damaged.items():
        np.testing.assert_array_equal(greys[done][damaged], greys[0.0][damaged])


def test_damaged_images_count_less():
    config = replace(NOTHING, share=0.5, weight=0.3, contrast=0.8)
    images = np.full((NUM_IMAGES, 28, 28, 1), 200, np.float32)
    degraded_images, weights = random_degradation(images, config, np.float32(0), [0, 1])
    is_damaged = degraded_images.numpy()[:, 0, 0, 0] != 200
    assert is_damaged.mean() == pytest.approx(0.5, abs=0.1)
    np.testing.assert_array_equal(weights, np.where(is_damaged, np.float32(0.3), np.float32(1)))


def test_degradation_changes_about_so_many_images_and_not_all_kinds_in_the_same():
    contrast, rectangle = replace(NOTHING, contrast=0.8), replace(NOTHING, rectangle_px=20)
    both = [
        (degraded(100, replace(config, probability=0.4)) != 100).any(axis=(1, 2)) for config in (contrast, rectangle)
    ]
    assert both[0].mean() == pytest.approx(0.4, abs=0.1)
    assert 0.05 < (both[0] & both[1]).mean() < 0.3
    noise = replace(NOTHING, noise=((1, 0.5),), noise_probability=0.2)
    assert (degraded(100, noise) != 100).any(axis=(1, 2)).mean() == pytest.approx(0.2, abs=0.08)


def test_contrast_loses_up_to_its_part():
    greys = degraded(200, replace(NOTHING, contrast=0.8))
    assert np.ptp(greys, axis=(1, 2)).max() == 0
    assert 40 <= greys.min() < 50
    assert 190 < greys.max() <= 200


def test_rectangle_is_of_one_grey_and_at_most_so_long():
    images = degraded(0, replace(NOTHING, rectangle_px=8.0))
    sides = set()
    for image in images[images.any(axis=(1, 2))]:
        rows, columns = np.nonzero(image)
        assert len(np.unique(image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1])) == 1
        sides |= {int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1}
    assert sides == set(range(1, 9))
    assert len(np.unique(images)) > NUM_IMAGES / 2


def noise_of(grain_px):
    return degraded(127.5, replace(NOTHING, noise=((grain_px, 0.2),), noise_probability=1.0)) - 127.5


# Between the points of a grid the deviation is lower: computed from the weights of the interpolation.
@pytest.mark.parametrize(("grain_px", "part"), [(1, 1.0), (2, 0.65), (4, 0.71), (7, 0.75), (14, 0.83)])
def test_noise_has_the_deviation_that_is_said(grain_px, part):
    # Evenly drawn deviations from 0 to 0.2 have the mean square 0.2² / 3.
    expected = part * 0.2 * 255 / np.sqrt(3)
    assert np.sqrt((noise_of(grain_px) ** 2).mean()) == pytest.approx(expected, rel=0.1)


def test_fine_noise_differs_from_pixel_to_pixel_and_coarse_noise_does_not():
    fine, coarse = (noise_of(grain) for grain in (1, 14))
    steps = [np.abs(np.diff(noise)).mean() / np.abs(noise).mean() for noise in (fine, coarse)]
    assert steps[0] > 1
    assert steps[1] < 0.2


def test_noise_stays_between_black_and_white():
    noisy = degraded(127.5, replace(NOTHING, noise=((1, 3.0),), noise_probability=1.0))
    assert (noisy.min(), noisy.max()) == (0, 255)


def test_filter_is_another_kernel_for_each_seed_with_weights_of_the_deviation_that_is_said():
    dot = np.zeros((28, 28))
    dot[14, 14] = 100
    config = replace(NOTHING, filtered=1.0, kernel_deviation=0.5)
    # The image with the largest amount, nearly 1, shows the kernel.
    changes = [degraded(dot, config, seed=(0, step)) - dot for step in range(40)]
    strongest = np.array([change[np.abs(change).max(axis=(1, 2)).argmax(), 13:16, 13:16] for change in changes]) / 100
    strongest[:, 1, 1] += 1
    assert strongest.std() == pytest.approx(0.5, rel=0.15)
    assert len({kernel.tobytes() for kernel in strongest}) == len(strongest)


def test_filter_is_one_kernel_in_parts_of_each_image():
    dot = np.zeros((28, 28))
    dot[14, 14] = 100
    changes = degraded(dot, replace(NOTHING, filtered=1.0)) - dot
    assert not changes[:, :12].any()
    kernel = changes[0] / np.abs(changes[0]).max()
    for change in changes:
        np.testing.assert_allclose(change / np.abs(change).max(), kernel, atol=1e-3)
    assert np.abs(changes).max(axis=(1, 2)).std() > 0


def test_degradation_is_not_drawn_from_the_words_that_random_affine_is_drawn_from(monkeypatch):
    import tensorflow as tf

    split, seeds = tf.random.split, []
    monkeypatch.setattr(tf.random, "split", lambda seed, num=2: seeds.append(seed.numpy().tolist()) or split(seed, num))
    degraded(100, NOTHING, seed=(3, 4))
    assert seeds
    assert [3, 4] not in seeds


def test_every_channel_is_degraded_the_same_way_but_for_its_noise():
    images = np.full((NUM_IMAGES, 28, 28, 3), 100, np.float32)
    config = Degradation(share=1.0, noise=())
    found, _ = random_degradation(images, config, np.float32(0), [0, 1])
    assert (found.numpy() != 100).any(axis=(1, 2, 3)).mean() > 0.5
    for channel in (1, 2):
        np.testing.assert_allclose(found[..., channel], found[..., 0], atol=1e-3)
    noisy, _ = random_degradation(
        images, replace(NOTHING, noise=((1, 0.5),), noise_probability=1.0), np.float32(0), [0, 1]
    )
    assert (noisy[..., 1].numpy() != noisy[..., 0].numpy()).mean() > 0.5


def test_degradation_is_the_same_for_the_same_seed_alone():
    first, again, other = (degraded(100, Degradation(share=1.0), seed=seed) for seed in ((0, 1), (0, 1), (0, 2)))
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.3
    assert len({image.tobytes() for image in first}) > 0.9 * NUM_IMAGES
