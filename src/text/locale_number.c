// SPDX-License-Identifier: Apache-2.0
#include "locale_data.h"

#include "json.h"
#include "str.h"

#include <math.h>
#include <unicode/unum.h>
#include <unicode/ustring.h>

static void utf8(const UChar *from, char to[LOCALE_SYMBOL], UErrorCode *status)
{
    u_strToUTF8(to, LOCALE_SYMBOL, NULL, from, -1, status);
}

static void symbol(
    UNumberFormat *f, UNumberFormatSymbol which, char to[LOCALE_SYMBOL], UErrorCode *status)
{
    UChar text[LOCALE_SYMBOL];
    unum_getSymbol(f, which, text, LOCALE_SYMBOL, status);
    utf8(text, to, status);
}

// What stands around the digits when N is written. ICU knows it only whole: it sets a space between
// a currency's code and the number as it formats.
static void around(const struct number_symbols *s, UNumberFormat *f, double n,
    char prefix[LOCALE_SYMBOL], char suffix[LOCALE_SYMBOL], UErrorCode *status)
{
    UChar wide[2 * LOCALE_SYMBOL] = { 0 };
    char text[6 * LOCALE_SYMBOL] = "";
    unum_formatDouble(f, n, wide, ARRAY_LEN(wide), NULL, status);
    u_strToUTF8(text, sizeof(text), NULL, wide, -1, status);
    const char *one = strstr(text, s->digits[1]);
    if (U_FAILURE(*status) || !one || one - text >= LOCALE_SYMBOL ||
        strlen(one + strlen(s->digits[1])) >= LOCALE_SYMBOL) {
        *status = U_FAILURE(*status) ? *status : U_INVALID_FORMAT_ERROR;
        return;
    }
    snprintf(prefix, LOCALE_SYMBOL, "%.*s", (int)(one - text), text);
    snprintf(suffix, LOCALE_SYMBOL, "%.*s", LOCALE_SYMBOL - 1, one + strlen(s->digits[1]));
}

static void load_style(const struct locale *l, UNumberFormatStyle which, const char *currency,
    struct number_style *style, UErrorCode *status)
{
    UNumberFormat *f = unum_open(which, NULL, 0, l->icu, NULL, status);
    if (U_FAILURE(*status)) {
        return;
    }
    if (currency) {
        UChar code[4];
        u_charsToUChars(currency, code, 4);
        unum_setTextAttribute(f, UNUM_CURRENCY_CODE, code, 3, status);
    }
    unum_setAttribute(f, UNUM_MIN_FRACTION_DIGITS, 0);
    unum_setAttribute(f, UNUM_MAX_FRACTION_DIGITS, 0);
    double one = which == UNUM_PERCENT ? 0.01 : 1;
    around(&l->numbers, f, one, style->prefix, style->suffix, status);
    around(&l->numbers, f, -one, style->negative_prefix, style->negative_suffix, status);
    unum_close(f);
}

// Digits before the first group mark: some languages, Spanish for one, don't write 1.000 but 1000.
// ICU's older formatters don't follow them, the newer ones do but don't tell: so it is tried out.
static int min_grouping(const struct locale *l, const struct number_symbols *s, UErrorCode *status)
{
    UChar skeleton[] = { 0 };
    UNumberFormatter *f = unumf_openForSkeletonAndLocale(skeleton, 0, l->icu, status);
    UFormattedNumber *result = unumf_openResult(status);
    int64_t n = 1;
    for (int i = 0; i < s->primary; i++) {
        n *= 10;
    }
    int digits = 1;
    for (; digits < 4 && U_SUCCESS(*status); digits++, n *= 10) {
        UChar wide[2 * LOCALE_SYMBOL] = { 0 };
        char text[6 * LOCALE_SYMBOL] = "";
        unumf_formatInt(f, n, result, status);
        unumf_resultToString(result, wide, ARRAY_LEN(wide), status);
        u_strToUTF8(text, sizeof(text), NULL, wide, -1, status);
        if (strstr(text, s->group)) {
            break;
        }
    }
    unumf_closeResult(result);
    unumf_close(f);
    return digits;
}

