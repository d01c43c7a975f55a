"""A tier with other people's models in it: exported classifiers answer their tasks in its place."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from contracts.errors import InputError
from inference.export.served import ExportedModel, load_exported
from inference.model import OUTPUTS, WIDTHS, Manifest, Probabilities, Tier


class WithExported:
    """A tier of which exported models answer some tasks.

    Its manifest names all of them; a label of theirs is the likeliest class.
    """

    def __init__(self, tier: Tier, models: Sequence[ExportedModel]) -> None:
        """:raises InputError: two models have the same task."""
        self._tier = tier
        self._models = {model.manifest.task: model for model in models}
        if len(self._models) < len(models):
            raise InputError("two exported models have the same task", "name one folder a task")
        self.manifest = self._described(tier.manifest)

    def score(self, texts: list[str]) -> Probabilities:
        """See :meth:`Tier.score`."""
        scores = self._tier.score(texts)
        for task, model in self._models.items():
            getattr(scores, task)[:] = model.probabilities(texts)
        return scores

    def _described(self, manifest: Manifest) -> Manifest:
        names = [manifest.name, *(model.manifest.name for model in self._models.values())]
        versions = [manifest.version, *(model.manifest.version for model in self._models.values())]
        ones = {
            task: [1.0] * width
            for task, width in zip(OUTPUTS, WIDTHS, strict=True)
            if task in self._models
        }
        return msgspec.structs.replace(
            manifest,
            name="+".join(names),
            version="+".join(versions),
            label_weights=manifest.label_weights | ones,
        )


def with_exported(tier: Tier, folders: Sequence[str], threads: int, provider: str) -> Tier:
    """The tier with the models of some folders, each made by ``python -m inference export``.

    :raises InputError: a folder does not hold one, or two have the same task.
    """
    if not folders:
        return tier
    models = [load_exported(Path(each), provider=provider, threads=threads) for each in folders]
    return WithExported(tier, models)
