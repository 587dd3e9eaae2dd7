// SPDX-License-Identifier: Apache-2.0
#include "locale.h"

#include "clock.h"
#include "json.h"
#include "locale_data.h"
#include "str.h"

#include <unicode/uldnames.h>
#include <unicode/uloc.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

enum {
    MAX_CATALOGUES = 64 << 20,
    MAX_RANGES = 32, // of an Accept-Language header
    SORT_KEY_BYTES = 64,
    SORT_KEY_CHARS = 1000, // of the text that are looked at
};

enum err locales_new(
    struct arena *detail, const char *zone, const char *currency, struct locales **ret_locales)
{
    for (int i = 0; i < 4; i++) {
        if (i < 3 ? currency[i] < 'A' || currency[i] > 'Z' : currency[i] != '\0') {
            return fail(detail, ERR_INVALID, "A currency is three capital letters, such as USD.");
        }
    }
    struct zone z;
    TRY(zone_load(detail, zone, &z));
    struct locales *l = calloc(1, sizeof(*l));
    if (!l) {
        fputs("pilothouse: out of memory\n", stderr);
        abort();
    }
    l->zone = z;
    memcpy(l->currency, currency, sizeof(l->currency));
    arena_init(&l->arena, MAX_CATALOGUES);
    *ret_locales = l;
    return OK;
}

static void close_locale(struct locale *l)
{
    uplrules_close(l->cardinal);
    uplrules_close(l->ordinal);
    ucol_close(l->collator);
    unumf_close(l->compact);
}

void locales_free(struct locales *l)
{
    if (l) {
        for (size_t i = 0; i < l->n; i++) {
            close_locale(l->items[i]);
        }
        zone_release(&l->zone);
        arena_release(&l->arena);
        free(l);
    }
}

static enum err name_locale(struct locale *l, struct arena *detail, const char *tag)
{
    UErrorCode status = U_ZERO_ERROR;
    char id[ULOC_FULLNAME_CAPACITY];
    int32_t parsed = 0;
    uloc_forLanguageTag(tag, id, sizeof(id), &parsed, &status);
    if (U_FAILURE(status) || parsed != (int32_t)strlen(tag) || !*id || strlen(id) > 32 ||
        strchr(id, '@')) {
        return fail(
            detail, ERR_INVALID, "\"%.40s\" is not a language tag such as en or es-US.", tag);
    }
    snprintf(l->tag, sizeof(l->tag), "%s", tag);
    // A Gregorian calendar everywhere: dates of law and budget are in it.
    // Plain "es" is Spanish as it is written in the United States, where $34,000.50 isn't 34.000,50
    // US$: the offices are there, and the short tag keeps addresses short. A tag with a region is
    // kept.
    snprintf(l->icu, sizeof(l->icu), "%s@calendar=gregorian", strcmp(id, "es") ? id : "es_US");
    char language[ULOC_LANG_CAPACITY] = "";
    uloc_getLanguage(id, language, sizeof(language), &status);
    l->english = strcmp(language, "en") == 0;
    UDisplayContext contexts[] = { UDISPCTX_CAPITALIZATION_FOR_UI_LIST_OR_MENU };
    ULocaleDisplayNames *names = uldn_openForContext(id, contexts, 1, &status);
    UChar wide[32] = { 0 };
    uldn_languageDisplayName(names, language, wide, ARRAY_LEN(wide), &status);
    u_strToUTF8(l->name, sizeof(l->name), NULL, wide, -1, &status);
    uldn_close(names);
    return U_SUCCESS(status) ? OK
                             : fail(detail, ERR_UNSUPPORTED, "ICU has no language \"%s\".", tag);
}

static enum err load_rules(struct locale *l, struct arena *detail)
{
    UErrorCode status = U_ZERO_ERROR;
    l->cardinal = uplrules_openForType(l->icu, UPLURAL_TYPE_CARDINAL, &status);
    l->ordinal = uplrules_openForType(l->icu, UPLURAL_TYPE_ORDINAL, &status);
    l->collator = ucol_open(l->icu, &status);
    return U_SUCCESS(status)
               ? OK
               : fail(detail, ERR_UNSUPPORTED, "ICU has no rules for \"%s\".", l->tag);
}

static enum err load_messages(
    struct locale *l, struct arena *a, struct arena *detail, const char *json, size_t len)
{
    struct value catalogue;
    TRY(json_read(a, json, len, 8 * (size_t)JSON_MAX_BYTES, &catalogue));
    if (catalogue.kind != V_OBJECT) {
        return fail(detail, ERR_INVALID, "A catalogue is one JSON object of texts.");
    }
    map_init(&l->messages, a);
    for (size_t i = 0; i < catalogue.object->len; i++) {
        const char *key = catalogue.object->keys[i];
        if (catalogue.object->values[i].kind != V_TEXT) {
            return fail(detail, ERR_INVALID, "In \"%.80s\": a translation is a text.", key);
        }
        struct translation *t = arena_new(a, struct translation);
        t->text = catalogue.object->values[i].text;
        const char *why;
        if (!message_compile(a, t->text, &t->message, &why)) {
            return fail(detail, ERR_INVALID, "In the translation of \"%.80s\" %s.", key, why);
        }
        map_put(&l->messages, key, t);
    }
    return OK;
}

