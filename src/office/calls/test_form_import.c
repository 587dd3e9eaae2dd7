// SPDX-License-Identifier: Apache-2.0
#include "calls/form_import.h"
#include "chain.h"

#include "site.h"

static int64_t draft(void)
{
    int64_t call = chain_draft_call(chain_challenge(), "20000", "formal");
    room_as(ROLE_STAFF);
    return call;
}

static struct value asked(int64_t call)
{
    struct value rows;
    assert_int_equal(call_form(&room.ctx, call, &rows), OK);
    return rows;
}

static int64_t n_asked(int64_t call)
{
    struct value rows = asked(call);
    return (int64_t)value_len(&rows);
}

static struct form_file *looked(int64_t call, const char *csv)
{
    struct form_file *f;
    assert_int_equal(form_import_read(&room.ctx, call, csv, strlen(csv), &f), OK);
    return f;
}

static void expect_fault(const struct form_file *f, size_t i, const char *words)
{
    assert_true(i < f->n);
    const char *said = form_line_faults(&room.ctx, &f->lines[i]);
    if (!strstr(said, words)) {
        fail_msg("line %zu says “%s”, not “%s”", f->lines[i].line, said, words);
    }
}

static void take(int64_t call, const char *csv)
{
    room_act("call.import_form", call, room_fmt("form_csv=%s", csv), "take_lines=good", NULL);
}

static const char whole[] = "question;kind;choices;required;identifies;after;answer;hint\r\n"
                            "Does it need power?;Yes or no;;YES;no;;;\r\n"
                            "\"Which; kind?\";choice;Mains| Battery ;yes;;1;Yes;As sold\r\n"
                            "How often is it changed?;line;;yes;;2;Battery;\r\n"
                            ";;;;;;;\r\n"
                            "Where did you do this?;prose;;;yes;;;\r\n";

static void a_whole_form_comes_by_a_file(void **state)
{
    int64_t call = draft();
    assert_int_equal(looked(call, whole)->bad, 0);
    assert_int_equal(n_asked(call), 0); // nothing is kept by looking
    room_act("call.import_form", call, room_fmt("form_csv=%s", whole), NULL);
    struct value rows = asked(call);
    assert_int_equal(value_len(&rows), 4);
    const struct value *second = value_at(&rows, 1), *last = value_at(&rows, 3);
    assert_string_equal(value_get_text(second, "title", ""), "Which; kind?");
    assert_string_equal(value_get_text(second, "choices", ""), "Mains\nBattery");
    assert_string_equal(value_get_text(second, "after_value", ""), "yes");
    assert_int_equal(value_get_int(second, "after_n", 0), 1);
    assert_int_equal(value_get_int(value_at(&rows, 2), "after_n", 0), 2);
    assert_true(value_get_int(last, "is_identifying", 0) && !value_get_int(last, "is_needed", 0));
    assert_int_equal(value_get_int(last, "number_n", 0), 4);
    // The same file once more takes nothing twice.
    room_refuse(ERR_INVALID, "call.import_form", call, room_fmt("form_csv=%s", whole), NULL);
    take(draft(), whole);
    room_refuse(ERR_INVALID, "call.import_form", call, room_fmt("form_csv=%s", whole),
        "take_lines=good", NULL);
    assert_int_equal(n_asked(call), 4);
}

static const char partly[] = "question,kind,choices,required,after,answer\n"
                             "Power?,yes_no,,yes,,\n"
                             "Which?,choice,Mains,yes,1,yes\n"
                             "How often?,line,,yes,2,Mains\n"
                             "Power?,line,,,,\n"
                             "Colour?,paint,,perhaps,,\n"
                             "Loud?,line,,,1,sometimes\n"
                             "Late?,line,,,9,yes\n"
                             ",line,,,,\n"
                             "Where?,prose,,,1,no\n"
                             "Many,line,,,,,,more\n";

static void what_is_wrong_is_said_line_by_line(void **state)
{
    int64_t call = draft();
    const struct form_file *f = looked(call, partly);
    assert_int_equal(f->n, 10);
    assert_int_equal(f->bad, 8);
    expect_fault(f, 1, "choices: Write at least two answers");
    expect_fault(f, 2, "after: Question 2 has something to mend first.");
    expect_fault(f, 3, "question: Line 2 has the same question.");
    expect_fault(
        f, 4, "kind: Write one of: line, prose, choice, yes_no. required: Answer yes or no.");
    expect_fault(f, 5, "answer: That question has no such answer to choose.");
    expect_fault(f, 6, "after: There is no earlier question with this number.");
    expect_fault(f, 7, "question: This is needed.");
    expect_fault(f, 9, "more cells than there are columns");
    // None, unless the good ones are asked for.
    room_refuse(ERR_INVALID, "call.import_form", call, room_fmt("form_csv=%s", partly), NULL);
    assert_non_null(strstr(room.outcome.errors[0].text, "Line 3: choices: Write at least two"));
    assert_int_equal(n_asked(call), 0);
    take(call, partly);
    struct value rows = asked(call);
    assert_int_equal(value_len(&rows), 2);
    assert_int_equal(value_get_int(value_at(&rows, 1), "number_n", 0), 9); // keeps its place
    // What is handed back has its number, so that conditions still find it once it is mended.
    AUTO_BUF(out, 0);
    form_import_rejects(&room.ctx, f, &out);
    assert_non_null(strstr(buf_text(&out), "number,question,kind,choices,required,after,answer,"
                                           "What to mend\r\n2,Which?,choice,Mains,"));
    static const char mended[] = "number,question,kind,choices,required,after,answer,What to mend\n"
                                 "2,Which?,choice,Mains|Battery,yes,1,yes,Write at least two\n"
                                 "3,How often?,line,,yes,2,Mains,\n"
                                 "1,Taken?,line,,,,,\n"
                                 "21,Far?,line,,,,,\n";
    f = looked(call, mended);
    assert_int_equal(f->bad, 2);
    expect_fault(f, 2, "number: Another question has this number.");
    expect_fault(f, 3, "number: ");
    take(call, mended);
    rows = asked(call);
    assert_int_equal(value_len(&rows), 4);
    assert_string_equal(value_get_text(value_at(&rows, 1), "title", ""), "Which?");
    assert_string_equal(value_get_text(value_at(&rows, 2), "title", ""), "How often?");
}

