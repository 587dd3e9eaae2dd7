// SPDX-License-Identifier: Apache-2.0
// The API's description (OpenAPI 3.1), made from the registry: what the office can do is what it
// says it can do.
#include "json.h"
#include "site.h"
#include "str.h"

struct doc {
    struct arena *a;
    const struct registry *registry;
};

static struct value object(struct doc *d)
{
    return value_object(d->a);
}

static void set(struct doc *d, struct value *o, const char *key, struct value v)
{
    value_set(d->a, o, key, v);
}

static void put(struct doc *d, struct value *o, const char *key, const char *text)
{
    value_set(d->a, o, key, value_text(text));
}

static struct value typed(struct doc *d, const char *type)
{
    struct value v = object(d);
    put(d, &v, "type", type);
    return v;
}

static struct value reference(struct doc *d, const char *where)
{
    struct value v = object(d);
    put(d, &v, "$ref", where);
    return v;
}

static struct value choices_value(struct doc *d, const char *choices)
{
    struct value list = value_list(d->a);
    const char *at = choices, *value, *label;
    while (field_next_choice(d->a, &at, &value, &label)) {
        *value_push(d->a, &list) = value_text(value);
    }
    return list;
}

static struct value list_of(struct doc *d, struct value items)
{
    struct value v = typed(d, "array");
    set(d, &v, "items", items);
    return v;
}

static struct value field_schema(struct doc *d, const struct field *f)
{
    struct value v = typed(d, "string"), items;
    switch (f->type) {
    case FIELD_CHOICE:
        set(d, &v, "enum", choices_value(d, f->choices));
        break;
    case FIELD_CHOICES:
        items = typed(d, "string");
        set(d, &items, "enum", choices_value(d, f->choices));
        v = list_of(d, items);
        break;
    case FIELD_LIST:
        v = list_of(d, v);
        break;
    case FIELD_YES_NO:
        v = typed(d, "boolean");
        break;
    case FIELD_MONEY:
        put(d, &v, "pattern", "^-?[0-9]+(\\.[0-9]{1,2})?$");
        break;
    case FIELD_DATE:
        put(d, &v, "format", "date");
        break;
    case FIELD_TIME:
        put(d, &v, "format", "date-time");
        break;
    case FIELD_COUNT:
        v = typed(d, "integer");
        set(d, &v, "minimum", value_int(0));
        break;
    case FIELD_NUMBER:
        v = typed(d, "number");
        break;
    case FIELD_EMAIL:
        put(d, &v, "format", "email");
        break;
    case FIELD_URL:
        put(d, &v, "format", "uri");
        break;
    case FIELD_TEXT:
    case FIELD_PROSE:
        set(d, &v, "maxLength", value_int(f->max ? f->max : f->type == FIELD_PROSE ? 20000 : 200));
        break;
    default:
        break;
    }
    put(d, &v, "title", f->label);
    if (f->help) {
        put(d, &v, "description", f->help);
    }
    return v;
}

static struct value fields_schema(struct doc *d, const struct command *command)
{
    struct value v = typed(d, "object"), properties = object(d), needed = value_list(d->a);
    bool required;
    const struct field *f;
    for (size_t i = 0; (f = command_field(d->registry, command, i, &required)); i++) {
        set(d, &properties, f->name, field_schema(d, f));
        if (required) {
            *value_push(d->a, &needed) = value_text(f->name);
        }
    }
    set(d, &v, "properties", properties);
    if (value_len(&needed) > 0) {
        set(d, &v, "required", needed);
    }
    set(d, &v, "additionalProperties", value_bool(false));
    return v;
}

static struct value body_schema(struct doc *d, const struct command *command)
{
    struct value v = typed(d, "object"), properties = object(d), needed = value_list(d->a);
    if (command->from != NEW) {
        struct value rev = typed(d, "integer");
        put(d, &rev, "description",
            "The record's rev as you read it; refused when it has changed.");
        set(d, &properties, "id", reference(d, "#/components/schemas/id"));
        set(d, &properties, "rev", rev);
        *value_push(d->a, &needed) = value_text("id");
    }
    if (command->flags & COMMAND_REASON) {
        set(d, &properties, "reason", typed(d, "string"));
        *value_push(d->a, &needed) = value_text("reason");
    }
    set(d, &properties, "fields", fields_schema(d, command));
    set(d, &v, "properties", properties);
    if (value_len(&needed) > 0) {
        set(d, &v, "required", needed);
    }
    set(d, &v, "additionalProperties", value_bool(false));
    return v;
}

