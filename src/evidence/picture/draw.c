// SPDX-License-Identifier: Apache-2.0
#include "draw.h"

#include <stdlib.h>

enum { TITLE_CHARS = 42 };

bool ev_pic_begin(struct pic *p, const struct ph_picture_options *o)
{
    *p = (struct pic){ .o = o };
    if (!o || o->version != PH_VERSION) {
        return false;
    }
    if (o->ret_table) {
        *o->ret_table = (struct ph_picture_table){ 0 };
    }
    p->body = open_memstream(&p->body_text, &p->body_len);
    p->desc = open_memstream(&p->desc_text, &p->desc_len);
    if (p->body && p->desc) {
        return true;
    }
    if (p->body) {
        fclose(p->body);
        free(p->body_text);
    }
    if (p->desc) {
        fclose(p->desc);
        free(p->desc_text);
    }
    return false;
}

static uint64_t hash(uint64_t seed, const char *text)
{
    for (; *text; text++) {
        seed = (seed ^ (unsigned char)*text) * 0x100000001b3; // FNV-1a
    }
    return seed;
}

static void put_head(FILE *out, const struct pic *p, const char *class_name, double height)
{
    uint64_t seed = hash(0xcbf29ce484222325, p->title);
    seed = hash(hash(seed, p->desc_text), p->body_text);
    char id[PIC_NUMBER];
    snprintf(id, sizeof(id), "p%08x", (unsigned)(seed ^ seed >> 32));
    fprintf(out, "<svg class=\"svg %s\"", class_name);
    if (p->o->file) {
        fputs(" xmlns=\"http://www.w3.org/2000/svg\"", out);
    }
    fprintf(out, " viewBox=\"0 0 %d ", (int)PIC_WIDTH);
    ev_pic_coord(out, height);
    fputs("\" role=\"img\" aria-labelledby=\"", out);
    const char *own = p->o->id ? p->o->id : id;
    ev_pic_escape(out, own, PIC_NUMBER);
    fputs("-t ", out);
    ev_pic_escape(out, own, PIC_NUMBER);
    fputs("-d\" font-size=\"13\" fill=\"none\" stroke-linecap=\"round\" stroke-linejoin=\"round\">"
          "<title id=\"",
        out);
    ev_pic_escape(out, own, PIC_NUMBER);
    fputs("-t\">", out);
    ev_pic_escape(out, p->title, sizeof(p->title));
    fputs("</title><desc id=\"", out);
    ev_pic_escape(out, own, PIC_NUMBER);
    fprintf(out, "-d\">%s</desc>", p->desc_text);
}

size_t ev_pic_line_end(const char *words, size_t most)
{
    size_t len = strlen(words);
    if (len <= most) {
        return len;
    }
    len = most;
    while (len > most / 2 && words[len] != ' ') {
        len--;
    }
    while (len > 1 && (words[len] & 0xc0) == 0x80) { // not within a letter
        len--;
    }
    return len;
}

// A page has words around a picture; a file says itself what it shows. Without OUT only the height
// is reckoned.
static double put_title(FILE *out, const struct pic *p)
{
    double y = 0;
    for (const char *words = p->title; *words;) {
        size_t len = ev_pic_line_end(words, TITLE_CHARS);
        y += PIC_LINE;
        if (out) {
            fputs(
                "<text class=\"svg-title\" fill=\"currentColor\" font-weight=\"600\" x=\"0\" y=\"",
                out);
            ev_pic_coord(out, y - 4);
            fputs("\">", out);
            ev_pic_escape(out, words, len);
            fputs("</text>", out);
        }
        words += len;
        words += strspn(words, " ");
    }
    return y > 0 ? y + 12 : 0;
}

// A file's own dress: style, paper, title.
static void put_file(FILE *out, const struct pic *p, double height)
{
    fputs(ev_pic_style, out);
    fprintf(out, "<path class=\"svg-paper\" d=\"M-8 -8h%dv", (int)PIC_WIDTH + 16);
    ev_pic_coord(out, height + 16);
    fprintf(out, "h-%dz\"/>", (int)PIC_WIDTH + 16);
    double down = put_title(out, p);
    fputs("<g transform=\"translate(0 ", out);
    ev_pic_coord(out, down);
    fprintf(out, ")\">%s</g>", p->body_text);
}