static void load_digits(UNumberFormat *f, struct number_symbols *s, UErrorCode *status)
{
    s->ascii = true;
    for (int i = 0; i < 10; i++) {
        char text[LOCALE_SYMBOL];
        int which = i ? (int)UNUM_ONE_DIGIT_SYMBOL + i - 1 : (int)UNUM_ZERO_DIGIT_SYMBOL;
        symbol(f, (UNumberFormatSymbol)which, text, status);
        memcpy(s->digits[i], text, sizeof(s->digits[i]) - 1);
        s->ascii = s->ascii && text[0] == '0' + i;
    }
}

enum err numbers_load(struct locale *l, struct arena *detail, const char *currency)
{
    struct number_symbols *s = &l->numbers;
    UErrorCode status = U_ZERO_ERROR;
    UNumberFormat *f = unum_open(UNUM_DECIMAL, NULL, 0, l->icu, NULL, &status);
    if (U_SUCCESS(status)) {
        load_digits(f, s, &status);
        symbol(f, UNUM_DECIMAL_SEPARATOR_SYMBOL, s->decimal, &status);
        symbol(f, UNUM_GROUPING_SEPARATOR_SYMBOL, s->group, &status);
        symbol(f, UNUM_MONETARY_SEPARATOR_SYMBOL, s->money_decimal, &status);
        symbol(f, UNUM_MONETARY_GROUPING_SEPARATOR_SYMBOL, s->money_group, &status);
        s->primary = unum_getAttribute(f, UNUM_GROUPING_SIZE);
        s->secondary = unum_getAttribute(f, UNUM_SECONDARY_GROUPING_SIZE);
        s->secondary = s->secondary > 0 ? s->secondary : s->primary;
        s->min_grouping = min_grouping(l, s, &status);
        unum_close(f);
    }
    load_style(l, UNUM_DECIMAL, NULL, &s->plain, &status);
    load_style(l, UNUM_PERCENT, NULL, &s->percent, &status);
    load_style(l, UNUM_CURRENCY, currency, &s->money, &status);
    load_style(l, UNUM_CURRENCY_ISO, currency, &s->code, &status);
    UChar skeleton[16];
    u_uastrcpy(skeleton, "compact-short");
    l->compact = unumf_openForSkeletonAndLocale(skeleton, -1, l->icu, &status);
    // ICU compiles a formatter at its third use or so; that is done here, before threads share it.
    AUTO_BUF(unused, 0);
    for (int i = 0; i < 8 && U_SUCCESS(status); i++) {
        compact_write(l, 1234, &unused);
    }
    return U_SUCCESS(status)
               ? OK
               : fail(detail, ERR_UNSUPPORTED, "ICU has no numbers for \"%s\".", l->tag);
}

static void put_digit(const struct number_symbols *s, char digit, struct buf *out)
{
    if (s->ascii) {
        buf_putc(out, digit);
    } else {
        buf_puts(out, s->digits[digit - '0']);
    }
}

// LEN ASCII digits, in groups set apart by GROUP; NULL for none.
static void put_digits(
    const struct number_symbols *s, const char *group, const char *digits, int len, struct buf *out)
{
    if (s->ascii && (!group || s->primary <= 0 || len < s->primary + s->min_grouping)) {
        buf_add(out, digits, (size_t)len);
        return;
    }
    bool grouped = group && s->primary > 0 && len >= s->primary + s->min_grouping;
    for (int i = 0; i < len; i++) {
        put_digit(s, digits[i], out);
        int right = len - i - 1;
        if (grouped && right && right >= s->primary && (right - s->primary) % s->secondary == 0) {
            buf_puts(out, group);
        }
    }
}

void number_write_int(const struct number_symbols *s, const struct number_style *style,
    bool grouping, int64_t n, struct buf *out)
{
    char digits[24];
    char *end = digits + sizeof(digits), *p = end;
    uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        *--p = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    buf_puts(out, n < 0 ? style->negative_prefix : style->prefix);
    put_digits(s, grouping ? s->group : NULL, p, (int)(end - p), out);
    buf_puts(out, n < 0 ? style->negative_suffix : style->suffix);
}

