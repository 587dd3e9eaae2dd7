// SPDX-License-Identifier: Apache-2.0
#include "pitches/test_pitch.h"

#include "pitches/pitch_parts.h"

#include "site.h"

static int64_t profile_of_viewer(void)
{
    struct value rows;
    assert_int_equal(
        db_rows_sql(room.db, &room.arena,
            "SELECT t.id AS id FROM profile t WHERE t.city = :city AND @scope(profile t)", NO_ARGS,
            &rows),
        OK);
    return value_len(&rows) ? value_get_int(value_at(&rows, 0), "id", 0) : 0;
}

static const char *own(int64_t pitch, const char *column)
{
    struct value row;
    as_applicant(pitch);
    assert_int_equal(db_row(room.db, &room.arena, "pitch.own_identity",
                         ARGS(ARG("pitch_id", value_id(pitch))), &row),
        OK);
    return value_get_text(&row, column, "");
}

// What the form of COMMAND starts with at NAME, for the viewer.
static const char *offered(const char *command, int64_t pitch, const char *name)
{
    const struct kind *k;
    const struct command *it = registry_command(room.ctx.registry, command, &k);
    struct value row = pitch ? room_get("pitch", pitch) : VALUE_NULL,
                 items = value_list(&room.arena);
    bool required;
    const struct field *f;
    for (size_t i = 0; (f = command_field(room.ctx.registry, it, i, &required)); i++) {
        *value_push(&room.arena, &items) =
            field_form_item(&room.ctx, f, required, NULL, NULL, NULL);
    }
    assert_int_equal(k->form(&room.ctx, it, &row, NULL, &items), OK);
    for (size_t i = 0; i < value_len(&items); i++) {
        if (str_eq(value_get_text(value_at(&items, i), "name", ""), name)) {
            return value_get_text(value_at(&items, i), "value", "");
        }
    }
    return "";
}

static void an_organisation_is_asked_once(void **state)
{
    int64_t call = chain_call(NULL), id = start(call, "profile@example.org");
    as_applicant(id);
    assert_int_equal(profile_of_viewer(), 0);
    room_act("pitch.identify", id, "size=11", "website=https://markerfirma.example",
        "about_us=Markerfirma counts.", NULL);
    int64_t profile = profile_of_viewer();
    assert_true(profile != 0);
    const char *page = chain_page(&pitches_room, "/profiles/{id}", profile);
    assert_non_null(strstr(page, "Markerfirma counts."));
    assert_non_null(strstr(page, "11 to 50"));
    room_refuse(ERR_INVALID, "pitch.identify", id, "organisation=", NULL);
    // Another call: it is there already, in a copy of its own.
    int64_t second = start(chain_call(NULL), "PROFILE@example.org");
    assert_string_equal(own(second, "website"), "https://markerfirma.example");
    assert_string_equal(own(second, "size"), "11");
    assert_string_equal(offered("pitch.identify", second, "about_us"), "Markerfirma counts.");
    assert_string_equal(offered("pitch.start", 0, "organisation"), "Markerfirma Ltd");
    room_act("profile.edit", profile, "organisation=Markerfirma 2", "contact_name=Markername",
        "website=", NULL);
    assert_string_equal(offered("pitch.start", 0, "organisation"), "Markerfirma 2");
    assert_string_equal(offered("pitch.identify", second, "organisation"), "Markerfirma Ltd");
    assert_string_equal(own(second, "website"), "https://markerfirma.example");
    room_act("profile.keep", 0, "organisation=Markerfirma 3", "contact_name=Markername", NULL);
    assert_true(profile_of_viewer() == profile); // one a person
    // Nobody else finds it, nor that there is one; the ledger has commitments.
    int64_t other = start(call, "otherprofile@example.org");
    as_applicant(other);
    assert_int_equal(profile_of_viewer(), 0);
    assert_string_equal(offered("pitch.start", 0, "organisation"), "");
    assert_string_equal(chain_page(&pitches_room, "/profiles/{id}", profile), "");
    room_refuse(ERR_NOT_FOUND, "profile.edit", profile, "organisation=X", "contact_name=Y", NULL);
    for (uint32_t role = ROLE_PUBLIC; role < ROLE_CLOCK; role <<= 1) {
        room_as(role);
        assert_int_equal(profile_of_viewer(), 0);
        assert_string_equal(chain_page(&pitches_room, "/profiles/{id}", profile), "");
        assert_viewer_finds_nothing(role_name(role));
    }
    assert_tables_clean();
    // Forgotten: not in the ledger's sealed part either. What was pitched stays.
    as_applicant(id);
    room_act("profile.forget", profile, NULL);
    assert_string_equal(offered("pitch.start", 0, "organisation"), "");
    assert_string_equal(own(second, "size"), "11");
    struct value rows;
    room_as_system();
    assert_int_equal(db_rows(room.db, &room.arena, "profile.of_person",
                         ARGS(ARG("person_id", value_id(applicant_of(id)))), &rows),
        OK);
    assert_int_equal(value_len(&rows), 0);
    as_applicant(id);
    room_act("profile.keep", 0, "organisation=Anew", "contact_name=Ann", NULL);
    assert_string_equal(offered("pitch.start", 0, "organisation"), "Anew");
}

