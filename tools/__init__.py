"""The host's side, in four rooms: what a user runs (latchkey_tools), what builds, what measures (bench), and the laboratory."""
