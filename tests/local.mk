include tests/unit/local.mk
include tests/fuzz/local.mk
include tests/tools/local.mk
include tests/store/local.mk
include tests/golden/local.mk
include tests/sandbox/local.mk
include tests/golden/decision/local.mk
include tests/flows/local.mk