static void imports_take_good_lines_and_name_bad_ones(void **state)
{
    int64_t call = chain_call(NULL), elsewhere = chain_draft_call(chain_challenge(), "1", "none");
    room_as(ROLE_STAFF);
    room_refuse(ERR_STATE, "call.import", call, "csv=reference,title,summary", NULL);
    room_act(
        "call.edit", elsewhere, "intake=elsewhere", "intake_url=https://bids.example.org", NULL);
    chain_criterion(elsewhere, "Does it help?", 100);
    room_as(ROLE_DIRECTOR);
    room_act("call.publish", elsewhere, NULL);
    room_as(ROLE_PUBLIC);
    room_refuse(ERR_INVALID, "pitch.start", 0, room_fmt("call_id=%s", room_id(elsewhere)),
        "organisation=X", "contact_name=Y", "email=here@example.org", NULL);
    room_as(ROLE_STAFF);
    room_refuse(ERR_INVALID, "call.import", elsewhere, "csv=title,summary\nA,B", NULL);
    room_act("call.import", elsewhere,
        "csv=Reference,title,summary,organisation,email,submitted_at,colour\n"
        "B-1,Sensors,\"They see, well\",Markerfirma,markermail@example.org,2026-05-01T10:00Z,red\n"
        "B-2,,No title,Markerfirma,,,\n"
        "B-1,Again,Twice,Markerfirma,,,\n"
        "B-3,Bad mail,Text,Markerfirma,nonsense,,\n"
        "B-4,Paint,Lines,,,,\n",
        NULL);
    const char *report = room_text("call", elsewhere, "import_report");
    assert_non_null(strstr(report, "2 taken over, 3 refused"));
    assert_non_null(strstr(report, "Line 3: “title” is empty."));
    assert_non_null(strstr(report, "Line 4: this reference stands in the file twice"));
    assert_non_null(strstr(report, "Line 5: “email” can’t be read"));
    assert_null(strstr(report, "Markerfirma"));
    chain_close_call(elsewhere);
    room_as(ROLE_STAFF);
    assert_int_equal(count("pitch.of_call", "call_id", elsewhere), 2);
    assert_tables_clean();
    room_as(ROLE_STAFF);
    room_act("call.import", elsewhere, "csv=reference,title,summary\nB-4,Paint,Lines", NULL);
    assert_int_equal(count("pitch.of_call", "call_id", elsewhere), 2);
}

static int64_t asking_call(void)
{
    static const char *const items[][5] = {
        { "Does it need power?", "yes_no", "", "", "" },
        { "Which kind?", "choice", "Mains\nBattery", "1", "yes" },
        { "How often is it changed?", "line", "", "2", "Battery" },
        { "Where did you do this?", "prose", "", "", "" },
    };
    int64_t call = chain_draft_call(chain_challenge(), "20000", "formal");
    chain_criterion(call, "Does it help?", 100);
    for (size_t i = 0; i < ARRAY_LEN(items); i++) {
        room_as(ROLE_STAFF);
        room_act("form_item.add", 0, room_fmt("call_id=%s", room_id(call)),
            room_fmt("title=%s", items[i][0]), room_fmt("type=%s", items[i][1]),
            room_fmt("choices=%s", items[i][2]), room_fmt("after_n=%s", items[i][3]),
            room_fmt("after_value=%s", items[i][4]),
            i == 3 ? "is_identifying=yes" : "is_needed=yes", NULL);
    }
    room_as(ROLE_DIRECTOR);
    room_act("call.publish", call, NULL);
    return call;
}

