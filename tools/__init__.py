"""The host's tools: set-up, build, measurements, the demo. `make help` lists what they do."""
