"""How weights follow their gradients: Keras' optimizers, made from a recipe's numbers."""

from typing import TYPE_CHECKING

from pipeline.config import Adam, Muon, Sgd

if TYPE_CHECKING:
    import keras


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
    import keras

    class ConvolutionMuon(keras.optimizers.Muon):  # type: ignore[misc]
        """Keras' Muon leaves kernels of convolutions to Adam; here they are matrices (height·width·in, out).

        Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024.
        """

        def _should_use_adamw(self, variable: keras.Variable) -> bool:
            return len(variable.shape) != 4

        def _muon_update_step(
            self, gradient: keras.KerasTensor, variable: keras.Variable, lr: keras.KerasTensor, m: keras.Variable
        ) -> None:
            self.assign_add(m, gradient + m * (self.momentum - 1))
            lookahead = keras.ops.reshape(gradient + self.momentum * m, (-1, variable.shape[-1]))
            update = self.lr_adjust(lr * self.zeropower_via_newtonschulz5(lookahead, self.ns_steps))
            self.assign_sub(variable, keras.ops.reshape(update, variable.shape))

    num_warm_up = int(num_steps * config.warm_up_fraction)
    return ConvolutionMuon(
        keras.optimizers.schedules.CosineDecay(
            initial_learning_rate=config.peak_learning_rate / 25,
            warmup_target=config.peak_learning_rate,
            warmup_steps=num_warm_up,
            decay_steps=num_steps - num_warm_up,
        ),
        adam_lr_ratio=config.adam_ratio,
        weight_decay=config.weight_decay,
        adam_weight_decay=None,
    )