// Whether the form asks the question now, and holds it ready.
static bool is_asked(int64_t pitch, const char *name)
{
    const struct kind *k;
    const struct command *it = registry_command(room.ctx.registry, "pitch.answer", &k);
    struct value row = room_get("pitch", pitch), items = value_list(&room.arena);
    assert_int_equal(k->form(&room.ctx, it, &row, NULL, &items), OK);
    assert_int_equal(value_len(&items), 4);
    for (size_t i = 0; i < 4; i++) {
        const struct value *item = value_at(&items, i);
        if (str_eq(value_get_text(item, "name", ""), name)) {
            return value_truthy(value_get(item, "asked"));
        }
    }
    return false;
}

static void waits_for(int64_t pitch, const char *words)
{
    room_refuse(ERR_STATE, "pitch.submit", pitch, NULL);
    assert_true(chain_says(words));
}

static void questions_follow_from_answers(void **state)
{
    int64_t call = asking_call(), id = start(call, "asked@example.org");
    fill(id);
    assert_true(is_asked(id, "answer_1"));
    assert_false(is_asked(id, "answer_2"));
    waits_for(id, "Does it need power?");
    room_refuse(ERR_INVALID, "pitch.answer", id, "answer_1=perhaps", NULL);
    room_refuse(ERR_INVALID, "pitch.answer", id, "answer_9=There is none", NULL);
    // What isn't asked isn't kept, and no answer to it is needed.
    room_act("pitch.answer", id, "answer_1=no", "answer_2=Mains", NULL);
    assert_int_equal(count("pitch.answers", "pitch_id", id), 1);
    assert_false(is_asked(id, "answer_2"));
    room_act("pitch.answer", id, "answer_1=yes", NULL);
    assert_true(is_asked(id, "answer_2"));
    assert_false(is_asked(id, "answer_3"));
    waits_for(id, "Which kind?");
    room_refuse(ERR_INVALID, "pitch.answer", id, "answer_2=Steam", NULL);
    room_act("pitch.answer", id, "answer_2=Battery", "answer_3=Each week",
        "answer_4=Markerfirma did it in Ohio.", NULL);
    assert_int_equal(count("pitch.answers", "pitch_id", id), 4);
    // A change at the top takes all that hung on it with it.
    room_act("pitch.answer", id, "answer_1=no", NULL);
    assert_int_equal(count("pitch.answers", "pitch_id", id), 2);
    room_act("pitch.answer", id, "answer_1=yes", "answer_2=Battery", NULL);
    waits_for(id, "How often");
    room_act("pitch.answer", id, "answer_3=Each week", NULL);
    room_act("pitch.submit", id, NULL);
    const char *receipt = room_text("pitch", id, "receipt");
    room_act("pitch.reopen", id, NULL);
    room_act("pitch.answer", id, "answer_3=Each month", NULL);
    room_act("pitch.submit", id, NULL);
    assert_string_not_equal(
        room_text("pitch", id, "receipt"), receipt); // part of what is handed in
    assert_non_null(strstr(chain_page(&pitches_room, "/pitches/{id}", id), "Markerfirma did it"));
    // What tells who pitches waits for the names.
    chain_close_call(call);
    room_as(ROLE_STAFF);
    assert_int_equal(count("pitch.answers", "pitch_id", id), 3);
    const char *page = chain_page(&pitches_room, "/pitches/{id}", id);
    assert_non_null(strstr(page, "Each month"));
    assert_null(strstr(page, "Markerfirma"));
    assert_tables_clean();
    room_as(ROLE_STAFF);
    room_act("call.review", call, NULL);
    room_as(ROLE_DIRECTOR);
    room_act("call.unblind", call, NULL);
    assert_int_equal(count("pitch.answers", "pitch_id", id), 4);
    room_as(ROLE_FINANCE);
    assert_int_equal(count("pitch.answers", "pitch_id", id), 3);
    // A call without any has no such step.
    int64_t plain = start(chain_call(NULL), "plain@example.org");
    as_applicant(plain);
    room_refuse(ERR_STATE, "pitch.answer", plain, "answer_1=yes", NULL);
}