// The page as it answers an uploaded file.
static const char *uploaded(int64_t call, const char *text, size_t len, int *ret_status)
{
    const struct page *p = calls_pages;
    while (!str_eq(p->pattern, "/calls/{id}/form-import")) {
        p++;
    }
    struct web_field params[] = { { "id", ctx_id(&room.ctx, call) } };
    struct web_file file = { .field = "file", .name = "form.csv", .data = text, .len = len };
    struct request q = { .arena = &room.arena,
        .path = p->pattern,
        .method = METHOD_POST,
        .params = params,
        .n_params = 1,
        .files = &file,
        .n_files = len ? 1 : 0 };
    struct response r = { .arena = &room.arena };
    struct value data = value_object(&room.arena);
    assert_int_equal(p->build(&room.ctx, &q, &data, &r), OK);
    assert_int_equal(site_render(&room.ctx, &q, &r, p->template, &data), OK);
    const char *page = arena_strdup(&room.arena, buf_text(&r.body));
    buf_release(&r.body);
    *ret_status = r.status;
    return page;
}

static void the_page_shows_it_first(void **state)
{
    int64_t call = draft();
    int status;
    const char *page = chain_page(&calls_room, "/calls/{id}/form-import", call);
    assert_non_null(strstr(page, "type=\"file\""));
    page = uploaded(call, partly, strlen(partly), &status);
    assert_non_null(strstr(page, "Take the 2 good questions"));
    assert_non_null(strstr(page, "8 lines have something to mend"));
    assert_non_null(strstr(page, "That question has no such answer to choose."));
    page = uploaded(call, "\xef\xbb\xbfquestion\tkind\r\n<b>Bold</b>?\tline\r\n", 37, &status);
    assert_non_null(strstr(page, "&lt;b&gt;Bold"));
    assert_null(strstr(page, "something to mend"));
    // Files that aren't one.
    static const struct {
        const char *text;
        size_t len;
    } bad[] = { { "", 0 }, { "question\nA", 10 }, { "kind\nline", 9 }, { "\xff\xfeq\0u\0", 6 },
        { "\n\n", 2 }, { "question,kind\nA,\"open", 21 }, { "PK\3\4\0\0\0\0", 8 },
        { "question,kind,question\n", 23 }, { "question,kind,colour\nA,line,red", 31 },
        { "question,kind\nA\0B,line", 22 } };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        page = uploaded(call, bad[i].text, bad[i].len, &status);
        assert_int_equal(status, 422);
        assert_non_null(strstr(page, "role=\"alert\""));
    }
    AUTO_BUF(long_file, 0);
    buf_puts(&long_file, "question,kind\n");
    for (int i = 0; i < 101; i++) {
        buf_fmt(&long_file, "Question %d?,line\n", i);
    }
    page = uploaded(call, buf_text(&long_file), long_file.len, &status);
    assert_int_equal(status, 422);
    assert_non_null(strstr(page, "at most 100 lines"));
}

static void twenty_are_enough_and_a_published_form_stays(void **state)
{
    int64_t call = draft();
    AUTO_BUF(out, 0);
    buf_puts(&out, "question,kind\n");
    for (int i = 0; i < 22; i++) {
        buf_fmt(&out, "Question %d?,line\n", i);
    }
    const struct form_file *f = looked(call, buf_text(&out));
    assert_int_equal(f->bad, 2);
    expect_fault(f, 20, "Twenty questions");
    take(call, buf_text(&out));
    assert_int_equal(n_asked(call), 20);
    room_refuse(ERR_STATE, "call.import_form", call, room_fmt("form_csv=%s", whole), NULL);
    static const uint32_t others[] = { ROLE_PUBLIC, ROLE_APPLICANT, ROLE_EVALUATOR, ROLE_FINANCE };
    int64_t another = draft();
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        room_as(others[i]);
        assert_string_equal(chain_page(&calls_room, "/calls/{id}/form-import", another), "");
    }
    int64_t published = chain_call(NULL);
    room_as(ROLE_STAFF);
    assert_string_equal(chain_page(&calls_room, "/calls/{id}/form-import", published), "");
    room_refuse(ERR_STATE, "call.import_form", published, room_fmt("form_csv=%s", whole), NULL);
    // Nobody gets round the conditions' checks by the nested command.
    room_as(ROLE_DIRECTOR);
    room_refuse(ERR_DENIED, "form_item.import", 0, room_fmt("call_id=%s", room_id(another)),
        "number_n=7", "title=A?", "type=line", NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_form_comes_by_a_file),
        cmocka_unit_test(what_is_wrong_is_said_line_by_line),
        cmocka_unit_test(the_page_shows_it_first),
        cmocka_unit_test(twenty_are_enough_and_a_published_form_stays),
    };
    return ROOM_TESTS(tests);
}
