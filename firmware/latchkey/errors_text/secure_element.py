"""Sentences of the causes of secure_element: number -> (name, sentence)."""

TEXT = {}
