"""How weights follow their gradients, from a recipe's numbers: Keras' optimizers, and Muon for convolutions."""

from typing import TYPE_CHECKING

from pipeline.config import Adam, Muon, Sgd

if TYPE_CHECKING:
    import keras

_MOMENTUM = 0.95
_BETA_1, _BETA_2, _EPSILON = 0.9, 0.999, 1e-7
_NEWTON_SCHULZ_STEPS = 5
_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
# Makes the root mean square of an update about that of Adam's (Liu et al. 2025).
_UPDATE_SCALE = 0.2
_FIRST_RATE = 1 / 25


def make_optimizer(config: Adam | Muon | Sgd, num_steps: int) -> "keras.optimizers.Optimizer":
    """An optimizer for a training of that many steps."""
    import keras

    match config:
        case Sgd():
            return keras.optimizers.SGD(config.learning_rate)
        case Adam():
            return keras.optimizers.Adam(config.learning_rate)
        case Muon():
            return _make_muon(config, num_steps)


def _make_muon(config: Muon, num_steps: int) -> "keras.optimizers.Optimizer":
    """Muon for the kernels of convolutions, each a matrix (height · width · in, out), and Adam for the rest.

    Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024; the size of its updates as in Liu
    et al., "Muon is scalable for LLM training", 2025. The Muon of Keras itself leaves convolutions to Adam.
    """
    import keras
    from keras import ops

    class ConvolutionMuon(keras.optimizers.Optimizer):  # type: ignore[misc]
        def build(self, variables: list[keras.Variable]) -> None:
            others = [variable for variable in variables if not _is_convolution(variable)]
            self.exclude_from_weight_decay(var_list=others)
            super().build(variables)
            self._momenta = [self.add_variable_from_reference(variable, "momentum") for variable in variables]
            self._velocities = {
                self._get_variable_index(variable): self.add_variable_from_reference(variable, "velocity")
                for variable in others
            }

        def update_step(
            self, gradient: keras.KerasTensor, variable: keras.Variable, learning_rate: keras.KerasTensor
        ) -> None:
            index = self._get_variable_index(variable)
            momentum = self._momenta[index]
            if _is_convolution(variable):
                self._muon_step(gradient, variable, learning_rate, momentum)
            else:
                velocity = self._velocities[index]
                self._adam_step(gradient, variable, learning_rate * config.adam_ratio, momentum, velocity)

        def _muon_step(
            self,
            gradient: keras.KerasTensor,
            variable: keras.Variable,
            rate: keras.KerasTensor,
            momentum: keras.Variable,
        ) -> None:
            self.assign_add(momentum, gradient + momentum * (_MOMENTUM - 1))
            lookahead = ops.reshape(gradient + _MOMENTUM * momentum, (-1, variable.shape[-1]))
            update = rate * _orthogonalised(lookahead)
            update = update * max(lookahead.shape) ** 0.5 * _UPDATE_SCALE
            self.assign_sub(variable, ops.reshape(update, variable.shape))

        def _adam_step(
            self,
            gradient: keras.KerasTensor,
            variable: keras.Variable,
            rate: keras.KerasTensor,
            momentum: keras.Variable,
            velocity: keras.Variable,
        ) -> None:
            step = ops.cast(self.iterations + 1, variable.dtype)
            rate = rate * ops.sqrt(1 - ops.power(_BETA_2, step)) / (1 - ops.power(_BETA_1, step))
            self.assign_add(momentum, (gradient - momentum) * (1 - _BETA_1))
            self.assign_add(velocity, (ops.square(gradient) - velocity) * (1 - _BETA_2))
            self.assign_sub(variable, momentum * rate / (ops.sqrt(velocity) + _EPSILON))

    num_warm_up = int(num_steps * config.warm_up_fraction)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=config.peak_learning_rate * _FIRST_RATE,
        warmup_target=config.peak_learning_rate,
        warmup_steps=num_warm_up,
        decay_steps=num_steps - num_warm_up,
    )
    return ConvolutionMuon(schedule, weight_decay=config.weight_decay)


def _is_convolution(variable: "keras.Variable") -> bool:
    return len(variable.shape) == 4


def _orthogonalised(matrix: "keras.KerasTensor") -> "keras.KerasTensor":
    """The nearest matrix whose singular values are all about 1, by Newton and Schulz' iteration.

    Args:
        matrix: float32 (rows, columns).

    Returns:
        float32 (rows, columns); singular values of more than a hundredth of the norm become 0.68 to 1.13.
    """
    from keras import ops

    a, b, c = _NEWTON_SCHULZ
    is_tall = matrix.shape[0] > matrix.shape[1]
    result = ops.transpose(matrix) if is_tall else matrix
    result = result / (ops.norm(result, axis=(-2, -1), keepdims=True) + 1e-7)
    for _ in range(_NEWTON_SCHULZ_STEPS):
        gram = result @ ops.transpose(result)
        result = a * result + (b * gram + c * gram @ gram) @ result
    return ops.transpose(result) if is_tall else result
