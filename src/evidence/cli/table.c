// SPDX-License-Identifier: Apache-2.0
// A report for people. The order is the one it was built in: what matters first.
#include "internal.h"

#include "json.h"

enum { CELL = 48, COLUMNS_MAX = 24, KEY_WIDTH = 24, TEXT_WIDTH = 76 };

// ---- Words for keys ----------------------------------------------------------------------------

static const struct label {
    const char *key, *words;
    bool unless_zero; // 0 says nothing
} labels[] = {
    { "anytime", "holds at every look", false },
    { "benefit", "chance of net benefit", false },
    { "clusters", "units", true },
    { "clusters0", "units, comparison", true },
    { "clusters1", "units, treated", true },
    { "convention", "formula", false },
    { "detectable", "detectable effect", false },
    { "df", "degrees of freedom", false },
    { "dropped", "left out", false },
    { "grade", "strength of evidence", false },
    { "i2", "I2, percent", false },
    { "exact", "interval, exact", false },
    { "input", "data, SHA-256", false },
    { "level", "level of intervals", false },
    { "log_e", "ln of the e-value", false },
    { "mc_error", "error of simulation", false },
    { "mean0", "mean, comparison", false },
    { "mean1", "mean, treated", false },
    { "miettinen_nurminen", "interval, Miettinen", false },
    { "n", "rows used", false },
    { "n0", "number, comparison", false },
    { "n1", "number, treated", false },
    { "n_dropped", "rows left out", true },
    { "nesta_level", "Nesta level", false },
    { "newcombe", "interval, Newcombe", false },
    { "npv", "negative predictive", false },
    { "p", "p-value", false },
    { "ppv", "positive predictive", false },
    { "q", "Cochran's Q", false },
    { "q_p", "p-value of Q", false },
    { "sd0", "sd, comparison", false },
    { "sd1", "sd, treated", false },
    { "se", "standard error", false },
    { "share0", "share, comparison", false },
    { "share1", "share, treated", false },
    { "tau2", "variance between", false },
    { "wald_unbiased", "interval, Wald, n - 1", false },
    { "warnings_words", "mind", false },
    { "wilson", "interval, Wilson", false },
    { "wilson0", "Wilson, comparison", false },
    { "wilson1", "Wilson, treated", false },
    { "worthwhile", "chance worth having", false },
    { "x0", "successes, comparison", false },
    { "x1", "successes, treated", false },
};

static const struct label *label_of(const char *key)
{
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        if (strcmp(labels[i].key, key) == 0) {
            return &labels[i];
        }
    }
    return NULL;
}

