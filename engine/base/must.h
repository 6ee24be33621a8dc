/* must(): claims about our own code that stay on in every build. */
#ifndef ENGINE_BASE_MUST_H
#define ENGINE_BASE_MUST_H

/* A false claim is a bug of ours, never bad input: the process says its last words and
 * ends. The store is sound by construction, so another node, or the next start, goes on.
 */
#define must(claim) ((claim) ? (void)0 : must_failed(#claim, __FILE__, __LINE__))

/* What happens then. engine/sys/panic replaces it by one that writes a report. */
extern void (*must_hook)(const char *claim, const char *file, int line);

_Noreturn void must_failed(const char *claim, const char *file, int line);

#define MUST_USE               __attribute__((warn_unused_result))
#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))

#endif
