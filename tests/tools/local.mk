# Programs of tools/, as people use them.
TESTS += tests/tools/diagnostics.sh tests/tools/pictures.sh tests/tools/schema.sh tests/tools/flowctl.sh tests/tools/doctor.sh tests/tools/flowctl_story.sh
EXTRA_DIST += tests/tools