static struct value content(struct doc *d, const char *type, struct value schema)
{
    struct value media = object(d), v = object(d);
    set(d, &media, "schema", schema);
    set(d, &v, type, media);
    return v;
}

static struct value response_value(struct doc *d, const char *text, struct value body)
{
    struct value v = object(d);
    put(d, &v, "description", text);
    set(d, &v, "content", body);
    return v;
}

static struct value tags(struct doc *d, const struct kind *k)
{
    struct value list = value_list(d->a);
    *value_push(d->a, &list) = value_text(k->plural);
    return list;
}

static const char *who_text(struct doc *d, uint32_t who)
{
    AUTO_BUF(out, 0);
    if (who & ROLE_PUBLIC) {
        return "Anybody";
    }
    for (uint32_t bit = ROLE_DIRECTOR; bit < 1u << ROLE_COUNT; bit <<= 1) {
        if ((who & bit) && role_label(bit)) {
            buf_fmt(&out, "%s%s", out.len ? ", " : "", role_label(bit));
        }
    }
    return arena_strdup(d->a, buf_text(&out));
}

static void add_command(
    struct doc *d, struct value *paths, const struct kind *k, const struct command *command)
{
    struct value post = object(d), body = object(d), responses = object(d), item = object(d);
    struct value parameters = value_list(d->a);
    put(d, &post, "operationId", command->name);
    put(d, &post, "summary", command->label);
    put(d, &post, "description",
        arena_fmt(d->a, "%s%sWho may: %s.", command->help ? command->help : "",
            command->help ? " " : "", who_text(d, command->who)));
    set(d, &post, "tags", tags(d, k));
    *value_push(d->a, &parameters) = reference(d, "#/components/parameters/IdempotencyKey");
    set(d, &post, "parameters", parameters);
    set(d, &body, "required", value_bool(true));
    set(d, &body, "content", content(d, "application/json", body_schema(d, command)));
    set(d, &post, "requestBody", body);
    set(d, &responses, command->from == NEW ? "201" : "200",
        response_value(d, "Done.",
            content(d, "application/json", reference(d, "#/components/schemas/outcome"))));
    set(d, &responses, "default", reference(d, "#/components/responses/problem"));
    set(d, &post, "responses", responses);
    if (command->who & ROLE_PUBLIC) {
        struct value security = value_list(d->a);
        *value_push(d->a, &security) = object(d);
        set(d, &post, "security", security);
    }
    set(d, &item, "post", post);
    set(d, paths, arena_fmt(d->a, "/api/v1/do/%s", command->name), item);
}

static struct value query_parameter(struct doc *d, const char *name, const char *text)
{
    struct value v = object(d);
    put(d, &v, "name", name);
    put(d, &v, "in", "query");
    put(d, &v, "description", text);
    set(d, &v, "schema", typed(d, "string"));
    return v;
}

static void add_reading(struct doc *d, struct value *paths, const struct kind *k, bool is_list)
{
    struct value get = object(d), responses = object(d), item = object(d);
    struct value parameters = value_list(d->a);
    put(d, &get, "operationId", arena_fmt(d->a, "%s.%s", k->name, is_list ? "list" : "read"));
    put(d, &get, "summary", is_list ? k->plural : k->label);
    set(d, &get, "tags", tags(d, k));
    if (is_list) {
        *value_push(d->a, &parameters) =
            query_parameter(d, "sort", "A column, with '-' before it to turn the order round.");
        *value_push(d->a, &parameters) =
            query_parameter(d, "after", "As it stands in `next` of the page before.");
    } else {
        struct value id = query_parameter(d, "id", "The record's id.");
        put(d, &id, "in", "path");
        set(d, &id, "required", value_bool(true));
        *value_push(d->a, &parameters) = id;
    }
    set(d, &get, "parameters", parameters);
    set(d, &responses, "200",
        response_value(d, "What you may see of it.",
            content(d, "application/json",
                reference(
                    d, is_list ? "#/components/schemas/list" : "#/components/schemas/record"))));
    set(d, &responses, "default", reference(d, "#/components/responses/problem"));
    set(d, &get, "responses", responses);
    if (k->scope.public) {
        struct value security = value_list(d->a);
        *value_push(d->a, &security) = object(d);
        set(d, &get, "security", security);
    }
    set(d, &item, "get", get);
    set(d, paths, arena_fmt(d->a, is_list ? "%s.json" : "%s/{id}.json", k->path), item);
}

