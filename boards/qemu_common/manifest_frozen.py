include("manifest.py")
package("latchkey", base_path="../../firmware")
