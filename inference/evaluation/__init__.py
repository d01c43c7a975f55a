"""How good and how fast the models are, and the model card that says so."""
