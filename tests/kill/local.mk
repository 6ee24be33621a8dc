# Random kills under fifty orders, and who judges the outcome.
EXTRA_DIST += %D%/README.md %D%/kill.py
TESTS += tests/kill/check.py
EXTRA_DIST += tests/kill/check.py
