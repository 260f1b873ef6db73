"""The command `latchkey` (tools/latchkey_tools), as a person meets it."""
