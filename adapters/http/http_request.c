/* A call as an HTTP request, by the convention of the contract. */
#include "adapters/http/http_request.h"

#include <inttypes.h>
#include <strings.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/json.h"

/* ---- headers: libcurl's list, its nodes on an arena ---- */

struct headers {
    struct arena *arena;
    struct curl_slist *first;
};

/* A line end or another control character in a value would be a header of its own. */
static bool is_header_value(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if ((unsigned char)t.chars[i] < ' ' || t.chars[i] == 0x7f)
            return false;
    return true;
}

static bool is_header_name(struct text t)
{
    for (size_t i = 0; i < t.n; i++)
        if (memchr("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                   t.chars[i], 77) == NULL)
            return false;
    return t.n > 0;
}

static void header_put(struct headers *headers, char *line)
{
    struct curl_slist *node = arena_new_of(headers->arena, struct curl_slist);
    *node = (struct curl_slist){.data = line, .next = headers->first};
    headers->first = node;
}

/* An empty value is not sent. */
static bool header_add(struct headers *headers, const char *name, struct text value,
                       struct err *err)
{
    if (value.n == 0)
        return true;
    if (!is_header_value(value))
        return err_set(err, ERR_BAD_DATA,
                       "the value of %s holds a line end or another control character",
                       name);
    size_t name_n = strlen(name);
    char *line = arena_alloc(headers->arena, name_n + 2 + value.n + 1);
    memcpy(line, name, name_n);
    memcpy(line + name_n, ": ", 2);
    memcpy(line + name_n + 2, value.chars, value.n);
    header_put(headers, line);
    return true;
}

/* ---- the site ---- */

static bool url_check(struct text url, struct err *err)
{
    bool is_https = text_starts(url, TEXT("https://"));
    if (!is_https && !text_starts(url, TEXT("http://")))
        return err_set(err, ERR_BAD_DATA,
                       "the url begins neither with http:// nor with https://");
    struct text rest = text_cut(url, is_https ? 8 : 7, url.n);
    for (size_t i = 0; i < url.n; i++)
        if ((unsigned char)url.chars[i] <= ' ' || url.chars[i] == 0x7f)
            return err_set(err, ERR_BAD_DATA,
                           "the url holds a blank or a control character");
    if (memchr(rest.chars, '?', rest.n) != NULL ||
        memchr(rest.chars, '#', rest.n) != NULL)
        return err_set(err, ERR_BAD_DATA,
                       "the url has a query or a fragment: the name of the operation is "
                       "put behind it");
    struct text host = text_split(&rest, '/');
    if (host.n == 0)
        return err_set(err, ERR_BAD_DATA, "the url names no host");
    if (memchr(host.chars, '@', host.n) != NULL) {
        err_set(err, ERR_BAD_DATA, "the url holds a user or a password");
        return err_hint(err, "say header \"Authorization\": \"Basic {secret(\"…\")}\"");
    }
    return true;
}

/* Those that say how the message is cut, or that the convention owns. */
const char *const http_not_free[] = {"Content-Length",
                                     "Transfer-Encoding",
                                     "Connection",
                                     "Expect",
                                     "Content-Type",
                                     "Idempotency-Key",
                                     "Flow-Instance",
                                     "Flow-Step",
                                     "Flow-Attempt",
                                     "Correlation-Id",
                                     "traceparent",
                                     "Upgrade",
                                     "TE",
                                     "Trailer",
                                     NULL};

static bool is_free(struct text name)
{
    for (size_t i = 0; http_not_free[i] != NULL; i++)
        if (strlen(http_not_free[i]) == name.n &&
            strncasecmp(name.chars, http_not_free[i], name.n) == 0)
            return false;
    return true;
}

static void hide(struct arena *life, struct http_site *site, struct text value)
{
    struct text whole = text_dup(life, value), last = whole;
    for (size_t i = whole.n; i > 0 && last.n == whole.n; i--)
        if (whole.chars[i - 1] == ' ')
            last = text_cut(whole, i, whole.n - i);
    site->hidden[site->hidden_n++] = whole;
    site->hidden[site->hidden_n++] = last;
}

bool http_site_open(struct arena *life, struct text url, const json_t *configured,
                    struct http_site *site, struct err *err)
{
    *site = (struct http_site){0};
    if (!url_check(url, err))
        return false;
    while (url.n > 0 && url.chars[url.n - 1] == '/')
        url.n--;
    site->url = text_dup(life, url);
    site->hidden = arena_array(life, struct text, 2 * json_object_size(configured) + 1);
    struct headers headers = {.arena = life};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)configured, name, value)
    {
        if (!is_header_name(text_of(name)) || !is_free(text_of(name)))
            return err_set(err, ERR_BAD_DATA, "\"%.63s\" cannot be set as a header",
                           name);
        if (!header_add(&headers, name, json_text_of(value), err))
            return false;
        hide(life, site, json_text_of(value));
    }
    header_put(&headers, text_chars(life, TEXT("Content-Type: application/json")));
    header_put(&headers, text_chars(life, TEXT("Accept: application/json")));
    /* An empty one takes libcurl's own away: nobody waits for "100 Continue". */
    header_put(&headers, text_chars(life, TEXT("Expect:")));
    header_put(&headers, text_chars(life, TEXT("User-Agent: orderly")));
    site->headers = headers.first;
    return true;
}

