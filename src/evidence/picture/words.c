// SPDX-License-Identifier: Apache-2.0
#include "draw.h"

static const char *const phrases[PHRASES] = {
#define PHRASE(id, text) [PHRASE_##id] = text,
#include "phrases.h"
#undef PHRASE
};

const char *ph_picture_phrase(size_t i)
{
    return i < PHRASES ? phrases[i] : NULL;
}

const char *ev_pic_phrase(const struct pic *p, enum phrase phrase)
{
    const char *other = p->o->words ? p->o->words(p->o->user, phrases[phrase]) : NULL;
    return other ? other : phrases[phrase];
}

// ---- Phrases with names ------------------------------------------------------------------------

static const char *text_named(const char *const *pairs, const char *name, size_t len)
{
    for (; *pairs; pairs += 2) {
        if (strlen(*pairs) == len && strncmp(*pairs, name, len) == 0) {
            return pairs[1];
        }
    }
    return NULL;
}

void ev_pic_say(struct pic *p, char *buf, size_t size, enum phrase phrase, const char *const *pairs)
{
    size_t used = 0;
    buf[0] = '\0';
    for (const char *at = ev_pic_phrase(p, phrase); *at && used + 1 < size;) {
        size_t name = *at == '{' ? strcspn(at + 1, "}") : 0;
        const char *text =
            *at == '{' && at[1 + name] == '}' ? text_named(pairs, at + 1, name) : NULL;
        int put = text ? snprintf(buf + used, size - used, "%s", text)
                       : snprintf(buf + used, size - used, "%c", *at);
        used += (size_t)(put > 0 ? put : 0);
        at += text ? name + 2 : 1;
    }
}

void ev_pic_title(struct pic *p, enum phrase phrase)
{
    snprintf(
        p->title, sizeof(p->title), "%s", p->o->title ? p->o->title : ev_pic_phrase(p, phrase));
}

void ev_pic_tell(struct pic *p, enum phrase phrase, const char *const *pairs)
{
    char sentence[PIC_WORDS];
    ev_pic_say(p, sentence, sizeof(sentence), phrase, pairs);
    fflush(p->desc);
    if (p->desc_len > 0) {
        fputc(' ', p->desc);
    }
    ev_pic_escape(p->desc, sentence, sizeof(sentence));
}

const char *ev_pic_unit(const struct pic *p)
{
    return p->o->unit ? p->o->unit : ev_pic_phrase(p, PHRASE_EFFECT);
}

const char *ev_pic_time_unit(const struct pic *p)
{
    return p->o->time_unit ? p->o->time_unit : ev_pic_phrase(p, PHRASE_TIME);
}

// ---- Numbers -----------------------------------------------------------------------------------

int ev_pic_decimals(double width)
{
    if (!(width > 0) || !ev_pic_drawable(width)) {
        return 2;
    }
    double digits = 1 - floor(log10(width / 3) + 1e-9);
    return digits < 0 ? 0 : digits > 12 ? 12 : (int)digits;
}

// Whole digits with a comma between thousands.
static void grouped(double whole, bool group, char *buf, size_t size)
{
    char digits[40];
    snprintf(digits, sizeof(digits), "%.0f", whole);
    size_t len = strlen(digits);
    size_t used = 0;
    for (size_t i = 0; i < len && used + 2 < size; i++) {
        if (group && i > 0 && (len - i) % 3 == 0) {
            buf[used++] = ',';
        }
        buf[used++] = digits[i];
    }
    buf[used] = '\0';
}

// Without the C library's decimal mark, which depends on the process's locale.
static void plain_number(double x, int decimals, bool group, char *buf, size_t size)
{
    double size_of = fabs(x);
    const char *sign = x < 0 ? "\xe2\x88\x92" : "";
    if (!ev_pic_drawable(x)) {
        snprintf(buf, size, "%s",
            isnan(x) ? ""
            : x < 0  ? "\xe2\x88\x92\xe2\x88\x9e"
                     : "\xe2\x88\x9e");
        return;
    }
    if (size_of >= 1e15 || (size_of > 0 && size_of < 1e-6)) {
        int power = (int)floor(log10(size_of));
        double tenths = round(size_of / pow(10, power) * 10);
        power += tenths >= 100;
        tenths = tenths >= 100 ? 10 : tenths;
        snprintf(buf, size, "%s%d.%de%d", sign, (int)tenths / 10, (int)tenths % 10, power);
        return;
    }
    decimals = decimals < 0 ? 0 : decimals > 12 ? 12 : decimals;
    double scale = pow(10, decimals);
    double whole = floor(size_of);
    double rest = round((size_of - whole) * scale);
    whole += rest >= scale;
    rest = rest >= scale ? 0 : rest;
    char left[60];
    grouped(whole, group, left, sizeof(left));
    sign = whole == 0 && rest == 0 ? "" : sign;
    if (decimals > 0) {
        snprintf(buf, size, "%s%s.%0*.0f", sign, left, decimals, rest);
    } else {
        snprintf(buf, size, "%s%s", sign, left);
    }
}

void ev_pic_number(const struct pic *p, double x, int decimals, char buf[PIC_NUMBER])
{
    buf[0] = '\0';
    if (p->o->number && ev_pic_drawable(x)) {
        p->o->number(p->o->user, x, decimals, buf, PIC_NUMBER);
        buf[PIC_NUMBER - 1] = '\0';
    } else {
        plain_number(x, decimals, true, buf, PIC_NUMBER);
    }
}

void ev_pic_time(const struct pic *p, double t, char buf[PIC_NUMBER])
{
    buf[0] = '\0';
    if (p->o->time && ev_pic_drawable(t)) {
        p->o->time(p->o->user, t, buf, PIC_NUMBER);
        buf[PIC_NUMBER - 1] = '\0';
        return;
    }
    int decimals = 0;
    while (decimals < 6 && fabs(t * pow(10, decimals) - round(t * pow(10, decimals))) > 1e-6) {
        decimals++;
    }
    plain_number(t, decimals, false, buf, PIC_NUMBER); // a year has no thousands
}

void ev_pic_percent(const struct pic *p, double share, char buf[PIC_NUMBER])
{
    ev_pic_number(p, 100 * share, fabs(share) < 0.01 && share != 0 ? 1 : 0, buf);
    if (buf[0]) {
        size_t len = strlen(buf);
        snprintf(buf + len, PIC_NUMBER - len, "%%");
    }
}

void ev_pic_level(const struct pic *p, double level, char buf[PIC_NUMBER])
{
    double tenths = 1000 * level;
    ev_pic_number(p, 100 * level, fabs(fmod(tenths + 1e-6, 10)) > 1e-3 ? 1 : 0, buf);
    size_t len = strlen(buf);
    snprintf(buf + len, PIC_NUMBER - len, "%%");
}