static enum err load(struct locale *l, struct locales *set, struct arena *detail, const char *tag,
    const char *json, size_t len)
{
    l->set = set;
    TRY(name_locale(l, detail, tag));
    enum err e = load_messages(l, &set->arena, detail, json, len);
    if (e != OK) {
        // json_read() left its words in the arena of what it made.
        return set->arena.detail ? fail(detail, e, "%s: %s", tag, set->arena.detail) : e;
    }
    TRY(numbers_load(l, detail, set->currency));
    TRY(dates_load(l, &set->arena, detail));
    return load_rules(l, detail);
}

enum err locales_add(
    struct locales *l, struct arena *detail, const char *tag, const char *json, size_t len)
{
    if (l->n == ARRAY_LEN(l->items)) {
        return fail(detail, ERR_TOO_MANY, "There are too many languages.");
    }
    if (locales_get(l, tag)) {
        return fail(detail, ERR_EXISTS, "The language \"%.40s\" is there already.", tag);
    }
    struct locale *made = arena_new(&l->arena, struct locale);
    l->arena.detail = NULL;
    enum err e = load(made, l, detail, tag, json, len);
    if (e != OK) {
        close_locale(made);
        return e;
    }
    l->items[l->n++] = made;
    return OK;
}

const struct locale *locales_get(const struct locales *l, const char *tag)
{
    for (size_t i = 0; i < l->n; i++) {
        if (strcasecmp(l->items[i]->tag, tag) == 0) {
            return l->items[i];
        }
    }
    return NULL;
}

size_t locales_count(const struct locales *l)
{
    return l->n;
}

const struct locale *locales_at(const struct locales *l, size_t i)
{
    return i < l->n ? l->items[i] : NULL;
}

// How many bytes of whole subtags a language shares with a range of LEN bytes, doubled; one more
// when it is just what was asked for. 0: not at all.
static size_t fit(const char *tag, const char *range, size_t len)
{
    size_t shared = 0;
    for (size_t n = 0;; n++) {
        bool range_ends = n == len || range[n] == '-', tag_ends = !tag[n] || tag[n] == '-';
        if (range_ends && tag_ends) {
            shared = 2 * n + (n == len && !tag[n]);
        }
        if (n == len || !tag[n] || (tag[n] | 32) != (range[n] | 32)) {
            return shared;
        }
    }
}

static const struct locale *best_for(const struct locales *l, const char *range, size_t len)
{
    if (len == 1 && *range == '*') {
        return locales_at(l, 0);
    }
    const struct locale *best = NULL;
    size_t best_fit = 0;
    for (size_t i = 0; i < l->n; i++) {
        size_t f = fit(l->items[i]->tag, range, len);
        if (f > best_fit) {
            best_fit = f;
            best = l->items[i];
        }
    }
    return best;
}

// A weight in thousandths; 0 for one that is malformed.
static int read_weight(const char *p)
{
    p += strspn(p, " \t");
    if ((*p != 'q' && *p != 'Q') || p[1] != '=') {
        return 0;
    }
    p += 2;
    if (*p == '1') {
        return 1000;
    }
    int weight = 0, scale = 100;
    if (*p == '0' && p[1] == '.') {
        for (p += 2; *p >= '0' && *p <= '9' && scale; p++, scale /= 10) {
            weight += (*p - '0') * scale;
        }
    }
    return weight;
}

const struct locale *locales_match(const struct locales *l, const char *header)
{
    const struct locale *best = NULL;
    int best_weight = 0;
    for (int i = 0; header && *header && i < MAX_RANGES; i++) {
        header += strspn(header, " \t,");
        size_t len = strcspn(header, " \t,;");
        const char *rest = header + len + strspn(header + len, " \t");
        int weight = *rest == ';' ? read_weight(rest + 1) : 1000;
        const struct locale *fits = len && weight > best_weight ? best_for(l, header, len) : NULL;
        if (fits) {
            best = fits;
            best_weight = weight;
        }
        header = rest + strcspn(rest, ",");
    }
    return best ? best : locales_at(l, 0);
}

const char *locale_tag(const struct locale *l)
{
    return l->tag;
}

const char *locale_name(const struct locale *l)
{
    return l->name;
}

bool locale_find(const struct locale *l, const char *key, const char **ret_text,
    const struct message **ret_message)
{
    const struct translation *t = l ? map_get(&l->messages, key) : NULL;
    if (t) {
        *ret_text = t->text;
        *ret_message = t->message;
    }
    return t != NULL;
}

const char *locale_message(const struct locale *l, const char *key)
{
    const struct message *message;
    const char *text = key;
    return locale_find(l, key, &text, &message) ? text : key;
}

