#!/usr/bin/env bash
# Every check and every test. All of them run even after one failed; pytest's closing line comes last.
set -uo pipefail
cd "$(dirname "$0")/.."
BIN=.venv/bin
failed=""

check() {
  local name="$1"; shift
  printf '\n== %s\n' "$name"
  "$@" || failed="$failed [$name]"
}

check "ruff check" $BIN/ruff check .
check "ruff format" $BIN/ruff format --check .
check "mypy" $BIN/mypy
if [ -x .venv-rasa/bin/python ]; then
  # Rasa's own classes have no types; what we write against them has.
  check "mypy, Rasa's components" $BIN/mypy --python-executable .venv-rasa/bin/python --python-version 3.10 \
    --strict --allow-subclassing-any --config-file= --ignore-missing-imports --follow-imports=silent -p bot.components
fi
check "import-linter" $BIN/lint-imports
if [ -d web/node_modules ]; then
  check "web" npm --prefix web test
else
  printf '\n== web: skipped, its packages are not installed (no npm on this machine, or the build failed)\n'
fi
if [ -n "$failed" ]; then printf '\nFAILED before pytest:%s\n' "$failed"; fi
printf '\n== pytest\n'
# As many processes as cores, four at most: beyond that they wait for one disk. In order: the browser's tests are last.
workers=$(nproc); [ "$workers" -le 4 ] || workers=4
# shellcheck disable=SC2086
$BIN/python -m pytest ${PYTEST_ARGS:--n $workers --dist loadfile --no-loadscope-reorder}
result=$?
if [ -n "$failed" ] && [ $result -eq 0 ]; then exit 1; fi
exit $result
