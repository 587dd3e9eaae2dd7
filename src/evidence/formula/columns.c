// SPDX-License-Identifier: Apache-2.0
// Which columns a formula needs, for those who load them.
#include "internal.h"

#include "formula.h"

void ev_formula_each_column(const struct ev_formula *f, ev_formula_column_fn *each, void *user)
{
    for (size_t i = 0; i < f->y.n_names; i++) {
        each(user, f->y.name[i], PH_REAL);
    }
    for (size_t k = 0; k < f->n_factors; k++) {
        const struct ev_factor *x = &f->factor[k];
        if (x->levels) {
            each(user, x->key, PH_KEY);
        }
        for (size_t i = 0; !x->levels && i < x->expr.n_names; i++) {
            each(user, x->expr.name[i], PH_REAL);
        }
    }
    for (size_t i = 0; i < f->n_absorbed; i++) {
        each(user, f->absorbed[i], PH_KEY);
    }
}

// At first columns are counted, with the bytes of their names; then written into one block.
struct listing {
    struct ph_formula_columns *list;
    size_t n;
    size_t bytes;
    char *text; // NULL: count only
};

static void list_one(void *user, const char *name, enum ph_column_kind kind)
{
    struct listing *l = user;
    size_t size = strlen(name) + 1;
    if (!l->text) {
        l->n++;
        l->bytes += size;
        return;
    }
    for (size_t i = 0; i < l->list->n; i++) {
        const struct ph_formula_column *known = &l->list->column[i];
        if (known->kind == kind && strcmp(known->name, name) == 0) {
            return;
        }
    }
    memcpy(l->text, name, size);
    l->list->column[l->list->n++] = (struct ph_formula_column){ l->text, kind };
    l->text += size;
}

enum ph_status ph_formula_columns(
    struct ph_context *context, const char *formula, struct ph_formula_columns *ret_columns)
{
    enum ph_status status = ev_begin(context, formula, PH_VERSION, ret_columns);
    if (status != PH_OK) {
        return status;
    }
    struct ev_formula *f = ev_formula_parse(context, formula, &status);
    if (!f) {
        return status;
    }
    struct ph_formula_columns list = { 0 };
    struct listing l = { .list = &list };
    ev_formula_each_column(f, list_one, &l);
    list.column = ev_take(context, 1, l.n * sizeof(*list.column) + l.bytes);
    if (list.column) {
        l.text = (char *)&list.column[l.n];
        ev_formula_each_column(f, list_one, &l);
        *ret_columns = list;
    } else {
        status = PH_NO_MEMORY;
    }
    ev_formula_free(context, f);
    return status;
}

void ph_formula_columns_release(struct ph_context *context, struct ph_formula_columns *columns)
{
    if (context && columns) {
        ev_give_back(context, columns->column);
        *columns = (struct ph_formula_columns){ 0 };
    }
}
