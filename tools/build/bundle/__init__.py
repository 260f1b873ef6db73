"""The bundle: the same package in fewer modules, with shorter names, for boards with a small heap. `make build` makes and compiles it.

make.py        the steps, and when they are due
package.py     the sources, read: what each module defines, and what a name in it stands for
groups.py      which modules are joined
plan.py        where everything goes, and what it is called there
join.py        modules joined into one, imports rewritten, everything else as it is
table.py       what names modules by string: the face, the table of release.py, the stubs under the old names
parameters.py, names.py, rename.py, reserved.py
               short names: of parameters, of globals and attributes; how they get there; which names stay
edit.py        a text with other names where they stand

The package's own .mpy files are compiled of its sources with some short names, too (make.py: hidden).
"""
