"""A cell that is not part of the package: a minimal gated unit (Zhou et al. 2016)."""

from sentiment.own_cells import OwnCell, Values, sigmoid, tanh


class MinimalGatedUnit(OwnCell):
    """f = σ(W_f •); n = tanh(W_xn x_t + f ⊙ W_hn h_(t-1)); h_t = (1 - f) ⊙ h_(t-1) + f ⊙ n."""

    name = "toy_mgu"
    gates = ("forget", "candidate")

    @staticmethod
    def open_gates(from_input: Values, from_hidden: Values) -> Values:
        forget = sigmoid(from_input[0] + from_hidden[0])
        return forget, tanh(from_input[1] + forget * from_hidden[1])

    @staticmethod
    def next_state(gates: Values, state: Values) -> Values:
        forget, candidate = gates
        return ((1.0 - forget) * state[0] + forget * candidate,)
