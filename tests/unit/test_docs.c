// SPDX-License-Identifier: Apache-2.0
#include "docs.h"
#include "check.h"
#include "json.h"
#include "site.h"
#include "str.h"
#include "testroom.h"

static const struct kind *const kinds[] = { &test_note, NULL };
static const struct room room = { .name = "test", .kinds = kinds };
static const struct room *const rooms[] = { &room, NULL };

static struct arena arena;
static const struct registry *registry;

static int set_up(void **state)
{
    arena_init(&arena, 8 << 20);
    assert_int_equal(registry_new(&arena, rooms, &registry), OK);
    return 0;
}

static int tear_down(void **state)
{
    arena_release(&arena);
    return 0;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what)) {
        n++;
    }
    return n;
}

static void every_command_has_its_line(void **state)
{
    AUTO_BUF(out, 0);
    docs_commands(&arena, registry, &out);
    for (const struct command *c = test_note.commands; c->name; c++) {
        assert_int_equal(count(out.data, arena_fmt(&arena, "\n| `%s` |", c->name)), 1);
    }
    assert_non_null(strstr(out.data,
        "| `note.archive` | Put the note away | published → archived | director | `topic` | "
        "changes what the public sees; asks once more; asks for a reason |\n"));
    assert_non_null(strstr(out.data, "| new → draft | anybody | `title`! `body` `above_id` |"));
    assert_non_null(strstr(out.data, "| draft, published → same |"));
    assert_non_null(strstr(out.data, "only nested or by the clock"));
    assert_non_null(strstr(out.data, "guarded"));
}

static void states_are_drawn_once_each(void **state)
{
    AUTO_BUF(out, 0);
    docs_states(&arena, &test_note, &out);
    assert_true(str_starts(out.data, "<svg "));
    assert_true(str_ends(out.data, "</svg>\n"));
    for (const struct state *s = test_note.states; s->name; s++) {
        assert_int_equal(count(out.data, arena_fmt(&arena, ">%s</text>", s->label)), 1);
    }
    // new → draft, draft → published, published → archived.
    assert_int_equal(count(out.data, "marker-end='url(#end)'"), 3);
    assert_non_null(strstr(out.data, ">Put the note away · Expire</text>"));
    assert_int_equal(count(out.data, ">Change the note</text>"), 2);
    assert_int_equal(count(out.data, "<text"), count(out.data, "</text>"));
}

static const struct state odd_states[] = {
    { "a", "A < B & C", "neutral" },
    { "b", "B", "going" },
    { "c", "C", "going" },
    { "d", "D", "done" },
    { NULL, NULL, NULL },
};
static const struct command odd_commands[] = {
    { "odd.new", "Begin", NEW, 2, ROLES_OFFICE, "", NULL, NULL, 0, NULL },
    { "odd.back", "Back to the start", AT(3) | AT(2), 0, ROLES_OFFICE, "", NULL, NULL, 0, NULL },
    { "odd.leap", "Leap", AT(0), 3, ROLES_OFFICE, "", NULL, NULL, 0, NULL },
    { "odd.any", "From anywhere", ANY, 1, ROLES_OFFICE, "", NULL, NULL, 0, NULL },
    { "odd.turn", "Depends", AT(1), BY_APPLY, ROLES_OFFICE, "", NULL, NULL, 0, NULL },
    { NULL, NULL, 0, 0, 0, NULL, NULL, NULL, 0, NULL },
};
static const struct kind odd = {
    .name = "odd", .plural = "Odd ones", .states = odd_states, .commands = odd_commands
};

static void arrows_lead_back_and_over(void **state)
{
    AUTO_BUF(out, 0);
    docs_states(&arena, &odd, &out);
    assert_non_null(strstr(out.data, "A &lt; B &amp; C"));
    // Start → C, C → A, D → A, A → D, and into B from A, C and D but not from B itself.
    assert_int_equal(count(out.data, "marker-end='url(#end)'"), 7);
    assert_int_equal(count(out.data, ">Back to the start</text>"), 2);
    assert_int_equal(count(out.data, ">Depends</text>"), 1);
    assert_null(strstr(out.data, "='-")); // nothing left of or above the picture
}

static void the_api_is_described(void **state)
{
    AUTO_BUF(out, 0);
    struct value doc;
    openapi_write(&arena, registry, &out);
    assert_int_equal(json_read(&arena, out.data, out.len, 1 << 20, &doc), OK);
    assert_string_equal(value_get_text(&doc, "openapi", ""), "3.1.0");
    const struct value *paths = value_get(&doc, "paths");
    assert_non_null(value_get(paths, "/api/v1/do/note.draft"));
    assert_non_null(value_get(paths, "/notes.json"));
    assert_non_null(value_get(paths, "/notes/{id}.json"));
    assert_null(value_get(paths, "/api/v1/do/note.expire"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_its_line),
        cmocka_unit_test(states_are_drawn_once_each),
        cmocka_unit_test(arrows_lead_back_and_over),
        cmocka_unit_test(the_api_is_described),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
