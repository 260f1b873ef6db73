"""Each module is a group, with `metrics() -> [{"name", "value", "unit", "how"}, ...]`."""