// The key in words: its own, with blanks, where there are none.
static const char *words_of(const char *key, char buf[CELL])
{
    const struct label *l = label_of(key);
    snprintf(buf, CELL, "%s", l ? l->words : key);
    for (char *c = buf; *c && !l; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    return buf;
}

static const struct ev_member *member_of(const struct ev_json *o, const char *key)
{
    for (size_t i = 0; i < o->n; i++) {
        if (strcmp(o->member[i].key, key) == 0) {
            return &o->member[i];
        }
    }
    return NULL;
}

// The limits of an interval; false for any other object.
static bool limits_of(const struct ev_member *m, const struct ev_member *ret_limits[2])
{
    if (m->kind != EV_OBJECT) {
        return false;
    }
    ret_limits[0] = member_of(m->inner, "lo");
    ret_limits[1] = member_of(m->inner, "hi");
    return ret_limits[0] && ret_limits[1];
}

static bool known(const struct ev_member *m)
{
    const struct ev_member *limits[2];
    if (limits_of(m, limits)) {
        return !isnan(limits[0]->number) && !isnan(limits[1]->number);
    }
    return m->kind != EV_NUMBER || !isnan(m->number);
}

// What is not known, or counts nothing, is not worth a line.
static bool says_something(const struct ev_member *m)
{
    const struct label *l = label_of(m->key);
    bool nothing = m->kind == EV_NUMBER && l && l->unless_zero && m->number == 0;
    return known(m) && !nothing && !(m->kind == EV_TEXT && m->text[0] == '\0');
}

// ---- Cells -------------------------------------------------------------------------------------

// Six digits that count, without a power of ten where people would rather read zeros.
static void number_text(double x, char *buf, size_t size)
{
    if (isinf(x) || x == 0 || fabs(x) < 1e-5 || fabs(x) >= 1e12) {
        snprintf(buf, size, "%.6g", x);
        return;
    }
    int decimals = 5 - (int)floor(log10(fabs(x)));
    snprintf(buf, size, "%.*f", decimals < 0 ? 0 : decimals, x);
    size_t len = strlen(buf);
    while (decimals > 0 && len > 1 && buf[len - 1] == '0') {
        buf[--len] = '\0';
    }
    if (decimals > 0 && (buf[len - 1] < '0' || buf[len - 1] > '9')) {
        buf[len - 1] = '\0'; // the decimal mark
    }
}

static void cell_text(const struct ev_member *m, char *buf, size_t size)
{
    const struct ev_member *limits[2];
    if (!known(m)) {
        snprintf(buf, size, "-");
    } else if (limits_of(m, limits)) {
        char low[CELL / 2 - 4];
        char high[CELL / 2 - 4];
        number_text(limits[0]->number, low, sizeof(low));
        number_text(limits[1]->number, high, sizeof(high));
        snprintf(buf, size, "%s to %s", low, high);
    } else if (m->kind == EV_NUMBER) {
        number_text(m->number, buf, size);
    } else if (m->kind == EV_BOOL) {
        snprintf(buf, size, "%s", m->number != 0 ? "yes" : "no");
    } else if (m->kind == EV_TEXT) {
        snprintf(buf, size, "%s", m->text);
    } else {
        snprintf(buf, size, "...");
    }
}

// TEXT over as many lines as it needs, after a key on the first; both may be "".
static void print_text(const char *key, const char *text, int indent, FILE *out)
{
    size_t most = (size_t)(TEXT_WIDTH - indent);
    do {
        size_t len = strlen(text);
        if (len > most) {
            size_t at = most;
            while (at > 0 && text[at] != ' ') {
                at--;
            }
            len = at > 0 ? at : strcspn(text, " ");
        }
        fprintf(out, "%-*s%.*s\n", indent, key, (int)len, text);
        key = "";
        text += len;
        text += strspn(text, " ");
    } while (*text);
}

// A column of what is nowhere known is left out.
static bool known_somewhere(const struct ev_json *array, const char *key)
{
    for (size_t i = 0; i < array->n; i++) {
        const struct ev_member *m = member_of(array->member[i].inner, key);
        if (m && known(m)) {
            return true;
        }
    }
    return false;
}

// One line an element, one column a key of the first element that is no object itself.
static void print_columns(const struct ev_json *array, FILE *out)
{
    const struct ev_json *first = array->member[0].inner;
    const char *keys[COLUMNS_MAX];
    int width[COLUMNS_MAX];
    size_t n = 0;
    char buf[CELL];
    for (size_t i = 0; i < first->n && n < COLUMNS_MAX; i++) {
        const struct ev_member *limits[2];
        bool shown = first->member[i].kind < EV_OBJECT || limits_of(&first->member[i], limits);
        if (shown && known_somewhere(array, first->member[i].key)) {
            keys[n] = first->member[i].key;
            width[n++] = (int)strlen(first->member[i].key);
        }
    }
    for (size_t i = 0; i < array->n; i++) {
        for (size_t k = 0; k < n; k++) {
            const struct ev_member *m = member_of(array->member[i].inner, keys[k]);
            if (m) {
                cell_text(m, buf, sizeof(buf));
                width[k] = (int)strlen(buf) > width[k] ? (int)strlen(buf) : width[k];
            }
        }
    }
    for (size_t k = 0; k < n; k++) {
        fprintf(out, "  %*s", width[k], keys[k]);
    }
    fputc('\n', out);
    for (size_t i = 0; i < array->n; i++) {
        for (size_t k = 0; k < n; k++) {
            const struct ev_member *m = member_of(array->member[i].inner, keys[k]);
            buf[0] = '\0';
            if (m) {
                cell_text(m, buf, sizeof(buf));
            }
            fprintf(out, "  %*s", width[k], buf);
        }
        fputc('\n', out);
    }
}

static void print_line(const char *key, const char *text, FILE *out)
{
    fprintf(out, "%-*s  %s\n", KEY_WIDTH, key, text);
}

static void print_array(const char *key, const struct ev_json *array, FILE *out)
{
    char buf[CELL];
    if (array->n == 0) {
        return;
    }
    if (array->member[0].kind == EV_OBJECT) {
        fprintf(out, "\n%s\n", key);
        print_columns(array, out);
        fputc('\n', out);
        return;
    }
    if (array->member[0].kind == EV_TEXT) {
        for (size_t i = 0; i < array->n; i++) {
            print_text(i == 0 ? key : "", array->member[i].text, KEY_WIDTH + 2, out);
        }
        return;
    }
    fprintf(out, "%-*s ", KEY_WIDTH, key);
    for (size_t i = 0; i < array->n; i++) {
        cell_text(&array->member[i], buf, sizeof(buf));
        fprintf(out, " %s", buf);
    }
    fputc('\n', out);
}

static void print_object(const char *key, const struct ev_json *o, FILE *out)
{
    char buf[CELL];
    char words[CELL];
    bool any = false;
    for (size_t i = 0; i < o->n; i++) {
        const struct ev_member *m = &o->member[i];
        // None left out for this reason, and the like.
        bool nothing = m->kind == EV_NUMBER && m->number == 0;
        if (m->kind < EV_OBJECT && says_something(m) && !nothing) {
            cell_text(m, buf, CELL);
            fprintf(out, "%-*s  %s %s\n", KEY_WIDTH, any ? "" : key, words_of(m->key, words), buf);
            any = true;
        }
    }
    for (size_t i = 0; i < o->n; i++) {
        const struct ev_member *m = &o->member[i];
        char inner[2 * CELL];
        snprintf(inner, sizeof(inner), "%s, %s", key, words_of(m->key, words));
        const struct ev_member *limits[2];
        if (limits_of(m, limits) && known(m)) {
            cell_text(m, buf, CELL);
            print_line(inner, buf, out);
        } else if (m->kind == EV_OBJECT && !limits_of(m, limits)) {
            print_object(inner, m->inner, out);
        } else if (m->kind == EV_ARRAY && m->inner->n > 0 &&
                   m->inner->member[0].kind == EV_OBJECT) {
            print_array(strcmp(m->key, "items") == 0 ? key : inner, m->inner, out);
        }
    }
}

static void print_member(const struct ev_member *m, FILE *out)
{
    char key[CELL];
    char buf[CELL];
    const struct ev_member *limits[2];
    (void)words_of(m->key, key);
    if (m->kind == EV_OBJECT && !limits_of(m, limits)) {
        print_object(key, m->inner, out);
    } else if (m->kind == EV_ARRAY) {
        print_array(key, m->inner, out);
    } else if (m->kind == EV_TEXT) {
        print_line(key, m->text, out);
    } else {
        cell_text(m, buf, sizeof(buf));
        print_line(key, buf, out);
    }
}

bool ev_json_table(struct ev_json *root, FILE *out)
{
    const struct ev_member *words = member_of(root, "words");
    if (words && words->kind == EV_TEXT) { // what a reader wants first
        print_text("", words->text, 0, out);
        fputc('\n', out);
    }
    for (size_t i = 0; ev_json_whole(root) && i < root->n; i++) {
        const struct ev_member *m = &root->member[i];
        // Warnings are told by their words, which follow.
        if (m != words && strcmp(m->key, "warnings") != 0 && says_something(m)) {
            print_member(m, out);
        }
    }
    return ev_json_whole(root) && !ferror(out);
}
