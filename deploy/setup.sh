#!/usr/bin/env bash
# Sets up what is missing, one line a stage. Usage: deploy/setup.sh serve|test|peers
#   serve  both Python environments and the web pages: enough to run
#   test   the same, the tools of the tests, and Debian packages where they can be installed
#   peers  the app alone, and the environment of what it is measured beside
# A stamp beside each part holds the hash of what it was made from, so a second run does nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
PURPOSE="${1:-serve}"
APP=.venv RASA=.venv-rasa LOCKS=deploy/requirements

say() { printf '%-24s %s\n' "$1" "$2"; }
notice() { printf '%-24s NOTICE: %s\n' "$1" "$2" >&2; }
hash_of() { cat "$@" | sha256sum | cut -c1-16; }
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }
runs() { "$1" -c 'import sys, ssl, sqlite3; sys.exit(sys.version_info[:2] != tuple(map(int, sys.argv[1].split("."))))' "$2" >/dev/null 2>&1; }

find_uv() {
  if command -v uv >/dev/null 2>&1; then say uv "on PATH"; return; fi
  local python
  if [ ! -x .tools/uvpkg/bin/uv ]; then
    for python in python3.11 python3 python; do
      if "$python" -m pip --version >/dev/null 2>&1; then break; fi
    done
    say uv "from PyPI into .tools/uvpkg"
    "$python" -m pip install -qq --disable-pip-version-check --root-user-action=ignore --target .tools/uvpkg uv
  else
    say uv ".tools/uvpkg"
  fi
  export PATH="$PWD/.tools/uvpkg/bin:$PATH"
}

# Wheels beside this machine's pip go to uv too; elsewhere ask for the CPU build, or Linux gets gigabytes of CUDA.
choose_torch() {
  local links
  links="$(python3 -m pip config get global.find-links 2>/dev/null || python3 -m pip config get :env:.find-links 2>/dev/null || true)"
  if [ -n "${UV_FIND_LINKS:-}" ]; then return; fi
  if [ -n "$links" ]; then
    UV_FIND_LINKS="$(echo "$links" | tr '\n ' ',,' | sed 's/,*$//')"
    export UV_FIND_LINKS
  else
    export UV_TORCH_BACKEND="${UV_TORCH_BACKEND:-cpu}"
  fi
}

# The first interpreter of this version that really runs: a pyenv shim may exist and fail.
find_python() {
  local version="$1" candidate
  for candidate in $(type -aP "python$version" 2>/dev/null || true) "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version"*/bin/python; do
    if [ -x "$candidate" ] && runs "$candidate" "$version"; then echo "$candidate"; return; fi
  done
  if uv python install -q "$version" >/dev/null 2>&1; then uv python find "$version"; return; fi
  return 1
}

make_venv() {  # make_venv FOLDER VERSION…: the first version that can be had
  local folder="$1" version python; shift
  if [ -x "$folder/bin/python" ] && "$folder/bin/python" -c '' 2>/dev/null; then return; fi
  for version in "$@"; do
    if python="$(find_python "$version")"; then
      say "$folder" "Python $version ($python)"
      uv venv -q --clear --python "$python" "$folder"
      if [ "$version" != "$1" ]; then notice "$folder" "no Python $1 here; $version is used instead, which is not the tested one"; fi
      return
    fi
  done
  say "$folder" "FAILED: no Python $* on this machine and none could be fetched. Install one, then run this again."
  exit 1
}

install_lock() {  # install_lock FOLDER NAME
  local folder="$1" lock="$LOCKS/$2.txt" stamp="$1/.installed-$2" key
  key="$(hash_of "$lock")"
  if fresh "$stamp" "$key"; then say "$folder" "$2.txt is installed"; return; fi
  say "$folder" "installing $2.txt ($(grep -c == "$lock") packages)"
  # The lock is whole, so nothing is resolved again: the overrides it was made with hold.
  UV_COMPILE_BYTECODE=1 uv pip install -q --no-deps -p "$folder/bin/python" -r "$lock" || return 1
  echo "$key" >"$stamp"
}

install_ours() {
  local stamp="$APP/.installed-motcua" key
  key="$(hash_of pyproject.toml)"
  if fresh "$stamp" "$key" && [ -x "$APP/bin/motcua" ]; then return; fi
  say "$APP" "motcua itself"
  uv pip install -q --no-deps -p "$APP/bin/python" -e .
  echo "$key" >"$stamp"
}

# One that cannot be had leaves a note with the reason, and the others are measured without it.
install_peers() {
  local folder=.venv-peers name log
  make_venv "$folder" 3.11 3.12 3.13
  rm -rf "$folder/not-installed"
  if install_lock "$folder" peers; then return; fi
  notice "$folder" "the whole lock cannot be installed: one package after the other"
  mkdir -p "$folder/not-installed"
  log=.tools/peers.log
  for name in $(sed -n 's/^\([a-z][a-z0-9-]*\).*/\1/p' "$LOCKS/peers.in"); do
    if uv pip install -q -p "$folder/bin/python" -c "$LOCKS/peers.txt" "$name" >"$log" 2>&1; then continue; fi
    tr '\n' ' ' <"$log" | cut -c1-300 >"$folder/not-installed/$name"
    notice "$folder" "$name: $(cat "$folder/not-installed/$name")"
  done
}

build_web() {
  local stamp=web/dist/.built key files
  if [ ! -f web/package.json ]; then return; fi
  if ! command -v npm >/dev/null 2>&1; then
    notice web "no npm: the plain page without JavaScript is served (install Node.js 20 or newer for the chat page)"
    return
  fi
  files="$(find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print | LC_ALL=C sort)"
  # shellcheck disable=SC2086  # one name a word: no file of ours has spaces
  key="$(hash_of $files)"
  if fresh "$stamp" "$key" && { [ "$PURPOSE" = serve ] || [ -d web/node_modules ]; }; then say web "built"; return; fi
  say web "npm ci, then the build"
  if npm --prefix web ci --no-audit --no-fund --loglevel=error >.tools/npm.log 2>&1 && npm --prefix web run build >>.tools/npm.log 2>&1; then
    echo "$key" >"$stamp"
  else
    tail -n 15 .tools/npm.log >&2
    notice web "the build failed (.tools/npm.log): the plain page without JavaScript is served"
  fi
}

debian_packages() {  # what the browser tests and the reading of scans need
  local missing=""
  command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || missing="chromium"
  tesseract --list-langs 2>/dev/null | grep -qx vie || missing="$missing tesseract-ocr tesseract-ocr-vie"
  if [ -z "$missing" ]; then say "debian packages" "present"; return; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    say "debian packages" "apt-get install $missing"
    # shellcheck disable=SC2086
    if DEBIAN_FRONTEND=noninteractive timeout 300 sh -c "apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing" >.tools/apt.log 2>&1; then return; fi
  fi
  notice "debian packages" "not installed: $missing; the tests that need them are skipped (apt-get install $missing)"
}

mkdir -p .tools
find_uv
choose_torch
make_venv "$APP" 3.11 3.12 3.13
if [ "$PURPOSE" = test ]; then
  install_lock "$APP" dev
elif fresh "$APP/.installed-dev" "$(hash_of "$LOCKS/dev.txt")"; then
  say "$APP" "dev.txt is installed"
else
  install_lock "$APP" app
fi
install_ours
if [ "$PURPOSE" = peers ]; then install_peers; exit; fi
make_venv "$RASA" 3.10 3.11
install_lock "$RASA" rasa
build_web
if [ "$PURPOSE" = test ]; then debian_packages; fi
