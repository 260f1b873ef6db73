# The firmware with the package in it, compiled as boards get it (tools/build.py, SHIPPED).
include("manifest.py")
package("latchkey", base_path="../../firmware", opt=3)