/* ---- the request ---- */

static const char *url_of(struct arena *arena, const struct http_site *site,
                          struct text operation)
{
    static const char hex[] = "0123456789ABCDEF";
    char *url = arena_alloc(arena, site->url.n + 1 + 3 * operation.n + 1);
    memcpy(url, site->url.chars, site->url.n);
    char *to = url + site->url.n;
    *to++ = '/';
    for (size_t i = 0; i < operation.n; i++) {
        unsigned char c = (unsigned char)operation.chars[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
            c == '_' || c == '-' || c == '.') {
            *to++ = (char)c;
            continue;
        }
        *to++ = '%';
        *to++ = hex[c >> 4];
        *to++ = hex[c & 15];
    }
    return url;
}

/* What the mapping of the operation says, where it says something. */
static bool apply_mapping(struct arena *arena, const struct http_site *site,
                          const struct call_request *mapped, struct headers *headers,
                          struct curl_request *request, struct err *err)
{
    for (uint32_t i = 0; i < mapped->headers_n; i++) {
        const struct call_header *header = &mapped->headers[i];
        if (!is_header_name(header->name) || !is_free(header->name))
            return err_set(err, ERR_BAD_DATA,
                           "\"" TEXT_FMT "\" cannot be set as a header",
                           TEXT_ARG(header->name));
        if (!header_add(headers, text_chars(arena, header->name), header->value, err))
            return false;
    }
    if (mapped->has_body)
        request->body = mapped->body;
    if (mapped->method.n == 0)
        return true;
    request->url = arena_printf(arena, TEXT_FMT TEXT_FMT, TEXT_ARG(site->url),
                                TEXT_ARG(mapped->target));
    request->method = text_chars(arena, mapped->method);
    request->has_no_body = !mapped->has_body && (text_is_chars(mapped->method, "GET") ||
                                                 text_is_chars(mapped->method, "DELETE"));
    return true;
}

bool http_request(struct arena *arena, const struct http_site *site,
                  const struct call *call, struct curl_request *request, struct err *err)
{
    struct headers headers = {.arena = arena, .first = site->headers};
    char attempt[16];
    int attempt_n = snprintf(attempt, sizeof attempt, "%" PRIu32, call->attempt);
    if (!header_add(&headers, "Flow-Instance", call->instance, err) ||
        !header_add(&headers, "Flow-Step", call->step, err) ||
        !header_add(&headers, "Flow-Attempt", (struct text){attempt, (size_t)attempt_n},
                    err) ||
        !header_add(&headers, "Correlation-Id", call->correlation, err) ||
        !header_add(&headers, "traceparent", call->traceparent, err) ||
        !header_add(&headers, "Idempotency-Key", call->key, err))
        return false;
    request->url = url_of(arena, site, call->operation);
    request->method = NULL;
    request->has_no_body = false;
    request->within_us = call->within_us;
    if (call->request == NULL || !call->request->has_body)
        request->body = json_write(arena, call->args);
    if (call->request != NULL &&
        !apply_mapping(arena, site, call->request, &headers, request, err))
        return false;
    request->headers = headers.first;
    return true;
}
