"""The learning curves of a training: loss and accuracy per epoch."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any


def draw_curves(history: Sequence[dict[str, Any]], best_epoch: int) -> bytes:
    """Draw an SVG of the loss (training and validation) and of the validation accuracy.

    Args:
        history: `EpochReport.to_dict()` of each epoch.
        best_epoch: the epoch whose weights were kept, counted from 1; marked by a line.
    """
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    epochs = [report["epoch"] for report in history]
    validated = history[0]["log_loss"] is not None
    with matplotlib.rc_context({"svg.hashsalt": "sentiment", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(8.0 if validated else 4.0, 3.0))
        # Fixed margins that fit the labels: computing them takes as long as all the drawing.
        figure.subplots_adjust(left=0.08 if validated else 0.16, right=0.98, bottom=0.16, top=0.96, wspace=0.22)
        panels = figure.subplots(1, 2 if validated else 1, squeeze=False)[0]
        panels[0].plot(epochs, [report["training_loss"] for report in history], "o-", label="training, with dropout")
        panels[0].set_ylabel("loss (nats a review)")
        if validated:
            panels[0].plot(epochs, [report["log_loss"] for report in history], "s-", label="validation")
            panels[1].plot(epochs, [100 * report["accuracy"] for report in history], "s-", color="C1")
            panels[1].set_ylabel("validation accuracy (%)")
        for panel in panels:
            panel.axvline(best_epoch, color="0.6", linewidth=0.8, linestyle="--")
            panel.set_xlabel("epoch")
            panel.xaxis.set_major_locator(MaxNLocator(integer=True))
            panel.grid(alpha=0.3)
        panels[0].legend(frameon=False)
        picture = BytesIO()
        figure.savefig(picture, format="svg", metadata={"Date": None})
    return picture.getvalue()
