# What environments map, over real HTTP.
TESTS += tests/bind/shop.sh
EXTRA_DIST += tests/bind
