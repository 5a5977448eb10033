"""The picture of a training."""

from typing import Any
from xml.etree import ElementTree

import pytest

from sentiment.training.export.curves import draw_curves


@pytest.mark.parametrize("is_validated", [True, False])
def test_it_has_a_point_for_every_epoch_and_the_same_bytes_each_time(is_validated: bool) -> None:
    history: list[dict[str, Any]] = [
        {"epoch": epoch, "training_loss": 1 / epoch}
        | {"log_loss": 0.5 if is_validated else None, "accuracy": 0.5 + epoch / 10 if is_validated else None}
        for epoch in (1, 2, 3)
    ]
    picture = draw_curves(history, 2)
    assert picture == draw_curves(history, 2)
    root = ElementTree.fromstring(picture)
    words = {text for element in root.iter() if (text := (element.text or "").strip())}
    assert {"epoch", "loss (nats a review)", "training, with dropout"} <= words
    assert ("validation accuracy (%)" in words) == is_validated
    lines = [element for element in root.iter() if "clip-path" in element.attrib]
    points = [child for element in lines for child in element if child.tag.endswith("}use")]
    assert len(points) == (9 if is_validated else 3)
