include tests/unit/local.mk
include tests/fuzz/local.mk
include tests/tools/local.mk
<<<<<<< HEAD
include tests/store/local.mk
=======
include tests/golden/local.mk
>>>>>>> 79ad430 (What the compiler says is held to examples, wrong flow by wrong flow)
