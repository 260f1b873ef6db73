# The firmware with the package in it, compiled as boards get it (tools/build/mpy.py, SHIPPED); only the kernels for its core do compile.
import os

include("manifest.py")
package("latchkey", files=os.environ["LATCHKEY_FILES"].split(), base_path=os.environ["LATCHKEY_FOLDER"], opt=3)
