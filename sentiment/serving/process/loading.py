"""Load the models of a service, at its start and anew."""

from collections.abc import Callable, Sequence

from sentiment.callbacks import Notify
from sentiment.errors import ModelDirectoryError
from sentiment.inference import Classifier
from sentiment.inference.verification import verify_model
from sentiment.model_dir import called, find_model, scripts_read
from sentiment.serving.models import ServedModel

LoadModels = Callable[[], Sequence[ServedModel]]


def load_models(asked: Sequence[str], notify: Notify, *, prove: bool = False) -> list[ServedModel]:
    """Load models, each under the name of its directory.

    Args:
        asked: Directories or names; the default model if empty.
        notify: Gets a line for each.
        prove: Whether to compare every byte with the manifest and to predict a sentence first.

    Raises:
        ModelDirectoryError: One is missing, altered, or has the name of another.
    """
    models: dict[str, ServedModel] = {}
    names: list[str | None] = [*asked] or [None]
    for model in names:
        path, reason = find_model(model)
        if prove:
            verify_model(path)
        name = path.resolve().name
        if name in models:
            raise ModelDirectoryError(f"{path}: another model has the name {name!r}; rename its directory")
        # Each batch runs on a thread of the queue.
        models[name] = ServedModel(name, Classifier.load(path, threads=1), scripts_read(path, model))
        origin = called(path) if model is not None else f"{called(path)} ({reason})"
        notify(f"model {name}: {origin}, fingerprint {models[name].classifier.fingerprint[:12]}")
    return list(models.values())
