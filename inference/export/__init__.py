"""Hugging Face text classifiers as ONNX: exported once with PyTorch, served without."""
