"""Sentences of the causes of connection: number -> (name, sentence)."""

TEXT = {}
