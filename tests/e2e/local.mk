# Real processes, loopback only, through flowctl and the door.
TESTS += tests/e2e/basics.sh tests/e2e/door.sh tests/e2e/kin.sh tests/e2e/moves.sh tests/e2e/moments.sh tests/e2e/crowd.sh \
    tests/e2e/retention.sh tests/e2e/values.sh tests/e2e/fanout.sh tests/e2e/verbs.py
EXTRA_DIST += tests/e2e
