TESTS += tests/flows/order_to_cash.sh
EXTRA_DIST += tests/flows/order_to_cash.sh