bool locale_has(const struct locale *l, const char *key)
{
    return l->english || map_get(&l->messages, key);
}

static const struct value *argument(void *context, const char *name)
{
    return value_path(context, name);
}

const char *locale_format(
    const struct locale *l, struct arena *a, const char *key, const struct value *args)
{
    const char *text = key, *why;
    const struct message *message = NULL;
    if (!locale_find(l, key, &text, &message) && !message_compile(a, key, &message, &why)) {
        return key;
    }
    if (!message) {
        return text;
    }
    AUTO_BUF(out, 1 << 20);
    message_write(message, l, NULL, argument, (void *)args, &out);
    return buf_ok(&out) ? arena_strndup(a, buf_text(&out), out.len) : key;
}

const char *locale_plural(const struct locale *l, double x, bool ordinal)
{
    static const char *const categories[] = { "zero", "one", "two", "few", "many", "other" };
    if (!l || (l->english && !ordinal)) {
        return x == 1 ? "one" : "other";
    }
    UErrorCode status = U_ZERO_ERROR;
    UChar wide[16] = { 0 };
    uplrules_select(ordinal ? l->ordinal : l->cardinal, x, wide, ARRAY_LEN(wide), &status);
    char name[16] = "";
    for (size_t i = 0; i + 1 < sizeof(name) && wide[i]; i++) {
        name[i] = (char)wide[i];
    }
    for (size_t i = 0; i < ARRAY_LEN(categories); i++) {
        if (strcmp(categories[i], name) == 0) {
            return categories[i];
        }
    }
    return "other";
}

enum err locale_instant(const struct locale *l, int64_t local_ms, int64_t *ret_ms)
{
    if (local_ms < civil_days(1, 1, 2) * CLOCK_DAY ||
        local_ms > civil_days(9999, 12, 30) * CLOCK_DAY) {
        return ERR_INVALID;
    }
    *ret_ms = zone_instant(&l->set->zone, local_ms);
    return OK;
}

int64_t locale_day(const struct locale *l, int64_t ms)
{
    ms = locale_clamp_ms(ms);
    ms += l ? l->set->zone.spans[zone_span(&l->set->zone, ms)].offset : 0;
    return ms / CLOCK_DAY - (ms % CLOCK_DAY < 0);
}

// A prefix of at most MOST UTF-16 units. Malformed UTF-8 becomes U+FFFD.
static UChar *widen(struct arena *a, const char *text, int32_t most, int32_t *ret_len)
{
    size_t bytes = strlen(text);
    if (bytes > 3 * (size_t)most) {
        bytes = 3 * (size_t)most;
    }
    UChar *wide = arena_array(a, UChar, bytes + 1);
    UErrorCode status = U_ZERO_ERROR;
    u_strFromUTF8WithSub(
        wide, (int32_t)bytes + 1, ret_len, text, (int32_t)bytes, 0xfffd, NULL, &status);
    if (U_FAILURE(status)) {
        *ret_len = 0;
    }
    return wide;
}

char *locale_sort_key(const struct locale *l, struct arena *a, const char *text)
{
    int32_t len;
    UChar *wide = widen(a, text, SORT_KEY_CHARS, &len);
    uint8_t key[SORT_KEY_BYTES + 1];
    int32_t size = ucol_getSortKey(l->collator, wide, len, key, sizeof(key));
    // The key ends with a zero byte, which says nothing; a long one is cut and still sorts as its
    // start.
    size = size > SORT_KEY_BYTES ? SORT_KEY_BYTES : size ? size - 1 : 0;
    return str_hex(a, key, (size_t)size);
}

char *locale_clean(struct arena *a, const char *text)
{
    size_t n = 0;
    bool ascii = true;
    char *copy = arena_alloc(a, strlen(text) + 1);
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if ((*p < 0x20 && *p != '\t' && *p != '\n') || *p == 0x7f) {
            continue;
        }
        if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
            p++; // U+0080 to U+009F
            continue;
        }
        ascii = ascii && *p < 0x80;
        copy[n++] = (char)*p;
    }
    copy[n] = '\0';
    if (ascii || n > INT32_MAX / 16) {
        return copy;
    }
    int32_t len, made = 0;
    UChar *wide = widen(a, copy, (int32_t)n, &len);
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
    if (unorm2_isNormalized(nfc, wide, len, &status) && U_SUCCESS(status) && str_utf8(copy, n)) {
        return copy;
    }
    // NFC makes text at most three times as long in UTF-16, and UTF-8 has at most three bytes a
    // unit.
    UChar *composed = arena_array(a, UChar, 3 * (size_t)len + 1);
    made = unorm2_normalize(nfc, wide, len, composed, 3 * len + 1, &status);
    char *clean = arena_alloc(a, 3 * (size_t)made + 1);
    u_strToUTF8(clean, 3 * made + 1, NULL, composed, made, &status);
    return U_SUCCESS(status) ? clean : copy;
}
