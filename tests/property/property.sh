#!/bin/sh
# Invented flows, played by the engine's heart and by the reference interpreter; FLOWS and SECONDS_MOST for more.
here=${top_srcdir:-.}/tests/property
exec python3 "$here/property.py" --player "${top_builddir:-.}/tests/golden/decision/decision_player" \
    --seed "${SEED:-1}" --flows "${FLOWS:-150}" --seconds "${SECONDS_MOST:-15}"
