"""Sentences of the causes of tls: number -> (name, sentence)."""

TEXT = {}
