# Every fault point × an order's story.
TESTS += tests/fault/fault.py
EXTRA_DIST += %D%/README.md %D%/fault.py %D%/side.flow %D%/bundle.flow tests/support/ground.py
