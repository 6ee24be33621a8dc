#!/bin/sh
# Plays every flow of this folder by dice: SEEDS=200 games each, unless told otherwise.
here=${top_srcdir:-.}/tests/golden/decision
exec "${top_builddir:-.}/tests/golden/decision/wander" "${SEEDS:-200}" "$here"/*.flow
