"""A manifest for tiers that tests make up."""

from inference.model import Manifest

NO_MANIFEST = Manifest(
    name="made-up",
    version="0",
    tier="fast",
    sha256={},
    text_form="",
    label_weights={},
    calibration={},
    recipe={},
)