static int64_t found(const char *index, const char *words)
{
    struct value rows;
    int64_t n = 0;
    assert_int_equal(db_search(room.db, &room.arena, index, words, "pitch", 0, 10, &rows, &n), OK);
    return n;
}

// Not even as a count: what is in the office's index is in sight there.
static void pitches_are_found_once_they_may_be_read(void **state)
{
    int64_t call = chain_call(NULL), id = start(call, "found@example.org");
    as_applicant(id);
    room_act("pitch.write", id, "title=Zephyrine sensors", "summary=They see.",
        "approach=On blocks.", "evidence=Tried.", NULL);
    room_act(
        "pitch.plan", id, "access_plan=By telephone.", "privacy_plan=none", "risks=Snow.", NULL);
    assert_int_equal(found("office", "zephyrine"), 0);
    room_act("pitch.submit", id, NULL);
    assert_int_equal(found("office", "zephyrine"), 0);
    chain_close_call(call);
    room_as(ROLE_STAFF);
    room_act("call.review", call, NULL);
    assert_int_equal(found("office", "zephyrine"), 1);
    assert_int_equal(found("public", "zephyrine"), 0);
    room_as(ROLE_DIRECTOR);
    room_act("call.unblind", call, NULL);
    static const char *const indexes[] = { "public", "outside", "office" };
    for (size_t i = 0; i < ARRAY_LEN(indexes); i++) {
        assert_int_equal(found(indexes[i], "Markerfirma"), 0); // names open or not
        assert_int_equal(found(indexes[i], "Markername"), 0);
    }
}

// The page as it answers an uploaded file.
static const char *uploaded(int64_t call, const char *text, size_t len, int *ret_status)
{
    const struct page *p = pitches_room.pages;
    while (!str_eq(p->pattern, "/calls/{id}/import")) {
        p++;
    }
    struct web_field params[] = { { "id", ctx_id(&room.ctx, call) } };
    struct web_file file = { .field = "file", .name = "bids.csv", .data = text, .len = len };
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

static void a_file_is_looked_at_first(void **state)
{
    int64_t call = chain_draft_call(chain_challenge(), "20000", "formal");
    int status;
    room_as(ROLE_STAFF);
    room_act("call.edit", call, "intake=elsewhere", "intake_url=https://bids.example.org", NULL);
    chain_criterion(call, "Does it help?", 100);
    room_as(ROLE_DIRECTOR);
    room_act("call.publish", call, NULL);
    room_as(ROLE_STAFF);
    assert_non_null(strstr(chain_page(&pitches_room, "/calls/{id}/import", call), "type=\"file\""));
    static const char csv[] = "reference,title,summary,organisation,answers\n"
                              "C-1,Sensors,They see,Markerfirma,1\n"
                              "C-2,,No title,Markerfirma,\n"
                              "C-1,Again,Twice,Markerfirma,\n"
                              "C-3,<b>Paint</b>,Lines,Markerfirma,2\n";
    const char *page = uploaded(call, csv, strlen(csv), &status);
    const char *table = room_fmt("%.*s", (int)(strstr(page, "</table>") - page), page);
    assert_non_null(strstr(page, "One pitch can be taken over; 3 lines are wrong."));
    assert_non_null(strstr(table, "Will be taken over"));
    assert_non_null(strstr(table, "Line 3: “title” is empty."));
    assert_non_null(strstr(table, "Line 4: this reference stands in the file twice"));
    assert_non_null(strstr(table, "Line 5: “answers” names a challenge"));
    assert_non_null(strstr(table, "&lt;b&gt;Paint"));
    assert_null(strstr(table, "Markerfirma"));
    assert_int_equal(count("pitch.of_call", "call_id", call), 0); // nothing is kept by looking
    assert_string_equal(room_text("call", call, "import_report"), "");
    room_act("call.import", call, room_fmt("csv=%s", csv), NULL);
    assert_non_null(strstr(room_text("call", call, "import_report"), "1 taken over, 3 refused"));
    page = uploaded(call, csv, strlen(csv), &status);
    assert_non_null(strstr(page, "Line 2: this reference was imported before."));
    assert_null(strstr(page, "Take over the good lines"));
    // Files that aren't one.
    static const char *const bad[] = { "", "title,summary\nA,B", "\xff\xfe", "\n\n",
        "reference,title,summary\nA,\"open" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        page = uploaded(call, bad[i], strlen(bad[i]), &status);
        assert_int_equal(status, 422);
        assert_non_null(strstr(page, "role=\"alert\""));
    }
    static const uint32_t others[] = { ROLE_PUBLIC, ROLE_APPLICANT, ROLE_EVALUATOR, ROLE_FINANCE };
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        room_as(others[i]);
        assert_string_equal(chain_page(&pitches_room, "/calls/{id}/import", call), "");
    }
    room_as(ROLE_STAFF); // a call whose pitches come in here
    assert_string_equal(chain_page(&pitches_room, "/calls/{id}/import", chain_call(NULL)), "");
}

