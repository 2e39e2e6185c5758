#!/bin/bash
# slim.sh DIR: makes an installed set of Python packages smaller without changing what it can do. DIR is the folder of packages, with
# the wheels' shared data still in DIR/share. Each removal gives its reason; smoke.sh shows that everything still works.
set -euo pipefail
cd "$1"

# Test suites of the packages themselves. (numpy/testing and the like are public modules, and have other names.)
find . -depth -type d \( -name tests -o -name test -o -name __pycache__ \) -not -path './jedi/*' -exec rm -rf {} +
# JupyterLab's test assistant for its own developers: a browser extension.
rm -rf jupyterlab/galata
# Sources, headers and static libraries for building against the packages: there is no compiler here. Type stubs of compiled
# modules: nothing reads them at run time. Jedi's stubs stay: they are what completion in notebooks knows the standard library by.
find . -type f \( -name '*.c' -o -name '*.h' -o -name '*.hpp' -o -name '*.cpp' -o -name '*.pxd' -o -name '*.pyx' -o -name '*.pyi' -o -name '*.a' \) \
  -not -path './jedi/*' -delete
# Source maps: only a browser's debugger opens them.
find . -type f \( -name '*.js.map' -o -name '*.css.map' -o -name '*.mjs.map' \) -delete
# The debugger's attach helpers for other systems.
find debugpy -type f \( -name '*.dll' -o -name '*.exe' -o -name '*.dylib' -o -name '*.pdb' \) -delete
# Manual pages: there is no man.
rm -rf share/man
# Locale data for 800 locales, used by JupyterLab for the names of its language packs. The languages stay that its packs are made in.
find babel/locale-data -type f \
  -not -regex '.*/\(root\|ar\|ca\|cs\|da\|de\|en\|es\|et\|fi\|fr\|he\|hu\|hy\|id\|it\|ja\|ko\|lt\|nl\|no\|nb\|pl\|pt\|ro\|ru\|si\|sv\|tr\|uk\|vi\|zh\)\(_[A-Za-z_]*\)?\.dat' \
  -delete

# Symbols that the loader does not need. Not in the folders of bundled libraries (numpy.libs and the like): those were rewritten
# when the wheel was made, and strip makes them unloadable.
find . -type f -name '*.so*' -not -path './*.libs/*' -exec strip --strip-unneeded {} +

# Wheels bring some files twice, inside the package and as shared data (JupyterLab's whole front end, plotly's, the widgets'): of
# files over 32 KiB with the same content, the second becomes a relative link to the first.
find . -type f -size +32k -print0 | xargs -0 sha256sum | sort | while read -r hash file; do
  if [ "$hash" = "${last_hash:-}" ]; then
    ln -sf -r "$last_file" "$file"
  else
    last_hash=$hash last_file=$file
  fi
done
