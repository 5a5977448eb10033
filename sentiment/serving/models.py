"""The models of a service, by name."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sentiment.serving.faults import not_found
from sentiment.text.scripts import unread_script, without_unread

if TYPE_CHECKING:
    from sentiment.inference import Classifier, Prediction
    from sentiment.inference.by_script import ClassifierByScript


@dataclass(frozen=True)
class ServedModel:
    """A model under its name.

    Attributes:
        name: In addresses.
        classifier: The model.
        scripts: The scripts whose texts it predicts; None for all.
    """

    name: str
    classifier: "Classifier | ClassifierByScript"
    scripts: Collection[str] | None = None

    def predict(self, texts: Sequence[str]) -> "list[Prediction]":
        """Predict every text, in order; one in a script that is not read is treated as empty."""
        return self.classifier.predict(texts if self.scripts is None else without_unread(texts, self.scripts))

    def read(self, text: str) -> str:
        """Return a text as the model gets it: empty if it is in a script that is not read."""
        return text if self.scripts is None else without_unread([text], self.scripts)[0]

    def fault_of(self, text: str) -> str:
        """Return why a text has no prediction."""
        if self.scripts is not None and (script := unread_script([text], self.scripts)) is not None:
            return f"written in {script}, which {self.name} does not read"
        return "empty"


class Models:
    """The models of a service; the first is the default.

    A model may be exchanged at any time: a request is answered by the one that it found when it arrived.
    """

    def __init__(self, models: Sequence[ServedModel]) -> None:
        self._models = {model.name: model for model in models}

    @property
    def is_loaded(self) -> bool:
        """Whether there is a model."""
        return bool(self._models)

    @property
    def names(self) -> list[str]:
        """The names, the default first."""
        return list(self._models)

    def get(self, name: str | None = None) -> ServedModel:
        """Return the model of a name, the default one for None.

        Raises:
            RequestFault: There is none.
        """
        if name is None:
            return next(iter(self._models.values()))
        if name not in self._models:
            raise not_found(f"there is no model {name!r}; the models are {', '.join(map(repr, self._models))}")
        return self._models[name]

    def exchange(self, models: Sequence[ServedModel]) -> None:
        """Put models in place of those of the same names, or the first ones in place."""
        self._models = {model.name: model for model in models}


def served_models(
    classifiers: "Classifier | Mapping[str, Classifier]", scripts: Mapping[str, Collection[str]] | None = None
) -> list[ServedModel]:
    """Return classifiers as models of a service.

    Args:
        classifiers: By name, the default first; or one, which is named after its directory.
        scripts: Those that a model reads, by name of the model; all if it is not there.
    """
    named = classifiers if isinstance(classifiers, Mapping) else {classifiers.path.resolve().name: classifiers}
    return [ServedModel(name, classifier, (scripts or {}).get(name)) for name, classifier in named.items()]
