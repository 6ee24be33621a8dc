# What environments map, over real HTTP.
TESTS += tests/bind/shop.sh tests/bind/portal.sh
EXTRA_DIST += tests/bind
