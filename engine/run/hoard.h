/* The large values of one instance in memory: unpacked once, and shared by what it is and
 * what it may become. */
#ifndef ENGINE_RUN_HOARD_H
#define ENGINE_RUN_HOARD_H

#include "engine/core/shelf.h"

struct held;

struct hoard {
    struct held **at;
    unsigned n;
    size_t bytes; /* of memory */
};

/* As the store hands them out; false: one of them is not what it was written as. */
MUST_USE bool hoard_read(struct hoard *hoard, struct text values, struct err *err);
/* For reading a snapshot, and packing the next one. */
void hoard_shelve(const struct hoard *hoard, struct shelf *shelf);
/* What is used of a shelf on which `before` stood first. */
struct hoard hoard_next(const struct hoard *before, const struct shelf *shelf);
void hoard_drop(struct hoard *hoard);

#endif
