"""Assembly sources of the Thumb-2 kernels, and what writes them into the firmware package as inline assembler."""
