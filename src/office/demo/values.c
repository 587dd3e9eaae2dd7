// SPDX-License-Identifier: Apache-2.0
// Values of the script: what it writes relative to the day and to records is put into the words a
// form would send, and read as the form's.
#include "demo_private.h"

#include "buf.h"
#include "clock.h"
#include "json.h"
#include "str.h"
#include "web.h"

int64_t demo_ref(const struct demo_run *r, const char *name)
{
    const int64_t *id = map_get(&r->refs, name + (*name == '@' || *name == '?'));
    return id ? *id : 0;
}

static enum err bad(struct ctx *c, const struct field *f, const char *text, const char *why)
{
    return fail(c->arena, ERR_INVALID, "%s: “%s”: %s", f->name, text, why);
}

static int64_t fiscal_year(const struct demo_run *r)
{
    struct civil today = civil_from_days(r->today);
    return today.year + (today.month >= 7);
}

// "+14" or "-30" → a day from today; "FY-260" → a day from the first of this fiscal year.
static bool relative_day(
    const struct demo_run *r, struct arena *a, const char *text, size_t len, const char **ret_day)
{
    int64_t from = r->today, days;
    if (str_starts(text, "FY") && len > 2) {
        from = civil_days((int)fiscal_year(r) - 1, 7, 1);
        text += 2;
        len -= 2;
    }
    if ((*text != '+' && *text != '-') ||
        !str_i64(arena_strndup(a, text + (*text == '+'), len - (*text == '+')), &days)) {
        return false;
    }
    *ret_day = civil_date(a, from + days);
    return true;
}

static const char *leaf(struct ctx *c, const struct value *v)
{
    if (v->kind == V_TEXT) {
        return v->text;
    }
    if (v->kind == V_BOOL) {
        return v->yes ? "yes" : "no";
    }
    AUTO_BUF(out, 0);
    json_write(&out, NULL, v);
    return arena_strdup(c->arena, buf_text(&out));
}

// The words that a form would send.
static enum err words(struct demo_run *r, struct ctx *c, const struct field *f,
    const struct value *given, const char **ret_text)
{
    if (given->kind == V_LIST) {
        AUTO_BUF(lines, 0);
        for (size_t i = 0; i < value_len(given); i++) {
            buf_fmt(&lines, "%s%s",
                !i                         ? ""
                : f->type == FIELD_CHOICES ? ","
                                           : "\n",
                leaf(c, value_at(given, i)));
        }
        *ret_text = arena_strdup(c->arena, buf_text(&lines));
        return OK;
    }
    const char *text = leaf(c, given), *day = NULL;
    *ret_text = text;
    if (*text == '@') {
        int64_t id = demo_ref(r, text);
        if (!id) {
            return bad(c, f, text, "nothing of that name was made before");
        }
        *ret_text = ctx_id(c, id);
    } else if (f->type == FIELD_DATE && relative_day(r, c->arena, text, strlen(text), &day)) {
        *ret_text = day;
    } else if (f->type == FIELD_TIME && strchr(text, ' ') &&
               relative_day(r, c->arena, text, strcspn(text, " "), &day)) {
        *ret_text = arena_fmt(c->arena, "%sT%s", day, strchr(text, ' ') + 1);
    } else if (str_ends(f->name, "_fy") && (*text == '+' || *text == '-')) {
        int64_t years = 0;
        if (!str_i64(text + (*text == '+'), &years)) {
            return bad(c, f, text, "years from this fiscal year are written +1");
        }
        *ret_text = arena_fmt(c->arena, "%lld", (long long)fiscal_year(r) + years);
    }
    return OK;
}

enum err demo_value(struct demo_run *r, struct ctx *c, const struct field *f,
    const struct value *given, struct value *ret_v)
{
    const char *text, *why = NULL;
    if (given->kind == V_TEXT && *given->text == '?') {
        int64_t id = demo_ref(r, given->text);
        *ret_v = id ? value_id(id) : VALUE_NULL;
        return OK;
    }
    TRY(words(r, c, f, given, &text));
    struct web_field sent = { f->name, text };
    struct submission s = { .fields = &sent, .n_fields = 1 };
    enum err e = field_read(c, f, &s, ret_v, &why);
    return e == ERR_INVALID && why ? bad(c, f, text, why) : e;
}
