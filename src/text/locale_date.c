// SPDX-License-Identifier: Apache-2.0
#include "locale_data.h"

#include "clock.h"
#include "str.h"

#include <unicode/udat.h>
#include <unicode/udatpg.h>
#include <unicode/ustring.h>

enum { LONGEST = 96 };

// ICU's patterns have a narrow no-break space before AM and PM, which few fonts and no search
// knows.
static char *utf8(struct arena *a, UChar *text)
{
    for (UChar *p = text; *p; p++) {
        if (*p == 0x202f) {
            *p = ' ';
        }
    }
    char to[3 * LONGEST] = "";
    UErrorCode status = U_ZERO_ERROR;
    u_strToUTF8(to, sizeof(to), NULL, text, -1, &status);
    return arena_strdup(a, U_SUCCESS(status) ? to : "");
}

static void add_literal(struct date_pattern *p, const char *text, size_t len)
{
    struct date_step *last = p->n ? &p->steps[p->n - 1] : NULL;
    if (!last || last->letter || strlen(last->text) + len >= LOCALE_SYMBOL) {
        if (p->n == ARRAY_LEN(p->steps) || len >= LOCALE_SYMBOL) {
            return;
        }
        last = &p->steps[p->n++];
        *last = (struct date_step){ 0 };
    }
    memcpy(last->text + strlen(last->text), text, len);
}

// False when the pattern has a field that date_write() doesn't know.
static bool read_pattern(const char *text, struct date_pattern *ret_pattern)
{
    struct date_pattern p = { 0 };
    bool quoted = false;
    for (const char *c = text; *c;) {
        if (*c == '\'') {
            if (c[1] == '\'') {
                add_literal(&p, c, 1);
                c++;
            } else {
                quoted = !quoted;
            }
            c++;
        } else if (!quoted && ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z'))) {
            size_t width = 1;
            while (c[width] == *c) {
                width++;
            }
            if (!strchr("yMLdhHmsaBbzE", *c) || width > 4 || p.n == ARRAY_LEN(p.steps)) {
                return false;
            }
            p.steps[p.n++] = (struct date_step){ .letter = *c, .width = (unsigned char)width };
            c += width;
        } else {
            add_literal(&p, c, 1);
            c++;
        }
    }
    *ret_pattern = p;
    return true;
}

static void load_pattern(struct locale *l, struct arena *a, enum date_style which, UChar *icu,
    UErrorCode *status, const char *otherwise)
{
    struct date_pattern *p = &l->dates.patterns[which];
    if (U_FAILURE(*status) || !read_pattern(utf8(a, icu), p)) {
        *status = U_ZERO_ERROR;
        if (!read_pattern(otherwise, p)) {
            *p = (struct date_pattern){ 0 };
        }
    }
}

static void load_style(struct locale *l, struct arena *a, enum date_style which,
    UDateFormatStyle date, UDateFormatStyle time, const char *otherwise)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar pattern[LONGEST] = { 0 };
    UDateFormat *f = udat_open(time, date, l->icu, NULL, 0, NULL, 0, &status);
    if (U_SUCCESS(status)) {
        udat_toPattern(f, false, pattern, LONGEST, &status);
        udat_close(f);
    }
    load_pattern(l, a, which, pattern, &status, otherwise);
}

static void load_skeleton(struct locale *l, struct arena *a, enum date_style which,
    const char *skeleton, const char *otherwise)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar wanted[16], pattern[LONGEST] = { 0 };
    u_uastrcpy(wanted, skeleton);
    UDateTimePatternGenerator *g = udatpg_open(l->icu, &status);
    if (U_SUCCESS(status)) {
        udatpg_getBestPattern(g, wanted, -1, pattern, LONGEST, &status);
        udatpg_close(g);
    }
    load_pattern(l, a, which, pattern, &status, otherwise);
}

static void load_names(struct arena *a, UDateFormat *f, UDateFormatSymbolType type, int first,
    int n, char **names, UErrorCode *status)
{
    for (int i = 0; i < n; i++) {
        UChar text[LONGEST] = { 0 };
        udat_getSymbols(f, type, first + i, text, LONGEST, status);
        names[i] = utf8(a, text);
    }
}

// The abbreviation in each span. From 2040 on the same two alternate.
static void load_zones(struct locale *l, struct arena *a, UErrorCode *status)
{
    const struct zone *z = &l->set->zone;
    UChar id[64], pattern[] = { 'z', 0 };
    u_strFromUTF8(id, ARRAY_LEN(id), NULL, z->name, -1, status);
    UDateFormat *f = udat_open(UDAT_PATTERN, UDAT_PATTERN, l->icu, id, -1, pattern, 1, status);
    l->dates.zones = arena_array(a, char *, z->n);
    const int64_t regular = 2208988800000;
    for (size_t i = 0; i < z->n && U_SUCCESS(*status); i++) {
        const struct span *s = &z->spans[i];
        if (i > 2 && s->from > regular && z->spans[i - 2].from > regular &&
            s->offset == z->spans[i - 2].offset && s->summer == z->spans[i - 2].summer) {
            l->dates.zones[i] = l->dates.zones[i - 2];
            continue;
        }
        UChar text[LONGEST] = { 0 };
        int64_t at = i ? s->from : z->n > 1 ? z->spans[1].from - 1 : 0;
        udat_format(f, (UDate)at, text, LONGEST, NULL, status);
        l->dates.zones[i] = utf8(a, text);
    }
    udat_close(f);
}

