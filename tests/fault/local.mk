# Every fault point × an order's story.
EXTRA_DIST += %D%/README.md %D%/fault.py tests/support/ground.py
