include engine/base/local.mk
include engine/sys/local.mk
include engine/core/local.mk
include engine/store/local.mk
include engine/run/local.mk
include engine/api/local.mk
