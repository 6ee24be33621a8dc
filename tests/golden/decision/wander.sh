#!/bin/sh
# Plays every flow of this folder, and the shipped order to cash, by dice: SEEDS=200 games each, unless told otherwise.
here=${top_srcdir:-.}/tests/golden/decision
exec "${top_builddir:-.}/tests/golden/decision/wander" "${SEEDS:-200}" "$here"/*.flow \
    "$here"/../../../flows/order_to_cash.flow