char *ev_pic_end(struct pic *p, const char *class_name, double height)
{
    char *text = NULL;
    size_t len = 0;
    bool good = !p->failed && !ferror(p->body) && !ferror(p->desc);
    good = fclose(p->body) == 0 && good;
    good = fclose(p->desc) == 0 && good;
    FILE *out = good ? open_memstream(&text, &len) : NULL;
    if (out) {
        if (p->o->file) {
            height += put_title(NULL, p);
            put_head(out, p, class_name, height);
            put_file(out, p, height);
            fputs("</svg>\n", out);
        } else {
            put_head(out, p, class_name, height);
            fprintf(out, "%s</svg>", p->body_text);
        }
        good = !ferror(out);
        good = fclose(out) == 0 && good;
    }
    free(p->body_text);
    free(p->desc_text);
    if (!out || !good) {
        free(text);
        ph_picture_table_release(&p->table);
        return NULL;
    }
    if (p->o->ret_table) {
        *p->o->ret_table = p->table;
    }
    return text;
}

// ---- Text --------------------------------------------------------------------------------------

// The code point at S and its length; 0xFFFD and 1 for what is no UTF-8 or not allowed in XML.
static unsigned code_point(const char *s, size_t *ret_len)
{
    const unsigned char *c = (const unsigned char *)s;
    static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t len = c[0] < 0x80 ? 1 : (c[0] & 0xe0) == 0xc0 ? 2 : (c[0] & 0xf0) == 0xe0 ? 3 : 4;
    unsigned code = len == 1 ? c[0] : c[0] & (0x7fu >> len);
    bool good = len < 4 || (c[0] & 0xf8) == 0xf0;
    for (size_t i = 1; good && i < len; i++) {
        good = (c[i] & 0xc0) == 0x80;
        code = code << 6 | (c[i] & 0x3f);
    }
    good = good && code >= least[len] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) &&
           code != 0xfffe && code != 0xffff;
    *ret_len = good ? len : 1;
    return good ? code : 0xfffd;
}

static void put_text(FILE *out, const char *text, size_t most, bool xml)
{
    for (size_t len = 0, at = 0; at < most && text[at]; at += len) {
        unsigned code = code_point(text + at, &len);
        const char *entity = !xml          ? NULL
                             : code == '&' ? "&amp;"
                             : code == '<' ? "&lt;"
                             : code == '>' ? "&gt;"
                             : code == '"' ? "&quot;"
                                           : NULL;
        if (entity) {
            fputs(entity, out);
        } else if (code < ' ' || code == 0x7f) {
            fputc(' ', out);
        } else if (code == 0xfffd) {
            fputs("\xef\xbf\xbd", out);
        } else {
            fwrite(text + at, 1, len, out);
        }
    }
}

void ev_pic_escape(FILE *out, const char *text, size_t most)
{
    put_text(out, text, most, true);
}

void ev_pic_clean(FILE *out, const char *text, size_t most)
{
    put_text(out, text, most, false);
}

// Ideographs take two places.
static double place_of(unsigned code)
{
    return code < 0x1100 || (code >= 0x2000 && code < 0x2e80) ? 1 : 2;
}

double ev_pic_text_width(const char *text)
{
    double places = 0;
    for (size_t len = 0, at = 0; text[at]; at += len) {
        places += place_of(code_point(text + at, &len));
    }
    return places * PIC_CHAR;
}

// How many bytes of TEXT stand in ROOM.
static size_t bytes_within(const char *text, double room)
{
    double used = 0;
    size_t at = 0;
    for (size_t len = 0; text[at]; at += len) {
        used += place_of(code_point(text + at, &len)) * PIC_CHAR;
        if (used > room && at > 0) {
            break;
        }
    }
    return at;
}

// ---- Shapes ------------------------------------------------------------------------------------

void ev_pic_coord(FILE *out, double x)
{
    double bounded = isfinite(x) ? fmin(fmax(x, -1e6), 1e6) : 0;
    long tenths = lround(bounded * 10);
    long size = labs(tenths);
    fputs(tenths < 0 ? "-" : "", out);
    if (size >= 10 || size == 0) {
        fprintf(out, "%ld", size / 10);
    }
    if (size % 10) {
        fprintf(out, ".%ld", size % 10);
    }
}

