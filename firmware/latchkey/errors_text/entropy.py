"""Sentences of the causes of entropy: number -> (name, sentence)."""

TEXT = {}
