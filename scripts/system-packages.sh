#!/usr/bin/env bash
# Installs what comes from the system rather than from pip, only what is missing, and only where we may.
#   system-packages.sh venv [PYTHON]   what PYTHON needs to make a virtual environment; fails if it cannot be had
#   system-packages.sh test            what some tests need: Tesseract (OCR), DCMTK (DICOM), Chromium (the pages), PostgreSQL;
#                                      without it they are skipped
# Does nothing on a machine that has it.
set -euo pipefail
purpose=${1:?usage: system-packages.sh venv|test [PYTHON]}
python=${2:-python3}

missing=()
case $purpose in
  venv)
    "$python" -c 'import ensurepip, venv' 2>/dev/null \
      || missing+=("python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv")
    ;;
  test)
    command -v tesseract >/dev/null || missing+=(tesseract-ocr)
    command -v dcmdump >/dev/null || missing+=(dcmtk)
    command -v chromium >/dev/null || missing+=(chromium)
    command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    ;;
esac
[ ${#missing[@]} = 0 ] && exit 0

install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
  echo "installing ${missing[*]} …"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq && apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

if install; then
  exit 0
elif [ "$purpose" = venv ]; then
  echo "error: $python cannot make virtual environments (as root: apt-get install ${missing[*]})" >&2
  exit 1
fi
echo "${missing[*]}: not here and not installed (as root: apt-get install ${missing[*]}); its tests are skipped" >&2
