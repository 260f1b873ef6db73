# What the manifests of all architectures share. The sources are compiled by the firmware's own build; machine code of an ESP32's kernels is
# in no source (tools/build/kernels/machine_code.py), so that the next kernel does its work there.
import os

options.defaults(arch=None, small=False)
sources = "../../build/bundle" if options.small else ".."

# Kernels for one kind of core.
CORES = {"kernel_thumb2": ("armv7m", "armv7emsp"), "kernel_rv32": ("rv32imc",), "kernel_xtensa": ("xtensawin",)}

files = []
for folder, _, names in os.walk(sources + "/latchkey"):
    for name in names:
        cores = [cores for start, cores in CORES.items() if name.startswith(start)]
        if name.endswith(".py") and (not cores or options.arch in cores[0]):
            files.append(os.path.relpath(os.path.join(folder, name), sources + "/latchkey"))

package("latchkey", files=sorted(files), base_path=sources, opt=3)
