// SPDX-License-Identifier: Apache-2.0
#include "internal.h"

#include "cli.h"

#include <stdlib.h>

bool ev_plots(const struct ev_call *k)
{
    return ev_given(k, "--plot");
}

// Kept until the call ends, as copies of names are.
static const char *keep(struct ev_call *k, const char *phrase, const char *outcome)
{
    char words[400];
    snprintf(words, sizeof(words), "%s %s", phrase, outcome);
    char **more = realloc(k->copies, (k->n_copies + 1) * sizeof(*more));
    if (!more) {
        return NULL;
    }
    k->copies = more;
    more[k->n_copies] = strdup(words);
    return more[k->n_copies] ? more[k->n_copies++] : NULL;
}

struct ph_picture_options ev_plot_options(struct ev_call *k, const char *phrase)
{
    struct ph_picture_options o = PH_PICTURE_OPTIONS;
    const char *outcome = NULL;
    for (size_t i = 0; i < k->a->n; i++) {
        if (strcmp(k->a->value[i].option->name, "--outcome") == 0) {
            outcome = k->a->value[i].text;
        }
    }
    o.file = true;
    o.title = ev_text(k, "--plot-title");
    o.unit = ev_text(k, "--plot-unit");
    if (!o.unit && phrase && outcome) {
        o.unit = keep(k, phrase, outcome);
    }
    return o;
}

int ev_plot_to(struct ev_call *k, const char *option, char *svg)
{
    const char *name = ev_text(k, option);
    if (!svg) {
        return ev_misused(k, "Not enough memory for the picture.");
    }
    FILE *f = fopen(name, "wb");
    bool written = f && fputs(svg, f) >= 0;
    ph_text_free(svg);
    if (f && fclose(f) != 0) {
        written = false;
    }
    if (!written) {
        fprintf(k->err,
            "The picture could not be written to %.200s; give %s a file that you may write.\n",
            name, option);
        return EV_REFUSED;
    }
    return EV_DONE;
}

int ev_plot(struct ev_call *k, char *svg)
{
    return ev_plot_to(k, "--plot", svg);
}

int ev_plot_levels(struct ev_call *k, const char *phrase, const struct ph_effect_row *rows,
    size_t n, double floor, enum ph_direction direction)
{
    if (!ev_plots(k)) {
        return EV_DONE;
    }
    struct ph_picture_options o = ev_plot_options(k, phrase);
    struct ph_effect_picture picture = { .row = rows, .n = n, .kind = PH_EFFECT_LEVEL };
    o.delta = floor;
    o.direction = direction;
    return ev_plot(k, ph_picture_effect(&o, &picture));
}

int ev_plot_head(struct ev_call *k, const struct ph_result *head)
{
    if (!ev_plots(k)) {
        return EV_DONE;
    }
    struct ph_picture_options o = ev_plot_options(k, "Effect on");
    return ev_plot(k, ph_picture_result(&o, head));
}
