"""Networks that are known by hand, and one with a convolution, as `pipeline inspect` sees them."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pipeline.architectures.base import Architecture
from pipeline.architectures.blocks import classifier, scaled_images
from pipeline.config import PROJECT_ROOT
from pipeline.contract import Preprocessing
from pipeline.inference import predict_in_batches
from pipeline.inspection.inversion import sigmoid_layers
from pipeline.inspection.layers import feature_maps_of, kernels_of
from pipeline.inspection.typical import answers_to, inverted_images, typical_images
from pipeline.manifest import write_manifest
from pipeline.train import untrained_model
from tests.integration.tiny import CONTRACT, make_model

SMALL = replace(
    CONTRACT, input=replace(CONTRACT.input, height=12, width=12), preprocessing=Preprocessing(box_px=8, centre="mass")
)


def make_convnet(contract=SMALL, activation="relu"):
    """A convolution of 3 × 3 with 4 channels, 6 hidden units; random weights."""

    def build(contract):
        from keras import layers

        images, scaled = scaled_images(contract)
        features = layers.Conv2D(4, 3, activation=activation, name="conv1")(scaled)
        features = layers.BatchNormalization(name="norm1")(features)
        features = layers.Flatten(name="pixels")(features)
        hidden = layers.Dense(6, activation="relu", name="hidden")(features)
        return classifier(images, layers.Dropout(0.5, name="dropout")(hidden), contract, "small")

    return untrained_model(Architecture("small", "", build, None), contract, seed=1)


@pytest.fixture(scope="module")
def convnet():
    return make_convnet()


@pytest.fixture(scope="module")
def striped():
    """A network whose labels speak for ink in the left, the middle and the right third of the picture."""

    def build(contract):
        from keras import layers

        images, scaled = scaled_images(contract)
        return classifier(images, layers.Flatten()(scaled), contract, "striped")

    model = untrained_model(Architecture("striped", "", build, None), SMALL, seed=0)
    thirds = np.tile(np.repeat(np.eye(3), 4, axis=0), (12, 1))
    model.get_layer("logits").set_weights([0.6 * thirds - 0.2, np.zeros(3)])
    return model


def test_typical_images_have_the_ink_that_their_label_looks_for(striped):
    images = typical_images(striped, SMALL)
    assert images.dtype == np.uint8
    assert images.shape == (3, 12, 12, 1)
    ink = images.reshape(3, 12, 3, 4).sum(axis=(1, 3))
    assert ink.argmax(axis=1).tolist() == [0, 1, 2]
    answers = answers_to(striped, images, SMALL)
    assert [answer.answer for answer in answers] == ["a", "b", "c"]
    assert min(answer.probability for answer in answers) > 0.8  # a third without ink
    np.testing.assert_array_equal(images, typical_images(striped, SMALL))


def test_typical_images_have_ink_in_the_box_alone_whatever_its_colour(striped):
    dark = replace(SMALL, input=replace(SMALL.input, polarity="dark_on_bright"))
    for images in (typical_images(striped, SMALL), 255 - typical_images(make_convnet(dark), dark)):
        assert images[:, [0, -1]].max() < 32
        assert images[:, :, [0, -1]].max() < 32
        assert images.max() > 200


def test_label_that_needs_no_ink_is_not_given_any(striped):
    model = make_blank_lover(striped)
    images = typical_images(model, SMALL)
    assert images[0].mean() < 8
    assert answers_to(model, images, SMALL)[0].answer == "a"


def make_blank_lover(striped):
    """The same with a first label that speaks against all ink."""
    import keras

    model = keras.models.clone_model(striped)
    kernel, bias = striped.get_layer("logits").get_weights()
    kernel[:, 0] = -1.0
    model.get_layer("logits").set_weights([kernel, bias + np.array([1.0, 0, 0])])
    return model


def test_inversion_of_a_network_sees_what_the_network_sees():
    model = make_model("sigmoid")
    layers = sigmoid_layers(model)
    assert [layer.kernel.shape for layer in layers] == [(16, 5), (5, 3)]
    np.testing.assert_allclose(layers[0].bias, model.get_layer("hidden").bias.numpy())
    images = inverted_images(model, CONTRACT)
    assert images.shape == (3, *CONTRACT.input.shape)
    # Inputs of 0.01 to 0.99 behind a rescaling to 0-1.
    assert (images.min(), images.max()) == (round(0.01 * 255), round(0.99 * 255))


@pytest.mark.parametrize("model", [make_model("relu"), make_convnet(activation="sigmoid")], ids=["relu", "convolution"])
def test_networks_that_are_not_all_sigmoids_are_not_inverted(model):
    assert inverted_images(model, CONTRACT) is None


def test_answers_are_the_networks_own(convnet):
    images = np.random.default_rng(0).integers(0, 256, (3, 12, 12, 1), np.uint8)
    probabilities = predict_in_batches(convnet, images)
    answers = answers_to(convnet, images, SMALL)
    assert [answer.label for answer in answers] == ["a", "b", "c"]
    assert [answer.answer for answer in answers] == ["abc"[best] for best in probabilities.argmax(axis=1)]
    assert [answer.probability for answer in answers] == pytest.approx(probabilities.max(axis=1).tolist())


def test_kernels_of_every_layer_are_found(convnet):
    kernels, left_out = kernels_of(convnet, SMALL)
    assert [(kernel.layer, kernel.values.shape) for kernel in kernels] == [
        ("conv1", (3, 3, 1, 4)),
        ("hidden", (400, 6)),
        ("logits", (6, 3)),
    ]
    assert [layer.layer for layer in left_out] == ["norm1"]


def test_kernels_on_the_pixels_themselves_are_pictures():
    model = make_model()
    kernels, _ = kernels_of(model, CONTRACT)
    assert [kernel.values.shape for kernel in kernels] == [(4, 4, 1, 5), (5, 3)]
    weights = model.get_layer("hidden").kernel.numpy()
    np.testing.assert_array_equal(kernels[0].values[1, 2, 0], weights[4 + 2])


def test_feature_maps_are_what_the_layers_compute(convnet, tmp_path):
    convnet.save(tmp_path / "model.keras")
    image = np.random.default_rng(0).integers(0, 256, SMALL.input.shape, np.uint8)
    maps, left_out = feature_maps_of(tmp_path / "model.keras", image)
    found = {one.layer: one.values for one in maps}
    assert list(found) == ["rescaling", "conv1", "norm1", "hidden", "logits", "probabilities"]
    assert [layer.layer for layer in left_out] == ["pixels", "dropout"]
    kernel, bias = convnet.get_layer("conv1").get_weights()
    by_hand = np.tensordot(image[2:5, 3:6] / 255, kernel, 3) + bias
    np.testing.assert_allclose(found["conv1"][2, 3], np.maximum(by_hand, 0), rtol=1e-4, atol=1e-6)


def pipeline(*arguments):
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", *map(str, arguments)]
    return subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)


def test_inspect_writes_every_picture_and_the_page(convnet, tmp_path):
    from pipeline.export import GOLDEN_IMAGES

    exports, output = tmp_path / "exports", tmp_path / "seen"
    for path in (exports / "keras", exports / GOLDEN_IMAGES.parent):
        path.mkdir(parents=True)
    convnet.save(exports / "keras" / "model.keras")
    (exports / "contract.json").write_bytes(SMALL.to_bytes())
    (exports / GOLDEN_IMAGES).write_bytes(bytes(range(144)))
    write_manifest(exports, {})
    result = pipeline("inspect", "--exports", exports, "--output", output, "--json")
    assert result.returncode == 0, result.stderr
    inspection = json.loads(result.stdout)
    assert inspection == json.loads((output / "inspection.json").read_text())
    files = {sheet["file"] for sheet in inspection["sheets"]}
    assert {"typical.svg", "kernels/conv1.png", "kernels/hidden.png", "features/norm1.png", "edges.png"} <= files
    assert all((output / file).stat().st_size > 500 for file in files)
    assert (output / "index.html").read_text().count("<figure>") == len(files)
    with np.load(output / "typical.npz") as data:
        np.testing.assert_array_equal(data["images"], typical_images(convnet, SMALL))
        assert data["labels"].tolist() == ["a", "b", "c"]


def test_inspect_of_a_network_that_is_not_trained_says_how_to_train_it(tmp_path):
    result = pipeline("inspect", "--arch", "nano", "--seed", "7", "--build-dir", tmp_path)
    assert result.returncode == 1
    model = tmp_path / "runs" / "nano-default-seed7" / "model.keras"
    command = f"pipeline train --arch nano --seed 7 --profile default --build-dir {tmp_path}"
    assert result.stderr == f"error: expected a trained network at {model}, found none; next: {command}\n"


def test_inspect_of_a_picture_without_ink_is_one_line(tmp_path):
    Image.new("L", (50, 50), 255).save(tmp_path / "blank.png")
    result = pipeline("inspect", tmp_path / "blank.png", "--output", tmp_path / "seen")
    assert result.returncode == 1
    assert result.stderr.startswith(f"error: {tmp_path / 'blank.png'}: expected ink on paper")
    assert not (tmp_path / "seen").exists()