// The lines left out, as the page hands them back.
static const char *to_mend(int64_t call, const char *csv)
{
    struct import_preview preview;
    struct buf out = BUF(1 << 20);
    assert_int_equal(import_look(&room.ctx, call, csv, strlen(csv), &out, &preview), OK);
    const char *text = arena_strdup(&room.arena, buf_text(&out));
    buf_release(&out);
    return text;
}

static void imports_bring_answers_to_the_call_s_own_questions(void **state)
{
    int64_t call = asking_call();
    chain_set("call", call, "intake", value_text("elsewhere"));
    static const char csv[] = "reference,title,summary,answer_1,answer_2,answer_3,answer_4\n"
                              "D-1,Good,Text,Yes,Battery,Each week,Markerfirma did it\n"
                              "D-2,None needed,Text,no,Mains,,\n"
                              "D-3,Missing,Text,,,,\n"
                              "D-4,\"No, such\",Text,yes,Steam,,\n"
                              "D-5,Missing below,Text,yes,Battery,,\n";
    room_as(ROLE_STAFF);
    assert_string_equal(to_mend(call, csv),
        "reference,title,summary,answer_1,answer_2,answer_3,answer_4,What to mend\r\n"
        "D-3,Missing,Text,,,,,Line 4: “answer_1” is needed: the call asks it.\r\n"
        "D-4,\"No, such\",Text,yes,Steam,,,Line 5: “answer_2” isn’t an answer that the call’s "
        "question takes.\r\n"
        "D-5,Missing below,Text,yes,Battery,,,Line 6: “answer_3” is needed: the call asks it.\r\n");
    // What comes back with the advice in it is read again.
    assert_non_null(
        strstr(to_mend(call, "reference,title,summary,answer_9,What to mend\nD-6,A,B,x,Do this\n"),
            "\r\nD-6,A,B,x,Line 2: the call has no question for “answer_9”.\r\n"));
    room_act("call.import", call, room_fmt("csv=%s", csv), NULL);
    assert_non_null(strstr(room_text("call", call, "import_report"), "2 taken over, 3 refused"));
    chain_close_call(call);
    room_as(ROLE_STAFF);
    struct value rows;
    assert_int_equal(
        db_rows(room.db, &room.arena, "pitch.of_call", ARGS(ARG("call_id", value_id(call))), &rows),
        OK);
    assert_int_equal(value_len(&rows), 2);
    int64_t answers[2];
    for (size_t i = 0; i < 2; i++) {
        answers[i] = count("pitch.answers", "pitch_id", value_get_int(value_at(&rows, i), "id", 0));
    }
    // What tells who pitches is still hidden; what isn't asked wasn't kept.
    assert_int_equal(answers[0] + answers[1], 3 + 1);
    assert_tables_clean();
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_organisation_is_asked_once),
        cmocka_unit_test(imports_take_good_lines_and_name_bad_ones),
        cmocka_unit_test(questions_follow_from_answers),
        cmocka_unit_test(pitches_are_found_once_they_may_be_read),
        cmocka_unit_test(a_file_is_looked_at_first),
        cmocka_unit_test(imports_bring_answers_to_the_call_s_own_questions),
    };
    return ROOM_TESTS(tests);
}
