/* SVG, by running Graphviz: its text in a file without a name, its picture in another. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/limits.h"
#include "tools/graph/graph.h"

enum { LOOK_MS = 10 };

extern char **environ;

struct drawing {
    FILE *in;
    FILE *out;
    FILE *said;
};

static void drawing_close(struct drawing *d)
{
    FILE *files[] = {d->in, d->out, d->said};
    for (size_t i = 0; i < 3; i++)
        if (files[i] != NULL)
            (void)fclose(files[i]);
}
#define scoped_drawing __attribute__((cleanup(drawing_close)))

static bool drawing_open(struct drawing *d, struct text dot, struct err *err)
{
    d->in = tmpfile();
    d->out = tmpfile();
    d->said = tmpfile();
    if (d->in == NULL || d->out == NULL || d->said == NULL ||
        fwrite(dot.chars, 1, dot.n, d->in) != dot.n || fflush(d->in) != 0)
        return err_set(err, ERR_FAILED, "cannot keep a file for Graphviz: %s",
                       strerror(errno));
    rewind(d->in);
    return true;
}

static bool start(const struct drawing *d, pid_t *child, struct err *err)
{
    char *words[] = {"dot", "-Tsvg", NULL};
    int its[] = {fileno(d->in), fileno(d->out), fileno(d->said)};
    posix_spawn_file_actions_t actions;
    must(posix_spawn_file_actions_init(&actions) == 0);
    for (int i = 0; i < 3; i++)
        must(posix_spawn_file_actions_adddup2(&actions, its[i], i) == 0);
    int failed = posix_spawnp(child, "dot", &actions, NULL, words, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failed == 0)
        return true;
    err_set(err, ERR_FAILED, "Graphviz is not here: no program `dot`");
    return err_hint(err, "install the package graphviz, or take --dot or --mermaid");
}

/* It draws large flows in a second; one that does not come to an end is ended. */
static bool wait_for(pid_t child, int *status)
{
    const struct timespec nap = {0, LOOK_MS * 1000000L};
    for (int waited = 0; waited < LIMIT_DRAWING_SECONDS * 1000; waited += LOOK_MS) {
        pid_t ended = waitpid(child, status, WNOHANG);
        if (ended == child || (ended < 0 && errno != EINTR))
            return ended == child;
        nanosleep(&nap, NULL);
    }
    kill(child, SIGKILL);
    while (waitpid(child, status, 0) < 0 && errno == EINTR)
        ;
    return false;
}

static bool read_all(struct arena *arena, FILE *file, struct text *out)
{
    struct buf all;
    char piece[16384];
    size_t n;
    buf_init(&all, arena);
    rewind(file);
    while ((n = fread(piece, 1, sizeof piece, file)) > 0) {
        if (all.n + n > LIMIT_DRAWING_BYTES)
            return false;
        buf_add(&all, piece, n);
    }
    *out = buf_done(&all);
    return ferror(file) == 0;
}

static bool run_dot(struct arena *arena, struct text dot, struct text *svg,
                    struct err *err)
{
    pid_t child;
    int status = 0;
    struct text said = TEXT("");
    scoped_drawing struct drawing d = {0};
    if (!drawing_open(&d, dot, err) || !start(&d, &child, err))
        return false;
    if (!wait_for(child, &status))
        return err_set(err, ERR_TIMED_OUT, "Graphviz took longer than %d seconds",
                       LIMIT_DRAWING_SECONDS);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && read_all(arena, d.out, svg) &&
        svg->n > 0)
        return true;
    (void)read_all(arena, d.said, &said);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        err_set(err, ERR_FAILED, "Graphviz is not here: no program `dot`");
        return err_hint(err, "install the package graphviz, or take --dot or --mermaid");
    }
    return err_set(err, ERR_FAILED, "Graphviz draws nothing: " TEXT_FMT,
                   TEXT_ARG(text_trim(said)));
}

/* ---- light and dark ---- */

static const char colours[] =
    "svg text{font-family:Helvetica,Arial,\"Liberation Sans\",sans-serif}\n"
    "@media (prefers-color-scheme:dark){\n"
    ".flow>path,.flow>polygon,.nested>path{stroke:#475569}\n"
    ".cluster text{fill:#cbd5e1}\n"
    ".node.state path,.node.state polygon{fill:#1e3048;stroke:#7aa2d6}\n"
    ".node.state text{fill:#dbe8f8}\n"
    ".node.own path{fill:none;stroke:#7a8aa0}\n"
    ".node.own text{fill:#cbd5e1}\n"
    ".node.letter polygon,.node.letter polyline{fill:#3a2d0d;stroke:#e0a93a}\n"
    ".node.letter text{fill:#f8e3b0}\n"
    ".node.final polygon,.node.start ellipse{fill:#e5e7eb;stroke:#e5e7eb}\n"
    ".node.final text{fill:#111827}\n"
    ".edge path{stroke:#94a3b8}.edge polygon{fill:#94a3b8;stroke:#94a3b8}\n"
    ".edge text{fill:#cbd5e1}\n"
    ".edge.main path{stroke:#7aa2ff}.edge.main polygon{fill:#7aa2ff;stroke:#7aa2ff}\n"
    ".edge.refer path{stroke:#e0a93a}.edge.refer polygon{fill:#e0a93a;stroke:#e0a93a}\n"
    ".edge.refer text{fill:#f0c36d}\n"
    "}\n";

struct text graph_colours(void)
{
    return (struct text){colours, sizeof colours - 1};
}

/* The text behind the first `word`; empty when it is not there. */
static struct text behind(struct text t, struct text word)
{
    for (size_t i = 0; i + word.n <= t.n; i++)
        if (text_is(text_cut(t, i, word.n), word))
            return text_cut(t, i + word.n, t.n);
    return TEXT("");
}

/* In a page there may be several pictures, and each of Graphviz' ids is in each of them.
 */
static void write_without_ids(struct buf *out, struct text body)
{
    static const struct text id = {" id=\"", 5};
    while (body.n > 0) {
        size_t n = 0;
        while (n < body.n && !text_is(text_cut(body, n, id.n), id))
            n++;
        buf_text(out, text_cut(body, 0, n));
        body = text_cut(body, n, body.n);
        if (body.n > 0) {
            body = text_cut(body, id.n, body.n);
            (void)text_split(&body, '"');
        }
    }
}

bool graph_svg(struct arena *arena, struct text dot, bool is_alone, struct text *svg,
               struct err *err)
{
    struct text drawn;
    struct buf out;
    if (!run_dot(arena, dot, &drawn, err))
        return false;
    struct text tag = behind(drawn, TEXT("<svg")), body = behind(tag, TEXT(">"));
    if (body.n == 0)
        return err_set(err, ERR_FAILED, "Graphviz gives something that is no SVG");
    buf_init(&out, arena);
    if (is_alone)
        buf_chars(&out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    buf_chars(&out, "<svg");
    buf_text(&out, text_cut(tag, 0, tag.n - body.n));
    if (is_alone) {
        buf_chars(&out, "\n<style>\nsvg{background:#ffffff}\n");
        buf_chars(&out, "@media (prefers-color-scheme:dark){svg{background:#0f172a}}\n");
        buf_text(&out, graph_colours());
        buf_chars(&out, "</style>");
    }
    if (is_alone)
        buf_text(&out, body);
    else
        write_without_ids(&out, body);
    *svg = buf_done(&out);
    return true;
}
