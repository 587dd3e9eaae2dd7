// SPDX-License-Identifier: Apache-2.0
#include "places_private.h"

#include "json.h"
#include "str.h"
#include "svg.h"

#include <math.h>
#include <sodium.h>

enum { MOST_AREAS = 5000, MAX_FEATURES_BYTES = 64 << 20 };
enum { ACTIVE };

static const struct state states[] = {
    { "active", "In use", "going" },
    { NULL, NULL, NULL },
};

#define LAYERS "district=Council district|neighbourhood=Neighbourhood|tract=Census tract"

// ---- areas -------------------------------------------------------------------------------------

static const struct field area_fields[] = {
    { "layer", FIELD_CHOICE, "Kind of place", NULL, LAYERS, .flags = FIELD_RELEASED },
    { "code", FIELD_TEXT, "Number or code", NULL, .flags = FIELD_RELEASED },
    { "title", FIELD_TEXT, "Place", NULL, .flags = FIELD_RELEASED },
    { "geojson", FIELD_HIDDEN, "Outline", NULL, .flags = FIELD_INPUT },
    { "population_n", FIELD_COUNT, "People", NULL, .flags = FIELD_RELEASED },
    { "households_n", FIELD_COUNT, "Households", NULL, .flags = FIELD_RELEASED },
    { "income_cents", FIELD_MONEY, "Median household income", NULL, .flags = FIELD_RELEASED },
    { "poverty_num", FIELD_NUMBER, "Below the poverty line, percent", NULL,
        .flags = FIELD_RELEASED },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// The outline itself is too long for the ledger: its hash is.
static enum err save_outline(struct act *a)
{
    const char *outline = act_text(a, "geojson");
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)outline, strlen(outline));
    struct value text = *act_in(a, "geojson");
    value_set(a->ctx->arena, &a->in, "geojson",
        value_text(
            arena_fmt(a->ctx->arena, "sha256:%s", str_hex(a->ctx->arena, hash, sizeof(hash)))));
    struct value digest = *act_in(a, "geojson");
    act_set(a, "geojson", text);
    TRY(act_save(a));
    act_set(a, "geojson", digest);
    return OK;
}

#define AREA_FIELDS                                                                                \
    "layer! code! title! geojson! population_n households_n income_cents poverty_num"