static const char components[] =
    "{\"schemas\":{"
    "\"id\":{\"type\":\"string\",\"pattern\":\"^[0-9a-hjkmnp-tv-z]{13}$\"},"
    "\"outcome\":{\"type\":\"object\",\"required\":[\"id\",\"act\",\"repeated\"],\"properties\":{"
    "\"id\":{\"$ref\":\"#/components/schemas/id\"},"
    "\"act\":{\"$ref\":\"#/components/schemas/id\"},"
    "\"repeated\":{\"type\":\"boolean\"},\"href\":{\"type\":[\"string\",\"null\"]},"
    "\"rev\":{\"type\":[\"integer\",\"null\"]},\"state\":{\"type\":[\"string\",\"null\"]}}},"
    "\"record\":{\"type\":\"object\",\"required\":[\"id\",\"kind\"],\"properties\":{"
    "\"id\":{\"$ref\":\"#/components/schemas/id\"},\"kind\":{\"type\":\"string\"},"
    "\"href\":{\"type\":\"string\"}}},"
    "\"list\":{\"type\":\"object\",\"required\":[\"version\",\"items\",\"next\"],\"properties\":{"
    "\"version\":{\"type\":\"integer\"},\"kind\":{\"type\":\"string\"},"
    "\"items\":{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/record\"}},"
    "\"next\":{\"type\":[\"string\",\"null\"]}}},"
    "\"problem\":{\"type\":\"object\",\"properties\":{\"type\":{\"type\":\"string\"},"
    "\"title\":{\"type\":\"string\"},\"status\":{\"type\":\"integer\"},"
    "\"detail\":{\"type\":\"string\"},\"errors\":{\"type\":\"array\",\"items\":{"
    "\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
    "\"text\":{\"type\":\"string\"}}}}}}},"
    "\"responses\":{\"problem\":{\"description\":\"It wasn't done; the body says why (RFC 9457).\","
    "\"content\":{\"application/problem+json\":{\"schema\":{"
    "\"$ref\":\"#/components/schemas/problem\"}}}}},"
    "\"parameters\":{\"IdempotencyKey\":{\"name\":\"Idempotency-Key\",\"in\":\"header\","
    "\"description\":\"A second call with the same key answers with the first one's outcome.\","
    "\"schema\":{\"type\":\"string\",\"maxLength\":100}}},"
    "\"securitySchemes\":{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"}}}";

// Interfaces that rooms describe themselves.
static void add_pages(struct doc *d, struct value *paths, const struct room *room)
{
    for (const struct page *p = room->pages; p && p->pattern; p++) {
        struct value item;
        if (p->openapi && json_read(d->a, p->openapi, strlen(p->openapi), 1 << 16, &item) == OK) {
            set(d, paths, p->pattern, item);
        }
    }
}

void openapi_write(struct arena *a, const struct registry *registry, struct buf *out)
{
    struct doc d = { a, registry };
    struct value doc = object(&d), info = object(&d), paths = object(&d), security, need, parts;
    put(&d, &doc, "openapi", "3.1.0");
    put(&d, &info, "title", "Pilothouse");
    put(&d, &info, "version", "1");
    put(&d, &info, "description",
        "Every command of the office, and what may be read of its records.");
    set(&d, &doc, "info", info);
    for (size_t i = 0; registry_kind_at(registry, i); i++) {
        const struct kind *k = registry_kind_at(registry, i);
        if (k->path) {
            add_reading(&d, &paths, k, true);
            add_reading(&d, &paths, k, false);
        }
        for (const struct command *command = k->commands; command && command->name; command++) {
            if (!(command->flags & COMMAND_INNER)) {
                add_command(&d, &paths, k, command);
            }
        }
    }
    for (size_t i = 0; registry_room(registry, i); i++) {
        add_pages(&d, &paths, registry_room(registry, i));
    }
    set(&d, &doc, "paths", paths);
    if (json_read(a, components, sizeof(components) - 1, sizeof(components), &parts) == OK) {
        set(&d, &doc, "components", parts);
    }
    security = value_list(a);
    need = object(&d);
    set(&d, &need, "token", value_list(a));
    *value_push(a, &security) = need;
    set(&d, &doc, "security", security);
    json_write(out, NULL, &doc);
}
