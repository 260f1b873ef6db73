# What the manifests of all architectures share: Python from the sources, machine code of kernels from the .mpy files of `make build`.
import os

options.defaults(arch=None, small=False)
sources = "../../build/bundle" if options.small else ".."
compiled = "../../build/mpy/" + options.arch + "-small" * options.small

# Kernels for one kind of core; machine code is in no source (tools/build/kernels/machine_code.py).
CORES = {"kernel_thumb2": ("armv7m", "armv7emsp"), "kernel_rv32": ("rv32imc",), "kernel_xtensa": ("xtensawin",)}

python, machine_code = [], []
for folder, _, names in os.walk(sources + "/latchkey"):
    for name in sorted(names):
        cores = [cores for start, cores in CORES.items() if name.startswith(start)]
        if not name.endswith(".py") or (cores and options.arch not in cores[0]):
            continue
        within = os.path.relpath(os.path.join(folder, name), sources + "/latchkey")
        if name.startswith(("kernel_rv32", "kernel_xtensa")):
            machine_code.append("latchkey/" + within[:-3] + ".mpy")
        else:
            python.append(within)

package("latchkey", files=sorted(python), base_path=sources, opt=3)
if machine_code:
    freeze_mpy(compiled, sorted(machine_code))
