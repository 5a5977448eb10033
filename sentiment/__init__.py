"""Train, evaluate and run recurrent text classifiers, Korean first."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentiment.functions import evaluate, train
    from sentiment.inference import Classifier, Prediction, Scores
    from sentiment.inference.inside import Explanation, Gates, Trace

__all__ = ["Classifier", "Explanation", "Gates", "Prediction", "Scores", "Trace", "evaluate", "train"]


def __getattr__(name: str) -> Any:
    """Import names on first use: `import sentiment` loads neither numpy nor onnxruntime."""
    if name in ("evaluate", "train"):
        from sentiment import functions

        return getattr(functions, name)
    if name in ("Explanation", "Gates", "Trace"):
        from sentiment.inference import inside

        return getattr(inside, name)
    if name in __all__:
        from sentiment import inference

        return getattr(inference, name)
    if name == "__version__":
        from sentiment.distribution import installed_version

        return installed_version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
