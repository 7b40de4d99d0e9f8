import pytest

from pipeline.runtimes.trace import find_layer_tensors

LAYERS = ("rescaling", "conv1", "norm1", "relu1", "mean", "logits")


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("edge_1/relu1_1/Relu6;edge_1/norm1_1/batchnorm/add_1;edge_1/conv1_1/convolution", "relu1"),
        ("StatefulPartitionedCall/edge_1/logits_1/BiasAdd", "logits"),
        ("edge/mean/Mean", "mean"),
        ("conv1", "conv1"),
    ],
)
def test_tensor_is_what_the_last_of_its_layers_computes(name, layer):
    assert find_layer_tensors([("7", name)], LAYERS) == {layer: "7"}


@pytest.mark.parametrize("name", ["tfl.quantize", "StatefulPartitionedCall_1:0", "edge/conv11/convolution", ""])
def test_tensor_without_the_name_of_a_layer_is_left_out(name):
    assert find_layer_tensors([("7", name)], LAYERS) == {}


def test_last_operator_of_a_layer_counts():
    tensors = [("1", "edge/rescaling/mul"), ("2", "edge/rescaling/add")]
    assert find_layer_tensors(tensors, LAYERS) == {"rescaling": "2"}


def test_layers_come_in_the_order_of_the_reference():
    tensors = [("1", "edge/logits/MatMul"), ("2", "edge/mean/Mean")]
    assert list(find_layer_tensors(tensors, LAYERS).items()) == [("mean", "2"), ("logits", "1")]


def test_name_that_ends_in_a_number_is_not_taken_for_another():
    assert find_layer_tensors([("1", "net_1/dense_1_1/MatMul")], ("dense", "dense_1")) == {"dense_1": "1"}
