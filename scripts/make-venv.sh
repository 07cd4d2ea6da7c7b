#!/usr/bin/env bash
# Makes the virtual environment named by $1 with the newest usable Python; leaves one that works as it is.
set -euo pipefail
folder=${1:?usage: make-venv.sh FOLDER}

works() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

if works "$folder/bin/python" && "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
  exit 0
fi
for python in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14 python}; do
  if works "$python"; then
    "$(dirname "$0")/system-packages.sh" venv "$python"
    rm -rf "$folder"
    exec "$python" -m venv "$folder"
  fi
done
for python in ${PYTHON:-python3 python}; do
  found=$("$python" --version 2>/dev/null | head -n 1) && break
done
echo "error: wardround needs Python 3.11 or newer; found ${found:-none} (install one, or name it: make PYTHON=/path/to/python3.12)" >&2
exit 1
