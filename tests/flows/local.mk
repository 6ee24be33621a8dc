TESTS += tests/flows/order_to_cash.sh
EXTRA_DIST += tests/flows/order_to_cash.sh
TESTS += tests/flows/explored.sh
EXTRA_DIST += tests/flows/explored.sh
TESTS += tests/flows/played.sh
EXTRA_DIST += tests/flows/played.sh