static void attribute(struct pic *p, const char *name, double x)
{
    fprintf(p->body, " %s=\"", name);
    ev_pic_coord(p->body, x);
    fputc('"', p->body);
}

void ev_pic_pair(struct pic *p, char command, double x, double y)
{
    fputc(command, p->body);
    ev_pic_coord(p->body, x);
    fputc(' ', p->body);
    ev_pic_coord(p->body, y);
}

void ev_pic_path(struct pic *p, enum look look)
{
    fprintf(p->body, "<path%s d=\"", ev_pic_look(look));
}

void ev_pic_path_end(struct pic *p)
{
    fputs("\"/>", p->body);
}

void ev_pic_line(struct pic *p, enum look look, double x1, double y1, double x2, double y2)
{
    ev_pic_path(p, look);
    ev_pic_pair(p, 'M', x1, y1);
    ev_pic_pair(p, 'L', x2, y2);
    ev_pic_path_end(p);
}

void ev_pic_rect(struct pic *p, enum look look, double x, double y, double width, double height)
{
    fprintf(p->body, "<rect%s", ev_pic_look(look));
    attribute(p, "x", x);
    attribute(p, "y", y);
    attribute(p, "width", fmax(width, 0));
    attribute(p, "height", fmax(height, 0));
    fputs("/>", p->body);
}

void ev_pic_dot(struct pic *p, enum look look, double x, double y, double r)
{
    fprintf(p->body, "<circle%s", ev_pic_look(look));
    attribute(p, "cx", x);
    attribute(p, "cy", y);
    attribute(p, "r", r);
    fputs("/>", p->body);
}

void ev_pic_shape(struct pic *p, enum look look, enum shape shape, double x, double y, double r)
{
    if (shape == SHAPE_CIRCLE) {
        ev_pic_dot(p, look, x, y, r);
    } else if (shape == SHAPE_SQUARE) {
        ev_pic_rect(p, look, x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
    } else {
        bool diamond = shape == SHAPE_DIAMOND;
        ev_pic_path(p, look);
        ev_pic_pair(p, 'M', x, y - 1.2 * r);
        ev_pic_pair(p, 'L', x + 1.2 * r, diamond ? y : y + 0.9 * r);
        if (diamond) {
            ev_pic_pair(p, 'L', x, y + 1.2 * r);
        }
        ev_pic_pair(p, 'L', x - 1.2 * r, diamond ? y : y + 0.9 * r);
        fputc('z', p->body);
        ev_pic_path_end(p);
    }
}

void ev_pic_text(struct pic *p, enum look look, double x, double y, enum anchor anchor,
    const char *text, double room)
{
    static const char *const anchors[] = { "", " text-anchor=\"middle\"", " text-anchor=\"end\"" };
    if (!text[0]) {
        return;
    }
    fprintf(p->body, "<text%s%s", ev_pic_look(look), anchors[anchor]);
    attribute(p, "x", x);
    attribute(p, "y", y);
    fputc('>', p->body);
    if (ev_pic_text_width(text) <= room) {
        ev_pic_escape(p->body, text, PIC_WORDS);
    } else {
        ev_pic_escape(p->body, text, bytes_within(text, room - PIC_CHAR));
        fputs("\xe2\x80\xa6<title>", p->body);
        ev_pic_escape(p->body, text, PIC_WORDS);
        fputs("</title>", p->body);
    }
    fputs("</text>", p->body);
}

double ev_pic_column(const char *const *names, size_t n)
{
    double widest = 0;
    for (size_t i = 0; i < n; i++) {
        widest = fmax(widest, ev_pic_text_width(names[i]));
    }
    return widest <= 0.32 * PIC_WIDTH ? widest + PIC_CHAR : 0;
}

void ev_pic_text_within(struct pic *p, enum look look, double x, double y, const char *text)
{
    double half = ev_pic_text_width(text) / 2;
    if (x - half < 0) {
        ev_pic_text(p, look, 0, y, ANCHOR_START, text, PIC_WIDTH);
    } else if (x + half > PIC_WIDTH) {
        ev_pic_text(p, look, PIC_WIDTH, y, ANCHOR_END, text, PIC_WIDTH);
    } else {
        ev_pic_text(p, look, x, y, ANCHOR_MIDDLE, text, PIC_WIDTH);
    }
}
