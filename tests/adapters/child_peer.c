/* A scripted child that speaks the process convention: the operation says what it does.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

extern char **environ;

static json_int_t late_id;

static void reply(json_int_t id, const char *rest)
{
    printf("{\"id\":%lld,%s}\n", (long long)id, rest);
}

static void does_value(json_int_t id)
{
    reply(id, "\"ok\":{\"said\":\"value\"}");
    if (late_id != 0)
        reply(late_id, "\"ok\":{\"said\":\"late\"}");
    late_id = 0;
}

static void does_nothing(json_int_t id)
{
    reply(id, "\"ok\":null");
}

static void does_refused(json_int_t id)
{
    reply(id, "\"error\":\"Refused\",\"args\":{\"why\":\"no\"}");
}

static void does_undeclared(json_int_t id)
{
    reply(id, "\"error\":\"Unheard\"");
}

static void does_silent(json_int_t id)
{
    (void)id;
}

static void does_late(json_int_t id) /* answered behind the next `value` */
{
    late_id = id;
}

static void does_twice(json_int_t id)
{
    does_value(id);
    does_value(id);
}

static void does_huge(json_int_t id)
{
    printf("{\"id\":%lld,\"ok\":\"", (long long)id);
    for (int i = 0; i < 3 << 20; i++)
        putchar('x');
    printf("\"}\n");
}

static void does_drip(json_int_t id)
{
    printf("{\"id\":%lld,\"ok\":\"", (long long)id);
    while (putchar('x') != EOF && fflush(stdout) == 0)
        usleep(5000);
}

static void does_unfit(json_int_t id)
{
    reply(id, "\"result\":7");
}

static void does_garbage(json_int_t id)
{
    (void)id;
    printf("Traceback (most recent call last):\n");
}

static void does_half(json_int_t id)
{
    printf("{\"id\":%lld,\"ok\":", (long long)id);
    fflush(stdout);
    exit(3);
}

static void does_closed(json_int_t id)
{
    (void)id;
    fclose(stdout);
    while (getchar() != EOF)
        ;
}

static void does_reset(json_int_t id)
{
    (void)id;
    abort();
}

static void does_unavailable(json_int_t id)
{
    reply(id, "\"unavailable\":\"busy\"");
}

static void does_in_doubt(json_int_t id)
{
    reply(id, "\"in_doubt\":\"who knows\"");
}

static void does_broken(json_int_t id)
{
    reply(id, "\"broken\":\"no such thing\"");
}

static void does_unknown(json_int_t id)
{
    reply(id + 1000000, "\"ok\":7");
    reply(-1, "\"ok\":7");
    printf("{\"id\":\"x\",\"ok\":7}\n[7]\n\n");
    does_value(id);
}

static void does_deaf(json_int_t id) /* reads no more, and dies when the pipe is full */
{
    (void)id;
    int waiting = 0;
    while (ioctl(0, FIONREAD, &waiting) == 0 && waiting < 60000)
        usleep(1000);
    _exit(4);
}

static void does_env(json_int_t id)
{
    printf("{\"id\":%lld,\"ok\":[", (long long)id);
    for (char **at = environ; *at != NULL; at++)
        printf("%s\"%.*s\"", at == environ ? "" : ",", (int)strcspn(*at, "="), *at);
    printf("]}\n");
}

static const struct {
    const char *name;
    void (*does)(json_int_t id);
} script[] = {
#define DOES(name)                                                                       \
    {                                                                                    \
#name, does_##name                                                               \
    }
    DOES(value),    DOES(nothing), DOES(refused), DOES(undeclared), DOES(silent),
    DOES(late),     DOES(twice),   DOES(huge),    DOES(drip),       DOES(unfit),
    DOES(garbage),  DOES(half),    DOES(closed),  DOES(reset),      DOES(unavailable),
    DOES(in_doubt), DOES(broken),  DOES(unknown), DOES(deaf),       DOES(env),
#undef DOES
};

int main(int argc, char **argv)
{
    static char line[8 << 20];
    if (argc > 1)
        fprintf(stderr, "started with %s\n", argv[1]);
    while (fgets(line, sizeof line, stdin) != NULL) {
        json_t *request = json_loads(line, 0, NULL);
        const char *op = json_string_value(json_object_get(request, "op"));
        json_int_t id = json_integer_value(json_object_get(request, "id"));
        bool is_known = false;
        for (size_t i = 0; op != NULL && i < sizeof script / sizeof *script; i++)
            if (strcmp(script[i].name, op) == 0) {
                is_known = true;
                script[i].does(id);
            }
        if (op != NULL && strcmp(op, "echo") == 0) /* the request itself is the result */
            printf("{\"id\":%lld,\"ok\":%.*s}\n", (long long)id, (int)strcspn(line, "\n"),
                   line);
        else if (!is_known)
            reply(id, "\"broken\":\"unknown\"");
        fflush(stdout);
        json_decref(request);
    }
    return 0;
}
