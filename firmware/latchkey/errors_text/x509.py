"""Sentences of the causes of x509: number -> (name, sentence)."""

TEXT = {}
