// SPDX-License-Identifier: Apache-2.0
// A small reader of the engine's pictures: balanced tags, quoted attributes, known entities, ids
// once, coordinates within the picture. What it doesn't like fails the test.
#pragma once

#include <stdlib.h>
#include <string.h>

#include "check.h"

struct svg_reader {
    const char *at;
    char open[16][16];
    int depth;
    char ids[8][100];
    int n_ids;
    double height;
};

static void svg_word(struct svg_reader *r, char *ret, size_t size)
{
    size_t n = strspn(r->at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789");
    assert_true(n > 0 && n < size);
    memcpy(ret, r->at, n);
    ret[n] = '\0';
    r->at += n;
}

static void svg_text(struct svg_reader *r, char stop)
{
    static const char *const entities[] = { "&amp;", "&lt;", "&gt;", "&quot;" };
    for (; *r->at && *r->at != stop; r->at++) {
        assert_true(*r->at != '<' && (unsigned char)*r->at >= ' ' && *r->at != 0x7f);
        bool known = *r->at != '&';
        for (size_t i = 0; i < 4; i++) {
            known = known || strncmp(r->at, entities[i], strlen(entities[i])) == 0;
        }
        assert_true(known);
    }
}

// Numbers of paths and places lie within the picture, with room for what a mark sticks out.
static void svg_check_value(struct svg_reader *r, const char *name, const char *value, size_t len)
{
    if (strcmp(name, "id") == 0) {
        assert_true(len > 0 && len < sizeof(r->ids[0]) && r->n_ids < 8);
        snprintf(r->ids[r->n_ids], sizeof(r->ids[0]), "%.*s", (int)len, value);
        for (int i = 0; i < r->n_ids; i++) {
            assert_string_not_equal(r->ids[i], r->ids[r->n_ids]);
        }
        r->n_ids++;
    }
    static const char *const places[] = { "x", "y", "cx", "cy" };
    for (size_t i = 0; i < 4; i++) {
        if (strcmp(name, places[i]) == 0) {
            double v = strtod(value, NULL);
            bool across = name[strlen(name) - 1] == 'x';
            if (v < -1 || v > (across ? 480 : r->height) + 1) {
                fail_msg("%s=%.*s is outside", name, (int)len, value);
            }
        }
    }
}

static void svg_tag(struct svg_reader *r)
{
    char name[16];
    char attribute[32];
    if (*r->at == '/') {
        r->at++;
        svg_word(r, name, sizeof(name));
        assert_true(r->depth > 0);
        assert_string_equal(name, r->open[--r->depth]);
        assert_true(*r->at++ == '>');
        return;
    }
    svg_word(r, name, sizeof(name));
    assert_string_not_equal(name, "script");
    while (*r->at == ' ') {
        r->at++;
        svg_word(r, attribute, sizeof(attribute));
        assert_true(strncmp(attribute, "on", 2) != 0 && strcmp(attribute, "style") != 0);
        assert_true(*r->at++ == '=' && *r->at++ == '"');
        const char *value = r->at;
        svg_text(r, '"');
        svg_check_value(r, attribute, value, (size_t)(r->at - value));
        r->at++;
    }
    if (*r->at == '/') {
        r->at++;
    } else {
        assert_true(r->depth < 16);
        memcpy(r->open[r->depth++], name, sizeof(name));
    }
    assert_true(*r->at++ == '>');
}

static void read_svg(const char *svg)
{
    assert_non_null(svg);
    struct svg_reader r = { .at = svg };
    assert_true(strncmp(svg, "<svg class=\"svg svg-", 20) == 0);
    assert_non_null(strstr(svg, " role=\"img\" aria-labelledby=\""));
    const char *box = strstr(svg, "viewBox=\"0 0 480 ");
    assert_non_null(box);
    r.height = strtod(box + 17, NULL);
    assert_true(r.height > 20);
    const char *drawing = strstr(svg, "</desc>");
    assert_non_null(drawing);
    assert_null(strstr(drawing, "nan"));
    assert_null(strstr(drawing, "inf"));
    while (*r.at) {
        if (*r.at == '<') {
            r.at++;
            svg_tag(&r);
        } else if (*r.at == '\n') {
            r.at++;
        } else {
            svg_text(&r, '<');
        }
    }
    assert_int_equal(r.depth, 0);
    assert_int_equal(r.n_ids, 2);
    char labelled[300];
    snprintf(labelled, sizeof(labelled), "aria-labelledby=\"%s %s\"", r.ids[0], r.ids[1]);
    assert_non_null(strstr(svg, labelled));
}

// The first element of the class from SVG on.
static const char *svg_find(const char *svg, const char *class_name)
{
    char mark[80];
    snprintf(mark, sizeof(mark), " class=\"%s\"", class_name);
    const char *at = strstr(svg, mark);
    if (!at) {
        fail_msg("no %s", class_name);
    }
    return at;
}

static double svg_attribute(const char *element, const char *name)
{
    char mark[80];
    snprintf(mark, sizeof(mark), " %s=\"", name);
    const char *at = strstr(element, mark);
    const char *end = strchr(element, '>');
    assert_true(at && at < end);
    return strtod(at + strlen(mark), NULL);
}

// The first N numbers of a path.
static void svg_path(const char *element, double *ret, size_t n)
{
    const char *at = strstr(element, " d=\"");
    assert_non_null(at);
    at += 4;
    for (size_t i = 0; i < n; i++) {
        at += strcspn(at, "-.0123456789\"");
        assert_true(*at != '"');
        char *end;
        ret[i] = strtod(at, &end);
        at = end;
    }
}

static size_t svg_count(const char *svg, const char *what)
{
    size_t n = 0;
    for (const char *at = svg; (at = strstr(at, what)) != NULL; at++) {
        n++;
    }
    return n;
}
