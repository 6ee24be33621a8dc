# What environments map, over real HTTP.
TESTS += tests/bind/shop.sh tests/bind/portal.sh tests/bind/secret.sh tests/bind/folder.sh
EXTRA_DIST += tests/bind
