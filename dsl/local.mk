# The image (what the engine sees of the compiler), and the compiler itself.
include dsl/ir.mk
include dsl/front.mk