void number_write_double(const struct number_symbols *s, const struct number_style *style,
    bool grouping, double x, int least, int most, struct buf *out)
{
    char text[400];
    int len = snprintf(text, sizeof(text), "%.*f", most, fabs(x));
    int whole = most ? len - most - 1 : len,
        places = most; // between them one byte, the decimal sign
    const char *decimals = text + whole + 1;
    while (places > least && decimals[places - 1] == '0') {
        places--;
    }
    bool zero = strspn(text, "0") >= (size_t)whole && strspn(decimals, "0") >= (size_t)places;
    bool negative = x < 0 && !(zero || (most == 0 && strspn(text, "0") == (size_t)len));
    buf_puts(out, negative ? style->negative_prefix : style->prefix);
    put_digits(s, grouping ? s->group : NULL, text, whole, out);
    if (places > 0) {
        buf_puts(out, s->decimal);
        put_digits(s, NULL, decimals, places, out);
    }
    buf_puts(out, negative ? style->negative_suffix : style->suffix);
}

// A currency other than the city's: rare, so that ICU may open a formatter for it each time.
static void write_foreign(
    const struct locale *l, struct value_money m, bool whole, bool code, struct buf *out)
{
    AUTO_BUF(amount, 64);
    json_amount(&amount, m);
    char skeleton[96];
    snprintf(skeleton, sizeof(skeleton), "currency/%.3s %s%s", m.currency,
        code ? "unit-width-iso-code " : "",
        whole ? "precision-integer" : "precision-currency-standard");
    UChar wide[96], text[160];
    u_uastrcpy(wide, skeleton);
    UErrorCode status = U_ZERO_ERROR;
    UNumberFormatter *f = unumf_openForSkeletonAndLocale(wide, -1, l->icu, &status);
    UFormattedNumber *result = unumf_openResult(&status);
    unumf_formatDecimal(f, buf_text(&amount), (int32_t)amount.len, result, &status);
    unumf_resultToString(result, text, ARRAY_LEN(text), &status);
    char shown[ARRAY_LEN(text) * 3];
    u_strToUTF8(shown, sizeof(shown), NULL, text, -1, &status);
    unumf_closeResult(result);
    unumf_close(f);
    if (U_SUCCESS(status)) {
        buf_puts(out, shown);
    } else {
        buf_fmt(out, "%s %s", m.currency, buf_text(&amount));
    }
}

void money_write(const struct locale *l, struct value_money m, const char *style, struct buf *out)
{
    if (str_eq(style, "plain")) {
        json_amount(out, m);
        return;
    }
    bool code = str_eq(style, "code"), rounded = str_eq(style, "whole");
    int places = value_money_digits(m.currency);
    uint64_t scale = 1, u = m.minor < 0 ? 0 - (uint64_t)m.minor : (uint64_t)m.minor;
    for (int i = 0; i < places; i++) {
        scale *= 10;
    }
    bool whole = rounded || (u % scale == 0 && !code);
    if (strcmp(m.currency, l->set->currency) != 0) {
        write_foreign(l, m, whole, code, out);
        return;
    }
    uint64_t units = u / scale + (rounded && u % scale * 2 >= scale && scale > 1), rest = u % scale;
    bool negative = m.minor < 0 && (units || (rest && !whole));
    const struct number_symbols *s = &l->numbers;
    const struct number_style *look = code ? &s->code : &s->money;
    char digits[24];
    int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)units);
    buf_puts(out, negative ? look->negative_prefix : look->prefix);
    put_digits(s, s->money_group, digits, len, out);
    if (places && !whole) {
        len = snprintf(digits, sizeof(digits), "%0*llu", places, (unsigned long long)rest);
        buf_puts(out, s->money_decimal);
        put_digits(s, NULL, digits, len, out);
    }
    buf_puts(out, negative ? look->negative_suffix : look->suffix);
}

void compact_write(const struct locale *l, double x, struct buf *out)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar text[64];
    char shown[3 * ARRAY_LEN(text)];
    UFormattedNumber *result = unumf_openResult(&status);
    unumf_formatDouble(l->compact, x, result, &status);
    unumf_resultToString(result, text, ARRAY_LEN(text), &status);
    u_strToUTF8(shown, sizeof(shown), NULL, text, -1, &status);
    unumf_closeResult(result);
    if (U_SUCCESS(status)) {
        buf_puts(out, shown);
    } else {
        number_write_double(&l->numbers, &l->numbers.plain, true, x, 0, 0, out);
    }
}
