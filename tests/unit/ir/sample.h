/* An image that has at least one row of every array: what these tests pack, doctor and
 * print. */
#ifndef TESTS_UNIT_IR_SAMPLE_H
#define TESTS_UNIT_IR_SAMPLE_H

#include "dsl/ir_build.h"

/* Sound: ir_verify() takes it. */
struct ir *sample_image(struct arena *arena);

#endif
