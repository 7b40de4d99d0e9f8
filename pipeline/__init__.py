"""Trains a small image classifier, exports it everywhere and proves that it is still the same model."""

__version__ = "0.1.0"
