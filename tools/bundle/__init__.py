"""The bundle: the same package in fewer modules, with shorter names, for boards with a small heap. `python -m tools.bundle` writes it.

package.py  the sources, read: what each module defines, and what a name in it stands for
groups.py   which modules are joined
join.py     modules joined into one, imports rewritten, everything else as it is
table.py    what names modules by string: the face, the table of release.py, the stubs under the old names
"""