static const struct command area_commands[] = {
    { "area.load", "Load a place", NEW, ACTIVE, ROLE_CLOCK, AREA_FIELDS, NULL, save_outline,
        COMMAND_INNER | COMMAND_PUBLIC | COMMAND_QUIET, NULL },
    { "area.reload", "Load the place again", AT(ACTIVE), SAME, ROLE_CLOCK, AREA_FIELDS, NULL,
        save_outline, COMMAND_INNER | COMMAND_PUBLIC | COMMAND_QUIET, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind area = {
    .name = "area",
    .label = "Place",
    .plural = "Places",
    .path = "/places",
    .states = states,
    .fields = area_fields,
    .commands = area_commands,
    .scope = { .public = "1 = 1", .outside = "1 = 1", .office = "1 = 1" },
    .leads_to = "challenge site",
    .list = "title layer population_n households_n poverty_num",
    .filters = "layer",
    .search = "title code",
    .empty = "No places yet. An administrator loads council districts and neighbourhoods from the "
             "city's open data.",
};

// ---- layers ------------------------------------------------------------------------------------

static const struct field layer_fields[] = {
    { "title", FIELD_TEXT, "Layer", NULL, .flags = FIELD_RELEASED },
    { "code", FIELD_CHOICE, "Kind of place", NULL, LAYERS, .flags = FIELD_RELEASED },
    { "file_name", FIELD_TEXT, "File", NULL, .flags = FIELD_RELEASED },
    { "digest", FIELD_TEXT, "SHA-256 of the file", NULL, .flags = FIELD_RELEASED },
    { "areas_n", FIELD_COUNT, "Places", NULL, .flags = FIELD_RELEASED },
    { "areas", FIELD_HIDDEN, "Places in it", NULL, .flags = FIELD_INPUT },
    { NULL, 0, NULL, NULL, NULL, 0, 0, NULL },
};

// Each area of the file as an act of its own, all in this one's transaction. The list is taken out
// of the inputs, so that the ledger has the areas once.
static enum err load_areas(struct act *a)
{
    struct ctx *c = a->ctx;
    const struct value areas = *act_in(a, "areas");
    value_set(c->arena, &a->in, "areas", VALUE_NULL);
    TRY(act_save(a));
    for (size_t i = 0; i < value_len(&areas); i++) {
        const struct value *values = value_at(&areas, i);
        struct value row;
        enum err e = db_row(c->db, c->arena, "area.of_code",
            ARGS(
                ARG("layer", *value_get(values, "layer")), ARG("code", *value_get(values, "code"))),
            &row);
        if (e != OK && e != ERR_NOT_FOUND) {
            return e;
        }
        TRY(act_nest_system(a, e == OK ? "area.reload" : "area.load",
            e == OK ? value_get_int(&row, "id", 0) : 0, values, NULL));
        if (arena_exhausted(c->arena)) {
            return fail(c->arena, ERR_TOO_LARGE, "The file has too many places for one act.");
        }
    }
    return OK;
}

#define LAYER_FIELDS "title! code! file_name! digest! areas_n! areas"

static const struct command layer_commands[] = {
    { "layer.load", "Load a layer of places", NEW, ACTIVE, ROLE_CLOCK, LAYER_FIELDS, NULL,
        load_areas, COMMAND_INNER | COMMAND_PUBLIC, NULL },
    { "layer.reload", "Load the layer again", AT(ACTIVE), SAME, ROLE_CLOCK, LAYER_FIELDS, NULL,
        load_areas, COMMAND_INNER | COMMAND_PUBLIC, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};

static const struct kind layer = {
    .name = "layer",
    .label = "Layer of places",
    .plural = "Layers of places",
    .path = "/layers",
    .states = states,
    .fields = layer_fields,
    .commands = layer_commands,
    .scope = { .public = "1 = 1", .outside = "1 = 1", .office = "1 = 1" },
    .list = "title code areas_n file_name",
    .filters = "state",
    .empty = "No layer was loaded yet.",
};

static const struct kind *const kinds[] = { &area, &layer, NULL };

const struct room places_room = { .name = "places", .kinds = kinds, .pages = places_pages };

// ---- reading a file ----------------------------------------------------------------------------

struct loading {
    struct ctx *ctx;
    const struct places_file *file;
    struct map figures;
    struct map codes; // seen
    struct svg_map *check;
    struct value areas;
};

static const char *property_text(struct arena *a, const struct value *properties, const char *name)
{
    const struct value *v = name ? value_get(properties, name) : NULL;
    if (!v || v->kind == V_NULL) {
        return NULL;
    }
    if (v->kind == V_TEXT) {
        return str_trim(a, locale_clean(a, v->text));
    }
    return v->kind == V_INT || (v->kind == V_NUM && v->x == floor(v->x) && fabs(v->x) < 1e15)
               ? arena_fmt(a, "%lld", v->kind == V_INT ? (long long)v->n : (long long)v->x)
               : NULL;
}

static void add_figures(struct loading *l, const char *code, struct value *values)
{
    struct arena *a = l->ctx->arena;
    const struct figures *f = map_get(&l->figures, code);
    if (!f) {
        return;
    }
    if (!isnan(f->people)) {
        value_set(a, values, "population_n", value_int(llround(f->people)));
    }
    if (!isnan(f->households)) {
        value_set(a, values, "households_n", value_int(llround(f->households)));
    }
    if (!isnan(f->income)) {
        value_set(a, values, "income_cents",
            value_money(llround(f->income * 100), l->ctx->city->currency));
    }
    if (!isnan(f->poverty)) {
        value_set(a, values, "poverty_num", value_num(round(f->poverty * 10) / 10));
    }
}

static enum err take_feature(struct loading *l, size_t i, const struct value *feature)
{
    struct arena *a = l->ctx->arena;
    const struct places_file *file = l->file;
    const struct value *geometry = value_get(feature, "geometry"),
                       *properties = value_get(feature, "properties");
    const char *code = property_text(a, properties, file->code_property);
    const char *title = property_text(a, properties, file->title_property);
    if (!code || !*code || strlen(code) > 100 || !geometry) {
        return fail(a, ERR_INVALID, "%s: feature %zu has no %s or no geometry", file->path, i + 1,
            file->code_property);
    }
    if (map_get(&l->codes, code)) {
        return fail(a, ERR_INVALID, "%s: %s is there twice", file->path, code);
    }
    map_put(&l->codes, code, l);
    AUTO_BUF(outline, 8 << 20);
    json_write(&outline, NULL, geometry);
    const char *type = value_get_text(geometry, "type", "");
    // The map reads it as it will be read when it is drawn.
    if (!buf_ok(&outline) || (!str_eq(type, "Polygon") && !str_eq(type, "MultiPolygon")) ||
        svg_map_area(l->check, buf_text(&outline), "svg-area", code, NULL) != OK) {
        return fail(
            a, ERR_INVALID, "%s: the outline of %s is not a polygon in degrees", file->path, code);
    }
    struct value values = value_object(a);
    value_set(a, &values, "layer", value_text(file->layer));
    value_set(a, &values, "code", value_text(code));
    value_set(a, &values, "title",
        value_text(arena_fmt(a, "%s%s", file->title_prefix ? file->title_prefix : "",
            title && *title ? title : code)));
    value_set(a, &values, "geojson", value_text(arena_strdup(a, buf_text(&outline))));
    value_set(a, &values, "source_url", value_text(file->source_url));
    value_set(a, &values, "is_made_up", value_bool(file->is_made_up));
    add_figures(l, code, &values);
    *value_push(a, &l->areas) = values;
    return arena_exhausted(a) ? fail(a, ERR_TOO_LARGE, "%s is too large", file->path) : OK;
}

static enum err read_features(struct loading *l, const struct buf *text)
{
    struct arena *a = l->ctx->arena;
    struct value root;
    TRY(json_read(a, buf_text(text), text->len, MAX_FEATURES_BYTES, &root));
    const struct value *features = value_get(&root, "features");
    if (!str_eq(value_get_text(&root, "type", ""), "FeatureCollection") || !features ||
        features->kind != V_LIST || value_len(features) == 0) {
        return fail(a, ERR_INVALID, "%s is no FeatureCollection with features", l->file->path);
    }
    if (value_len(features) > MOST_AREAS) {
        return fail(a, ERR_TOO_LARGE, "%s has more than %d places", l->file->path, MOST_AREAS);
    }
    for (size_t i = 0; i < value_len(features); i++) {
        TRY(take_feature(l, i, value_at(features, i)));
    }
    return OK;
}

static enum err load(struct loading *l, const struct buf *text, int64_t *ret_n)
{
    struct ctx *c = l->ctx;
    struct arena *a = c->arena;
    TRY(read_features(l, text));
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)buf_text(text), text->len);
    const char *slash = strrchr(l->file->path, '/');
    struct value values = value_object(a), row;
    value_set(a, &values, "title", value_text(l->file->title));
    value_set(a, &values, "code", value_text(l->file->layer));
    value_set(a, &values, "file_name", value_text(slash ? slash + 1 : l->file->path));
    value_set(a, &values, "digest", value_text(str_hex(a, hash, sizeof(hash))));
    value_set(a, &values, "areas_n", value_int((int64_t)value_len(&l->areas)));
    value_set(a, &values, "areas", l->areas);
    value_set(a, &values, "source_url", value_text(l->file->source_url));
    value_set(a, &values, "is_made_up", value_bool(l->file->is_made_up));
    enum err e =
        db_row(c->db, a, "layer.of_code", ARGS(ARG("code", value_text(l->file->layer))), &row);
    if (e != OK && e != ERR_NOT_FOUND) {
        return e;
    }
    struct outcome o;
    TRY(act_run_values(c, e == OK ? "layer.reload" : "layer.load",
        e == OK ? value_get_int(&row, "id", 0) : 0, &values, &o));
    *ret_n = (int64_t)value_len(&l->areas);
    return OK;
}

enum err places_load_geojson(struct ctx *c, const struct places_file *file, int64_t *ret_n)
{
    struct loading l = { .ctx = c, .file = file, .areas = value_list(c->arena) };
    struct buf text;
    TRY(figures_read(c->arena, file, &l.figures));
    TRY(file_read(c->arena, file->path, &text));
    map_init(&l.codes, c->arena);
    l.check = svg_map_new(c->arena, 320);
    enum err e = load(&l, &text, ret_n);
    buf_release(&text);
    return e;
}
