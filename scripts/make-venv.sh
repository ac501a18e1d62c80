#!/bin/sh
# Make the virtual environment named by the first argument, or say in one sentence what the machine lacks.
set -eu
venv="$1"

fits() { command -v "$1" >/dev/null 2>&1 && "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

for python in ${PYTHON:-python3} python3.13 python3.12 python3.11 none; do
    fits "$python" && break
done
if [ "$python" = none ]; then
    echo "OMO needs Python 3.11 or newer, and found none here. On Debian or Ubuntu: apt-get install -y python3 python3-venv" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    echo "OMO installs itself into a virtual environment, and this Python cannot make one yet." >&2
    echo "This command adds what is missing; then start again:  apt-get install -y $package" >&2
    exit 1
fi
echo "Making $venv with $("$python" --version) ..."
"$python" -m venv "$venv"
