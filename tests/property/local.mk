# Random flows against a small interpreter of the language.
TESTS += tests/property/property.sh
EXTRA_DIST += tests/property