enum err dates_load(struct locale *l, struct arena *a, struct arena *detail)
{
    struct date_symbols *d = &l->dates;
    UErrorCode status = U_ZERO_ERROR;
    UDateFormat *f = udat_open(UDAT_MEDIUM, UDAT_MEDIUM, l->icu, NULL, 0, NULL, 0, &status);
    if (U_SUCCESS(status)) {
        load_names(a, f, UDAT_SHORT_MONTHS, 0, 12, d->months[0][0], &status);
        load_names(a, f, UDAT_MONTHS, 0, 12, d->months[0][1], &status);
        load_names(a, f, UDAT_STANDALONE_SHORT_MONTHS, 0, 12, d->months[1][0], &status);
        load_names(a, f, UDAT_STANDALONE_MONTHS, 0, 12, d->months[1][1], &status);
        load_names(a, f, UDAT_SHORT_WEEKDAYS, 1, 7, d->weekdays[0], &status);
        load_names(a, f, UDAT_WEEKDAYS, 1, 7, d->weekdays[1], &status);
        load_names(a, f, UDAT_AM_PMS, 0, 2, d->halves, &status);
        udat_close(f);
        load_zones(l, a, &status);
    }
    load_style(l, a, DATE_DEFAULT, UDAT_MEDIUM, UDAT_NONE, "y-MM-dd");
    load_style(l, a, DATE_SHORT, UDAT_SHORT, UDAT_NONE, "y-MM-dd");
    load_style(l, a, DATE_LONG, UDAT_LONG, UDAT_NONE, "y-MM-dd");
    load_skeleton(l, a, TIME_DEFAULT, "yMMMdjmz", "y-MM-dd HH:mm z");
    load_style(l, a, TIME_SHORT, UDAT_SHORT, UDAT_SHORT, "y-MM-dd HH:mm");
    load_skeleton(l, a, TIME_CLOCK, "jmz", "HH:mm z");
    return U_SUCCESS(status)
               ? OK
               : fail(detail, ERR_UNSUPPORTED, "ICU has no dates for \"%s\".", l->tag);
}

// N with at least WIDTH digits; two when a year is cut to its last two.
static void put_number(const struct locale *l, int n, int width, struct buf *out)
{
    char digits[16], *end = digits + sizeof(digits), *p = end;
    unsigned left = n < 0 ? 0u - (unsigned)n : (unsigned)n;
    int least = n < 0 ? width - 1 : width;
    do {
        *--p = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0 || end - p < least);
    if (n < 0) {
        buf_putc(out, '-');
    }
    if (l->numbers.ascii) {
        buf_add(out, p, (size_t)(end - p));
        return;
    }
    for (; p < end; p++) {
        buf_puts(out, l->numbers.digits[*p - '0']);
    }
}

static void put_month(
    const struct locale *l, const struct date_step *s, const struct civil *c, struct buf *out)
{
    if (s->width < 3) {
        put_number(l, c->month, s->width, out);
    } else {
        buf_puts(out, l->dates.months[s->letter == 'L'][s->width - 3][c->month - 1]);
    }
}

static void put_field(const struct locale *l, const struct date_step *s, const struct civil *c,
    const char *zone, struct buf *out)
{
    switch (s->letter) {
    case 'y':
        put_number(l, s->width == 2 ? (c->year % 100 + 100) % 100 : c->year, s->width, out);
        break;
    case 'M':
    case 'L':
        put_month(l, s, c, out);
        break;
    case 'd':
        put_number(l, c->day, s->width, out);
        break;
    case 'h':
        put_number(l, (c->hour + 11) % 12 + 1, s->width, out);
        break;
    case 'H':
        put_number(l, c->hour, s->width, out);
        break;
    case 'm':
        put_number(l, c->minute, s->width, out);
        break;
    case 's':
        put_number(l, c->second, s->width, out);
        break;
    case 'E':
        buf_puts(out,
            l->dates.weekdays[s->width == 4][civil_weekday(civil_days(c->year, c->month, c->day))]);
        break;
    case 'z':
        buf_puts(out, zone);
        break;
    default:
        buf_puts(out, l->dates.halves[c->hour >= 12]);
        break;
    }
}

void date_write(
    const struct locale *l, enum date_style style, int64_t ms, bool zoned, struct buf *out)
{
    const struct date_pattern *p = &l->dates.patterns[style];
    const char *zone = "";
    if (zoned) {
        size_t span = zone_span(&l->set->zone, ms);
        ms += l->set->zone.spans[span].offset;
        zone = l->dates.zones[span];
    }
    struct civil c = civil_from_ms(ms);
    for (size_t i = 0; i < p->n; i++) {
        if (p->steps[i].letter) {
            put_field(l, &p->steps[i], &c, zone, out);
        } else {
            buf_puts(out, p->steps[i].text);
        }
    }
}
