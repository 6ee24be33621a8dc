# A program a layer, all from the same main.c: tests/unit/LAYER/suites.def lists its suites.
if HAVE_CUNIT
include tests/unit/base/local.mk
include tests/unit/sys/local.mk
include tests/unit/ir/local.mk
include tests/unit/dsl/local.mk
include tests/unit/lower/local.mk
include tests/unit/core/local.mk
include tests/unit/store/local.mk
include tests/unit/adapters/local.mk
include tests/unit/run/local.mk
include tests/unit/tools/local.mk
include tests/adapters/local.mk
endif
