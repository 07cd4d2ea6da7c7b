#!/usr/bin/env bash
# Makes sure that $1 (python3) can make a virtual environment. Debian keeps that in a package of its own, which is installed
# only if it is missing and we may; does nothing on a machine that has it.
set -euo pipefail
python=${1:-python3}

if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  exit 0
fi
package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "installing $package …"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -qq -y --no-install-recommends "$package" >/dev/null
else
  echo "error: $python cannot make virtual environments (as root: apt-get install $package)" >&2
  exit 1
fi
