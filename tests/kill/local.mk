# Random kills under fifty orders, and who judges the outcome.
TESTS += tests/kill/check.py tests/kill/kill.py
EXTRA_DIST += %D%/README.md tests/kill/check.py tests/kill/kill.py
