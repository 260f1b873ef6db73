"""What makes things: the environment, .mpy files, the bundle, generated sources, firmware for the emulated boards."""
