"""The picture of accuracy against size and against speed."""

from collections.abc import Sequence
from io import BytesIO

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from label_placement import Box, place_labels
from pareto_results import Kind, Result, frontier

COLOURS: dict[Kind, str] = {"ours": "#c0392b", "other": "#2c5d8f", "published": "#555555"}
LEGEND: dict[Kind, str] = {"ours": "ours", "other": "others, measured beside", "published": "published, not measured"}
MARK_RADIUS_PX = 7.0
LEADER_PX = 9.0


def draw_pareto(results: Sequence[Result]) -> bytes:
    """Draw an SVG with two panels; the same results give the same bytes.

    The background is white regardless of the page. The line connects the systems that no other beats in both.
    """
    timed = [result for result in results if result.speed]
    with matplotlib.rc_context(
        {"svg.hashsalt": "sentiment", "svg.fonttype": "none", "font.family": "DejaVu Sans", "font.size": 8.5}
    ):
        figure = Figure(figsize=(11.0, 5.0), facecolor="white", layout="constrained")
        canvas = FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2, sharey=True)
        _plot(left, results, [result.megabytes for result in results])
        _plot(right, timed, rates := [result.speed.median for result in timed if result.speed])
        _label_axes(left, right)
        spreads = [(result.speed.lowest, result.speed.highest) for result in timed if result.speed]
        for result, spread in zip(timed, spreads, strict=True):
            right.plot(spread, [100 * result.accuracy] * 2, color=COLOURS[result.kind], linewidth=0.8)
        _draw_frontier(left, [(result.megabytes, result.accuracy) for result in results], 1)
        _draw_frontier(right, [(-rate, result.accuracy) for result, rate in zip(timed, rates, strict=True)], -1)
        legend = left.legend(loc="lower right", frameon=False)
        canvas.draw()  # type: ignore[no-untyped-call]
        figure.set_layout_engine("none")  # otherwise the labels would change the layout they were placed in
        sizes = [result.megabytes for result in results]
        bars = _bars(left, results, list(zip(sizes, sizes, strict=True)))
        _write_names(left, canvas, results, sizes, [Box(*legend.get_window_extent().extents), *bars])
        _write_names(right, canvas, timed, rates, _bars(right, timed, spreads))
        picture = BytesIO()
        figure.savefig(picture, format="svg", metadata={"Date": None})
    return picture.getvalue()


def _plot(panel: Axes, results: Sequence[Result], positions: Sequence[float]) -> None:
    """Draw a mark for each system: filled if it was measured, hollow otherwise."""
    for kind, label in LEGEND.items():
        chosen = [(x, result) for x, result in zip(positions, results, strict=True) if result.kind == kind]
        if not chosen:
            continue
        colour = COLOURS[kind]
        hollow = kind == "published"
        panel.plot(
            [x for x, _ in chosen],
            [100 * result.accuracy for _, result in chosen],
            "D" if kind == "ours" else "o",
            color=colour,
            markerfacecolor="white" if hollow else colour,
            markersize=6,
            label=label,
            zorder=3,
        )
        for x, result in chosen:
            panel.plot([x, x], [100 * bound for bound in result.accuracy_interval], color=colour, linewidth=0.8)
    panel.set_xscale("log")
    panel.margins(x=0.22, y=0.12)
    panel.grid(alpha=0.25)


def _label_axes(left: Axes, right: Axes) -> None:
    left.set_xlabel("MB stored")
    right.set_xlabel("sentences/s, from text to label")
    left.set_ylabel("accuracy on NSMC's test rows (%)")
    for panel in (left, right):
        panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        panel.xaxis.set_minor_formatter(NullFormatter())


def _draw_frontier(panel: Axes, points: Sequence[tuple[float, float]], sign: int) -> None:
    best = frontier(points)
    panel.plot(
        [sign * cost for cost, _ in best], [100 * accuracy for _, accuracy in best], color="0.75", linewidth=1, zorder=1
    )


def _bars(panel: Axes, results: Sequence[Result], spreads: Sequence[tuple[float, float]]) -> list[Box]:
    """Return the areas of the error bars of accuracy and of the other figure, in pixels."""
    boxes = []
    for result, (lowest, highest) in zip(results, spreads, strict=True):
        (left, middle), (right, _) = panel.transData.transform(
            [(lowest, 100 * result.accuracy), (highest, 100 * result.accuracy)]
        )
        (_, bottom), (_, top) = panel.transData.transform([(highest, 100 * b) for b in result.accuracy_interval])
        centre = (left + right) / 2
        boxes += [Box(left - 3, middle - 1, right + 3, middle + 1), Box(centre - 1, bottom, centre + 1, top)]
    return boxes


def _write_names(
    panel: Axes, canvas: FigureCanvasAgg, results: Sequence[Result], positions: Sequence[float], obstacles: list[Box]
) -> None:
    """Write each system's name where it covers nothing, with a thin line to its mark if that is not adjacent."""
    data = [(x, 100 * result.accuracy) for x, result in zip(positions, results, strict=True)]
    marks = [(float(x), float(y)) for x, y in panel.transData.transform(data)] if data else []
    behind = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6}  # lines may pass there
    texts = [panel.text(0, 0, result.name, color=COLOURS[result.kind], zorder=4, bbox=behind) for result in results]
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]
    extents = [text.get_window_extent(renderer) for text in texts]
    bounds = Box(*panel.get_window_extent().extents)
    places = place_labels(marks, [(e.width, e.height) for e in extents], bounds, MARK_RADIUS_PX, obstacles)
    back = panel.transData.inverted()
    for text, place, (x, y) in zip(texts, places, marks, strict=True):
        corner = back.transform((place.left, place.bottom))
        text.set_position((float(corner[0]), float(corner[1])))
        text.set_verticalalignment("bottom")
        if place.distance((x, y)) > LEADER_PX:
            ends = back.transform([(x, y), place.nearest((x, y))])
            panel.plot(ends[:, 0], ends[:, 1], color="0.6", linewidth=0.6, zorder=2, scalex=False, scaley=False)
