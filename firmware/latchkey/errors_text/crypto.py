"""Sentences of the causes of crypto: number -> (name, sentence)."""

TEXT = {}
