"""Load the models of a service, at its start and anew."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sentiment.callbacks import Notify
from sentiment.errors import ModelDirectoryError
from sentiment.inference import Classifier
from sentiment.inference.by_script import ClassifierByScript
from sentiment.inference.verification import verify_model
from sentiment.model_dir import called, choose_model
from sentiment.serving.models import ServedModel

AUTO = "auto"
"""The name of the model that stands for several."""

LoadModels = Callable[[], Sequence[ServedModel]]


def load_models(asked: Sequence[str], notify: Notify, *, prove: bool = False) -> list[ServedModel]:
    """Load models, each under the name of its directory.

    If none is asked for, the default is the last finished run, or else `auto`, which predicts each text with the
    shipped model for its script; those answer under their names as well.

    Args:
        asked: Directories or names; the default if empty.
        notify: Gets a line for each.
        prove: Whether to compare every byte with the manifest and to predict a sentence first.

    Raises:
        ModelDirectoryError: One is missing, altered, or has the name of another.
    """
    models: dict[str, ServedModel] = {}
    names: list[str | None] = [*asked] or [None]
    for model in names:
        chosen = choose_model(model)
        if chosen.by_script is not None:
            return _load_by_script(chosen.by_script, notify, prove=prove)
        path = chosen.path
        if prove:
            verify_model(path)
        name = path.resolve().name
        if name in models:
            raise ModelDirectoryError(f"{path}: another model has the name {name!r}; rename its directory")
        # Each batch runs on a thread of the queue.
        models[name] = ServedModel(name, Classifier.load(path, threads=1).warm_up(), chosen.scripts)
        origin = called(path) if model is not None else f"{called(path)} ({chosen.reason})"
        notify(f"model {name}: {origin}, fingerprint {models[name].classifier.fingerprint[:12]}")
    return list(models.values())


def _load_by_script(paths: Mapping[str, Path], notify: Notify, *, prove: bool) -> list[ServedModel]:
    if prove:
        for path in paths.values():
            verify_model(path)
    auto = ClassifierByScript(paths, threads=1)
    models = [ServedModel(AUTO, auto, frozenset(paths))]
    for script, path in paths.items():
        classifier = auto.classifier(script).warm_up()
        models.append(ServedModel(called(path), classifier, None))
        notify(f"model {called(path)}: for texts in {script}, fingerprint {classifier.fingerprint[:12]}")
    notify(f"model {AUTO}: the default, one of them by the script of each text")
    return models
