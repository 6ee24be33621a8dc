/* Diagnostics as SARIF 2.1.0, for programs that gather what many tools say. */
#include "dsl/diag.h"
#include "engine/base/arena.h"

/* A path as the URI reference it is: what is no letter of one is escaped. */
static void uri(struct buf *out, struct text path)
{
    static const char plain[] = "-._~/";
    buf_chars(out, "\"uri\":\"");
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.chars[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || (c != 0 && strchr(plain, c) != NULL);
        if (is_plain)
            buf_char(out, (char)c);
        else
            buf_printf(out, "%%%02X", c);
    }
    buf_char(out, '"');
}

static const char *level(enum diag_severity severity)
{
    return severity == DIAG_ERROR     ? "error"
           : severity == DIAG_WARNING ? "warning"
                                      : "note";
}

static void message(struct buf *out, const char *name, struct text text)
{
    buf_printf(out, "\"%s\":{\"text\":", name);
    diag_json_text(out, text);
    buf_char(out, '}');
}

static void region(struct buf *out, const char *name, struct span span)
{
    buf_printf(
        out,
        "\"%s\":{\"startLine\":%u,\"startColumn\":%u,\"endLine\":%u,\"endColumn\":%u}",
        name, span.line, span.column, span.end_line, span.end_column);
}

static void place(struct buf *out, struct span span)
{
    buf_chars(out, "\"physicalLocation\":{\"artifactLocation\":{");
    uri(out, span.source->path);
    buf_chars(out, "},");
    region(out, "region", span);
    buf_char(out, '}');
}

static void rule(struct buf *out, enum diag_code code)
{
    buf_printf(out, "{\"id\":\"%s\",", diag_name(code));
    message(out, "shortDescription", text_of(diag_title(code)));
    buf_char(out, ',');
    message(out, "fullDescription", text_of(diag_essay(code)));
    buf_printf(out, ",\"defaultConfiguration\":{\"level\":\"%s\"}}",
               level(diag_severity(code)));
}

/* What is said, and beside the mark, and why: a viewer shows one text. */
static void whole_message(struct buf *out, struct arena *compile, const struct diag *diag)
{
    struct buf text;
    buf_init(&text, compile);
    buf_text(&text, diag->message);
    if (diag->primary.label.n > 0)
        buf_printf(&text, ": " TEXT_FMT, TEXT_ARG(diag->primary.label));
    if (diag->why.n > 0)
        buf_printf(&text, "\n" TEXT_FMT, TEXT_ARG(diag->why));
    if (diag->help.n > 0)
        buf_printf(&text, "\nhelp: " TEXT_FMT, TEXT_ARG(diag->help));
    message(out, "message", buf_done(&text));
}

static void related(struct buf *out, const struct diag *diag)
{
    buf_chars(out, ",\"relatedLocations\":[");
    for (uint32_t i = 0; i < diag->related_n; i++) {
        buf_printf(out, "%s{\"id\":%u,", i == 0 ? "" : ",", i + 1);
        place(out, diag->related[i].span);
        buf_char(out, ',');
        message(out, "message", diag->related[i].label);
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

static void fix(struct buf *out, const struct diag *diag)
{
    buf_chars(out, ",\"fixes\":[{");
    message(out, "description", diag->help.n > 0 ? diag->help : diag->primary.label);
    buf_chars(out, ",\"artifactChanges\":[");
    for (uint32_t i = 0; i < diag->edits_n; i++) {
        const struct diag_edit *edit = &diag->edits[i];
        buf_printf(out, "%s{\"artifactLocation\":{", i == 0 ? "" : ",");
        uri(out, edit->at.source->path);
        buf_chars(out, "},\"replacements\":[{");
        region(out, "deletedRegion", edit->at);
        buf_char(out, ',');
        message(out, "insertedContent", edit->text);
        buf_chars(out, "}]}");
    }
    buf_chars(out, "]}]");
}

static void result(struct buf *out, struct arena *compile, const struct diag *diag)
{
    buf_printf(out, "{\"ruleId\":\"%s\",\"ruleIndex\":%d,\"level\":\"%s\",",
               diag_name(diag->code), (int)diag->code, level(diag->severity));
    whole_message(out, compile, diag);
    buf_chars(out, ",\"locations\":[");
    if (diag->primary.span.source != NULL) {
        buf_char(out, '{');
        place(out, diag->primary.span);
        buf_char(out, '}');
    }
    buf_char(out, ']');
    if (diag->related_n > 0)
        related(out, diag);
    if (diag->edits_n > 0)
        fix(out, diag);
    buf_char(out, '}');
}

void diags_sarif(struct buf *out, const struct diags *diags, bool lints)
{
    bool is_first = true;
    buf_chars(out,
              "{\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\","
              "\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"flowc\","
              "\"rules\":[");
    for (int code = 0; code < DIAG_CODES; code++) {
        buf_chars(out, code == 0 ? "\n" : ",\n");
        rule(out, (enum diag_code)code);
    }
    buf_chars(out, "]}},\n\"columnKind\":\"unicodeCodePoints\",\"results\":[");
    for (uint32_t i = 0; i < diags->n; i++) {
        if (diags->at[i]->severity == DIAG_LINT && !lints)
            continue;
        buf_chars(out, is_first ? "\n" : ",\n");
        result(out, diags->compile, diags->at[i]);
        is_first = false;
    }
    buf_chars(out, "]}]}\n");
}
