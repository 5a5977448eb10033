"""Line charts as SVG, on white so that they are readable on any page."""

from collections.abc import Mapping, Sequence
from io import BytesIO

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

STYLES = {
    "rnn_tanh": ("#c0392b", "-"),
    "rnn_relu": ("#b9770e", "--"),
    "lstm": ("#2c5d8f", "-"),
    "gru": ("#1e8449", "-."),
}
"""Colour and kind of line of each cell, which tell them apart in black and white as well."""


def draw_lines(
    panels: Mapping[str, Mapping[str, Sequence[float]]], x_label: str, y_label: str, *, lowest: float, highest: float
) -> bytes:
    """Draw panels side by side, a line for each cell, on a logarithmic scale; the same values give the same bytes.

    Args:
        panels: By title, the values of each cell at 0, 1, 2, ...
        x_label: Of every panel.
        y_label: Of the first panel.
        lowest: Where the scale ends below.
        highest: Where it ends above.
    """
    with matplotlib.rc_context(
        {"svg.hashsalt": "sentiment", "svg.fonttype": "none", "font.family": "DejaVu Sans", "font.size": 9}
    ):
        figure = Figure(figsize=(2.6 * len(panels), 3.2), facecolor="white", layout="constrained")
        FigureCanvasAgg(figure)
        for axes, (title, lines) in zip(figure.subplots(1, len(panels), sharey=True), panels.items(), strict=True):
            for cell, values in lines.items():
                colour, line = STYLES[cell]
                axes.plot(range(len(values)), values, line, color=colour, label=cell, linewidth=1.5)
            axes.set(title=title, yscale="log", ylim=(lowest, highest), xlabel=x_label)
            axes.grid(alpha=0.25)
        figure.axes[0].set_ylabel(y_label)
        figure.axes[-1].legend(frameon=False, loc="upper right")
        picture = BytesIO()
        figure.savefig(picture, format="svg", metadata={"Date": None})
    return picture.getvalue()
