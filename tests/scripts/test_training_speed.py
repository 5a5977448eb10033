"""The rates of a training can be measured for the experiments that ship."""

from sentiment.config import load_config
from training_speed import encoder_rate, network_of_width, step_rate


def test_rates_of_the_default_experiment() -> None:
    config = network_of_width(load_config("bilstm").config, 8)
    assert config.model.hidden_size == 8
    assert encoder_rate(config, 3, 0.01) > 0
    assert step_rate(config, 50, 3, 0.01) > 0
