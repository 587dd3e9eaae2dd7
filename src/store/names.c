// SPDX-License-Identifier: Apache-2.0
// Names carry types: what a parameter takes and what a column means.
#include "driver.h"

#include "str.h"

#include <math.h>

enum value_kind name_kind(const char *name)
{
    static const struct {
        const char *suffix;
        enum value_kind kind;
    } suffixes[] = {
        { "_id", V_ID },
        { "_at", V_TIME },
        { "_on", V_DATE },
        { "_cents", V_MONEY },
        { "_n", V_INT },
        { "_fy", V_INT },
        { "_num", V_NUM },
        { "_blob", V_BLOB },
        { "_hash", V_BLOB },
    };
    if (str_eq(name, "id")) {
        return V_ID;
    }
    if (str_starts(name, "is_") || str_starts(name, "has_")) {
        return V_BOOL;
    }
    if (str_eq(name, "city") || str_eq(name, "n") || str_eq(name, "rev") || str_eq(name, "seq")) {
        return V_INT;
    }
    const char *end = strrchr(name, '_'); // no suffix has another one
    for (size_t i = 0; end && i < ARRAY_LEN(suffixes); i++) {
        if (end[1] == suffixes[i].suffix[1] && str_eq(end, suffixes[i].suffix)) {
            return suffixes[i].kind;
        }
    }
    return V_TEXT;
}

static bool whole_number(struct value v, int64_t *ret_n)
{
    switch (v.kind) {
    case V_BOOL:
        *ret_n = v.yes;
        return true;
    case V_INT:
    case V_ID:
    case V_DATE:
    case V_TIME:
        *ret_n = v.n;
        return true;
    case V_MONEY:
        *ret_n = v.money.minor;
        return true;
    default:
        return false;
    }
}

bool name_bind(enum value_kind kind, struct value v, struct value *ret_raw)
{
    int64_t n;
    if (v.kind == V_NULL) {
        *ret_raw = VALUE_NULL;
        return true;
    }
    switch (kind) {
    case V_TEXT:
        *ret_raw = (struct value){ .kind = V_TEXT, .text = v.text };
        return v.kind == V_TEXT || v.kind == V_HTML;
    case V_BLOB:
        *ret_raw = v;
        return v.kind == V_BLOB;
    case V_NUM:
        if (whole_number(v, &n)) {
            *ret_raw = (struct value){ .kind = V_NUM, .x = (double)n };
            return true;
        }
        *ret_raw = v;
        return v.kind == V_NUM && isfinite(v.x);
    default:
        if (!whole_number(v, &n)) {
            return false;
        }
        *ret_raw = (struct value){ .kind = V_INT, .n = n };
        return kind != V_BOOL || n == 0 || n == 1;
    }
}

bool name_read(
    enum value_kind kind, struct value raw, const char *currency, struct value *ret_value)
{
    *ret_value = raw;
    if (raw.kind == V_NULL || kind == V_TEXT) {
        return true;
    }
    if (kind == V_BLOB) {
        return raw.kind == V_BLOB;
    }
    if (kind == V_NUM) {
        if (raw.kind == V_INT) {
            *ret_value = value_num((double)raw.n);
        }
        return raw.kind == V_INT || raw.kind == V_NUM;
    }
    if (raw.kind == V_NUM && fabs(raw.x) < 9.2e18) {
        raw = value_int(llround(raw.x)); // a mean of money or of days
    }
    if (raw.kind != V_INT) {
        return false;
    }
    switch (kind) {
    case V_BOOL:
        *ret_value = value_bool(raw.n != 0);
        break;
    case V_ID:
        *ret_value = value_id(raw.n);
        break;
    case V_TIME:
        *ret_value = value_time(raw.n);
        break;
    case V_DATE:
        *ret_value = value_date(raw.n);
        break;
    case V_MONEY:
        *ret_value = value_money(raw.n, currency);
        break;
    default:
        *ret_value = raw;
    }
    return true;
}
