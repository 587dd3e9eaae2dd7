// SPDX-License-Identifier: Apache-2.0
// One page a screen that carries the product, so that every part is seen in its place. All of it is invented.
const officeNav = ["Today", "Roadmap", "Challenges", "Calls", "Pitches", "Gates", "Agreements", "Pilots", "Evaluations", "Budget", "Meetings", "Partners", "Places", "Publication"];
const publicNav = ["What we try", "Calls", "Meetings", "Outcomes", "Registers", "Open data"];
const nav = (labels, here) => labels.map((label) => ({ label, href: `#${label}`, current: label === here, count: label === "Pitches" && here !== "x" ? 3 : null }));

export const common = {
    city: { name: "City of Larkhaven", office: "Smart City Office" },
    page: {
        lang: "en", dir: "ltr", path: "/", url: "https://pilots.larkhaven.example/", home: "/", search_action: "/search", search_q: "",
        languages: [
            { tag: "en", name: "English", href: "?lang=en", current: true }, { tag: "es", name: "Español", href: "?lang=es" },
            { tag: "vi", name: "Tiếng Việt", href: "?lang=vi" }, { tag: "zh", name: "中文", href: "?lang=zh" }],
        trail: [], csrf: "token",
    },
};
const office = (title, here, more = {}) => ({ audience: "office", title, nav: nav(officeNav, here), needs_count: 4, ...more });
const open = (title, here, more = {}) => ({ audience: "public", title, nav: nav(publicNav, here).map((n) => ({ ...n, count: null })), ...more });
const viewer = { name: "Imani Okafor", roles_text: "Director" };

const spark = (low, point, high, better) => `<svg class="spark" viewBox="0 0 120 16" width="120" height="16" role="img"><title>Effect ${point}, between ${low} and ${high}</title><path class="svg-zero" d="M40 0V16" stroke="var(--ph-line)"/><path d="M70 0V16" stroke="var(--ph-ink-soft)" stroke-dasharray="2 2"/><path d="M${40 + low * 4} 8H${40 + high * 4}" stroke="var(--ph-evidence)" stroke-width="2"/><circle cx="${40 + point * 4}" cy="8" r="3.5" fill="var(--ph-${better ? "evidence" : "ink-soft"})"/></svg>`;
const bar = (spent, committed) => `<div class="ph-money"><svg width="100%" height="12" role="img" aria-label="${spent}% spent, ${committed}% committed"><rect class="ph-money__spent" width="${spent}%" height="100%"/><rect class="ph-money__committed" x="${spent}%" width="${committed}%" height="100%"/><rect class="ph-money__left" x="${spent + committed}%" width="${100 - spent - committed}%" height="100%"/></svg></div>`;

const pilotRow = ([title, note, badge_kind, badge, next, spent, committed, e, conditions]) => ({
    href: "#p", cells: [
        { header: true, text: title, note },
        { column: "Stage", badge, badge_kind },
        { column: "Next date", text: next },
        { column: "Money", html: bar(spent, committed) },
        { column: "Evidence", html: e ? spark(...e) : "", text: e ? "" : "no readings yet" },
        { column: "Conditions open", numeric: true, text: conditions },
    ],
});
const pilots = [
    ["Curb sensors on Market Street", "Streets, with Parkwise", "going", "Running", "Dec 4, first look", 42, 20, [2, 7, 12, true], "1"],
    ["Cool corridors, Ward 7", "Parks and Recreation", "going", "Running", "Dec 12, readings due", 61, 9, [-4, 1, 6, false], "0"],
    ["Text reminders for court dates", "Managing Director", "waiting", "Waiting for a decision", "Nov 24, decision", 88, 4, [5, 9, 13, true], "0"],
    ["Lead service line finder", "Water, with Tributary Labs", "neutral", "In review", "Dec 1, privacy opinion", 0, 30, null, "3"],
    ["Quiet streets after nine", "Streets", "stopped", "Stopped", "Published Nov 3", 34, 0, [-9, -3, 3, false], "0"],
].map(pilotRow);
const pilotColumns = [{ label: "Pilot", href: "?sort=title", sorted_up: true }, { label: "Stage", href: "?sort=stage" }, { label: "Next date", href: "?sort=next" }, { label: "Money" }, { label: "Evidence" }, { label: "Conditions open", numeric: true, href: "?sort=c" }];

const needs = [
    { late: true, by: "2 days late", what: "Decide on text reminders for court dates", href: "#d", holds_up: "Holds up the budget request, due Nov 30" },
    { by: "Today, 5:00 PM", what: "Answer 2 questions on the curb call", href: "#q", holds_up: "The call closes on Dec 6; answers go to everyone" },
    { by: "Tue, Nov 24", what: "Confirm that the sensor poles are insured", href: "#c", holds_up: "Holds up the start of the lead service line finder", act: { action: "#", label: "Confirm", idempotency: "k" } },
    { by: "Mon, Nov 30", what: "Check the facts of Quiet streets after nine", href: "#f" },
];

const lines = `<svg viewBox="0 0 640 200" role="img"><title>Double parking an hour, by week</title><desc>It falls from 31 to 24 after the start in week 9.</desc><path d="M40 170H630M40 120H630M40 70H630M40 20H630" stroke="var(--ph-line)"/><path d="M300 10V170" stroke="var(--ph-ink-soft)" stroke-dasharray="3 3"/><path d="M40 60L80 52 120 66 160 58 200 50 240 64 280 57 300 60 340 82 380 90 420 84 460 96 500 92 540 104 580 98 620 101" fill="none" stroke="var(--ph-evidence)" stroke-width="2.500"/><g fill="var(--ph-ink-soft)" font-size="12"><text x="306" y="20">start</text><text x="8" y="24">40</text><text x="8" y="74">30</text><text x="8" y="124">20</text></g></svg>`;
const weekTable = { caption: "Double parking an hour, by week", caption_hidden: true, has_rows: true, columns: [{ label: "Week" }, { label: "Market Street", numeric: true }, { label: "Comparison", numeric: true }], rows: [["Sep 28", "31.2", "30.1"], ["Oct 5", "30.4", "30.9"], ["Oct 12", "24.8", "30.3"]].map(([w, a, b]) => ({ cells: [{ header: true, text: w }, { numeric: true, text: a }, { numeric: true, text: b }] })) };
const forest = `<svg viewBox="0 0 640 90" role="img"><title>Effect of the curb sensors</title><desc>6.4 fewer, between 3.1 and 9.7 fewer; the smallest effect worth having is 4.</desc><path d="M40 60H620" stroke="var(--ph-line)"/><path d="M120 14V66" stroke="var(--ph-ink-soft)"/><path d="M300 14V66" stroke="var(--ph-ink-soft)" stroke-dasharray="4 3"/><path d="M260 40H557" stroke="var(--ph-evidence)" stroke-width="5"/><circle cx="408" cy="40" r="9" fill="var(--ph-evidence)"/><g fill="var(--ph-ink-soft)" font-size="13" text-anchor="middle"><text x="120" y="82">no change</text><text x="300" y="82">worth having: 4 fewer</text><text x="408" y="24" fill="var(--ph-ink)" font-weight="650">6.4 fewer an hour</text></g></svg>`;

const field = (more) => ({ help: null, error: null, value: "", choices: [], required: true, rows: 4, type: "text", ...more });
const choice = (value, label, more = {}) => ({ value, label, chosen: false, note: null, ...more });

const section = (id, title, body) => `<section class="ph-section" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>`;
const page = (main, heading = "{{>look/head.html}}") => `{{<look/layout.html}}{{$heading}}${heading}{{/heading}}{{$main}}${main}{{/main}}{{/look/layout.html}}`;

export const pages = [
    {
        name: "today",
        text: page(`{{>look/say.html}}
${section("needs", "Needs you", "{{>look/needs.html}}")}
${section("portfolio", "The portfolio", "{{>look/table.html}}")}
${section("weeks", "The next two weeks", "{{>look/agenda.html}}")}`, '<div class="ph-head"><div class="ph-head__text"><p class="ph-kicker"><span>Sunday, November 22</span></p><h1>Today</h1></div></div>'),
        data: {
            viewer, page: office("Today", "Today", { demo: true, flash: { kind: "done", text: "The call is published. 214 subscribers were told." } }),
            say: [{ text: "12 pilots running", href: "#" }, { text: ", " }, { text: "3 wait for a decision", href: "#", hand: true }, { text: ", $212,400 not yet committed." }],
            needs,
            table: { caption: "Pilots by next date", caption_hidden: true, stack: true, has_rows: true, count_text: "5 of 17 pilots", columns: pilotColumns, rows: pilots, next_href: "?after=5", first_href: null, search: null },
            agenda: [
                { number: "24", title: "Steering committee", href: "#", note: "6:00 PM, Room 202. Notice is out." },
                { number: "30", title: "Budget requests close", note: "2 pilots will decide after this date.", badge: "2 at risk", badge_kind: "hand" },
                { number: "4", title: "First look at curb sensors", href: "#", note: "Readings are complete to Nov 20." }],
        },
    },
    {
        name: "pilot",
        text: `{{<look/page-record.html}}{{$facts}}{{>look/index.html}}<section class="ph-section" id="question" aria-labelledby="q-t"><h2 id="q-t">Question and plan</h2>{{>look/seal.html}}<dl class="ph-facts">{{#record.facts}}{{>look/fact.html}}{{/record.facts}}</dl></section>{{/facts}}
{{$more}}${section("money", "Money", "{{>look/moneybar.html}}")}${section("evidence", "Evidence", "{{>look/figure.html}}")}{{/more}}{{/look/page-record.html}}`,
        data: {
            viewer, page: office("Curb sensors on Market Street", "Pilots", { demo: true, trail: [{ label: "Pilots", href: "#" }, { label: "Curb sensors on Market Street", current: true }] }),
            index: ["Question and plan", "Money", "Evidence", "Places", "Conditions", "Updates", "What happened"].map((label) => ({ label, href: "#money" })),
            seal: { text: "Plan locked on September 14, 2026, before any data", hash: "9f3c 51aa 7be0 42d1" },
            money: { parts: [{ kind: "spent", label: "spent", amount: "$84,000", x: 0, width: 42 }, { kind: "committed", label: "committed", amount: "$40,000", x: 42, width: 20 }, { kind: "left", label: "left of $200,000", amount: "$76,000", x: 62, width: 38 }] },
            figure: { title: "Double parking fell by 6.4 an hour against the comparison streets", svg: lines, table: weekTable },
            record: {
                kind: "Pilot", title: "Curb sensors on Market Street", state: "Running", badge: "going", made_up: true, rev: 7,
                trail: [["Challenge", 1], ["Call", 1], ["Pitch", 1], ["Review", 1], ["Gate", 1], ["Agreement", 1], ["Pilot", 0, 1], ["Outcome"]].map(([label, past, here]) => ({ label, past: !!past, here: !!here, href: past || here ? "#" : null })),
                actions: [{ label: "Add an update", href: "#", primary: true }, { label: "Upload readings", href: "#" }, { label: "Evaluate", closed_reason: "opens on December 4, when the planned eight weeks are complete." }],
                facts: [
                    { label: "It tries", text: "Sensors in 40 loading bays, with prices that follow demand, so that trucks stop at the kerb and not in the lane." },
                    { label: "Owner", text: "Imani Okafor", href: "#" }, { label: "Department", text: "Streets", href: "#" },
                    { label: "Smallest effect worth having", text: "4 fewer double-parked vehicles an hour", source: { label: "Curb study, 2024", href: "https://example.org/curb" } },
                    { label: "Baseline", text: "31 an hour", made_up: true },
                    { label: "Adoption route", text: "" }],
                history: [
                    { when: "Nov 20, 2026, 4:12 PM", who: "Parkwise", what: "added readings: 1,344 rows", why: null, changes: [] },
                    { when: "Nov 9, 2026, 9:30 AM", who: "Imani Okafor", what: "changed the schedule", why: "The contractor needs a week for the poles on Eighth Street.", changes: [{ label: "Readings end", before: "Nov 27", after: "Dec 4" }] },
                    { when: "Sep 14, 2026, 2:05 PM", who: "Luis Ferrer", what: "locked the plan", why: null, changes: [] }],
            },
        },
    },
    {
        name: "form", template: "look/page-form.html",
        data: {
            viewer, page: office("Draft a call", "Calls", { trail: [{ label: "Calls", href: "#" }, { label: "Draft a call", current: true }] }),
            form: {
                action: "#", method: "post", csrf: "t", rev: 3, idempotency: "k", title: "Draft a call for solutions", record_title: "Curb space", intro: "Five fields are enough to begin. Everything can be changed until the call is published.",
                submit_label: "Save the draft", cancel_href: "#", multipart: true, draft: "call/x/call.draft", has_errors: true, has_changes: true,
                errors: [{ name: "closes_at", label: "Closes", text: "Choose a time after the call opens." }, { name: "amount", label: "Amount", text: "Write a number, as 75,000." }],
                changes: [{ label: "Title", before: "Curb call", after: "Who gets the curb?", who: "Luis Ferrer", when: "2:04 PM" }],
                fields: [
                    field({ is_hidden: true, name: "challenge_id", value: "x" }),
                    field({ is_text: true, name: "title", label: "Title", value: "Who gets the curb?", max: 120 }),
                    field({ is_prose: true, name: "problem", label: "The problem in plain words", help: "What goes wrong, for whom, where. No solution yet.", value: "Trucks stop in the travel lane because bays are taken by parked cars.", max: 20000 }),
                    field({ is_choice_radios: true, name: "path", label: "Procurement path", choices: [choice("small", "Small order", { note: "Under $34,000. No advertising needed.", chosen: true }), choice("formal", "Formal bid", { note: "$34,000 and more. Advertised for two weeks." }), choice("unfunded", "Unfunded test")] }),
                    field({ is_choice_select: true, name: "department", label: "Department", choices: [choice("s", "Streets", { chosen: true }), choice("w", "Water")] }),
                    field({ is_multi: true, required: false, name: "principles", label: "Principles it serves", choices: ["Locally inspired", "Innovative", "Equitable", "Collaborative"].map((l, i) => choice(`${i}`, l, { chosen: i === 2 })) }),
                    field({ is_money: true, name: "amount", label: "Amount", unit: "USD", value: "75k", error: "Write a number, as 75,000." }),
                    field({ is_number: true, name: "weeks", label: "How long", unit: "weeks", value: "12" }),
                    field({ is_date: true, required: false, name: "baseline_on", label: "Baseline measured on", value: "", known_by: { name: "baseline_known_by_on", value: "" } }),
                    field({ is_time: true, name: "closes_at", label: "Closes", value: "2026-12-06T17:00", zone: "America/New_York", error: "Choose a time after the call opens." }),
                    field({ is_yes_no: true, name: "is_personal", label: "Does it collect personal data?", help: "A plate number is personal data.", is_no: false, known_by: { name: "personal_known_by_on", value: "2026-12-01" } }),
                    field({ is_list: true, required: false, name: "questions", label: "What we want to learn", value: "Do trucks use the bays?\nDoes traffic move faster?" }),
                    field({ is_file: true, required: false, name: "attachment", label: "Attachment", accept: ".pdf" })],
            },
        },
    },
    {
        name: "confirm", template: "look/page-confirm.html",
        data: {
            viewer, page: office("Publish the call", "Calls"),
            confirm: { title: "Publish “Who gets the curb?”", text: "The call opens at once. After that it changes only by addendum.", effects: ["214 subscribers get a mail today.", "Pitches are taken until December 6, 5:00 PM Eastern.", "Names of applicants stay hidden until scores are locked."] },
            form: { action: "#", method: "post", csrf: "t", rev: 4, idempotency: "k", submit_label: "Publish the call", cancel_href: "#", fields: [field({ is_prose: true, name: "reason", label: "Reason", help: "Goes into the ledger, where everyone can read it.", rows: 3, max: 500 })] },
        },
    },
    {
        name: "list", template: "look/page-list.html",
        data: {
            viewer, page: office("Pilots", "Pilots"), actions: [{ label: "Propose a pilot", href: "#", primary: true }],
            table: {
                caption: "Pilots", caption_hidden: true, stack: true, has_rows: true, count_text: "17 pilots", columns: pilotColumns, rows: pilots, next_href: "?after=x", first_href: "?",
                search: { action: "#", q: "", filters: [{ name: "stage", label: "Stage", choices: [choice("", "Any"), choice("r", "Running", { chosen: true })] }, { name: "department", label: "Department", choices: [choice("", "Any")] }] },
            },
        },
    },
    {
        name: "empty", template: "look/page-list.html",
        data: {
            viewer, page: office("Challenges", "Challenges"),
            table: { caption: "Challenges", rows: [], has_rows: false, search: null, empty: { title: "No challenges yet", text: "A challenge is a problem that a department will own the answer to. Begin with one sentence from the people who have the problem; baseline, sponsor and money can follow.", href: "#", label: "Write down the first challenge" } },
        },
    },
    {
        name: "score",
        text: page(`<div class="ph-score"><article class="ph-prose">{{html}}</article><form class="ph-form" action="#" method="post" data-guard><p class="ph-note">Pitch 3 of 7. Press a digit to score, n for the next criterion. Saved as you go.</p>{{>look/criteria.html}}<div class="ph-form__end"><button class="usa-button" type="submit">Save and go on</button></div></form></div>`),
        data: {
            viewer: { name: "Dana Whitfield", roles_text: "Evaluator" }, page: office("Score a pitch", "Pitches", { needs_count: 0 }), actions: [],
            head: { kicker: "Who gets the curb? · Pitch C", title: "Bays that know when they are free" },
            html: "<h2>What we would do</h2><p>We fit forty loading bays with ground sensors and publish, minute by minute, which are free. Drivers see it in the navigation they already use; dispatchers by a plain web page; everyone else by a sign at the corner.</p><h2>What it needs from the City</h2><p>Permission to fix sensors in the kerb, two mornings of lane closure a block, and the Streets department’s count of double parking for the eight weeks before.</p><blockquote>Nobody wants to block the lane. They do it because the bay is full of parked cars.</blockquote><h2>What could go wrong</h2><ul><li>Snow ploughs. The sensors sit 5 mm below the surface.</li><li>Bays stay full because nobody enforces. We measure enforcement too.</li></ul>",
            criteria: [
                { name: "s1", label: "It answers the problem", weight_text: "40%", anchors: [[1, "Doesn’t address double parking"], [2, "Addresses part of it"], [3, "Addresses it; the mechanism is plausible"], [4, "Addresses it; worked somewhere like here"]].map(([score, text]) => ({ score, text, chosen: score === 3 })), note_name: "n1", note_label: "Why? The applicant will read it.", note: "" },
                { name: "s2", label: "It can be tried in 12 weeks", weight_text: "30%", anchors: [[1, "Needs more than a season"], [2, "Possible with luck"], [3, "Likely"], [4, "Certain: all parts exist"]].map(([score, text]) => ({ score, text })) }],
        },
    },
    {
        name: "meeting",
        text: page(`<div class="ph-split ph-split--even"><section><h2>Agenda</h2>{{>look/agenda.html}}</section><section><h2>Adopt text reminders for court dates</h2><p class="ph-quorum">7 of 9 present. Quorum is 5; this motion needs 4.</p>{{>look/votes.html}}</section></div>`),
        data: {
            viewer, page: office("Meeting", "Meetings"), head: { kicker: "Steering committee", title: "November 24, 6:00 PM", badge: "Under way", badge_kind: "going" }, actions: [{ label: "Close the matter", href: "#", primary: true }],
            agenda: [{ number: "1", title: "Minutes of October 27", note: "Adopted" }, { number: "2", title: "Text reminders for court dates", here: true, text: "Whether to adopt the reminders in all four courts.", badge: "Now", badge_kind: "hand", note: "" }, { number: "3", title: "Public comment", note: "3 people signed up" }],
            vote: { caption: "The vote on the motion", result: "Carried, 5 to 1, with one recusal.", members: [["A. Baptiste", "Streets", "Yes", "yes"], ["M. Chen", "Water", "No", "no"], ["R. Duarte", "Labor", "Recused", "out", "Her firm pitched for the same call."]].map(([name, seat, vote_text, kind, reason]) => ({ name, seat, vote_text, kind, reason })) },
        },
    },
    {
        name: "public",
        text: page(`${section("running", "Running now", "{{>look/cards.html}}")}{{#done}}${section("learned", "What we learned", "{{>look/cards.html}}")}{{/done}}{{#calls}}${section("calls", "Open calls", "{{>look/table.html}}")}{{/calls}}`),
        data: {
            page: open("What the city is trying, what it learned", "What we try", { demo: true }), actions: [],
            head: { title: "What the city is trying, and what it learned", lede: "Small tests of new ways to run the city: each with a question, a date and a published answer, whether it worked or not." },
            cards: [
                { href: "#", title: "Curb sensors on Market Street", text: "Do priced loading bays get trucks out of the travel lane?", badge: "Running", badge_kind: "going", place: "Center, Ward 2", when: "until December 4", made_up: true },
                { href: "#", title: "Cool corridors", text: "Do shade sails on the way to school lower what children feel at noon?", badge: "Running", badge_kind: "going", place: "Ward 7", when: "until June 2027", made_up: true },
                { href: "#", title: "Lead service line finder", text: "Can old permits and one photo tell which homes have lead pipes?", badge: "In review", badge_kind: "neutral", place: "All wards", made_up: true }],
            done: { cards: [
                { kind: "evidence", href: "#", title: "Text reminders for court dates", text: "Missed hearings fell from 24 to 15 in a hundred. The city will decide on November 24.", svg: forest, badge: "Worked", badge_kind: "evidence", when: "November 2026", made_up: true },
                { kind: "evidence", href: "#", title: "Quiet streets after nine", text: "Noise didn’t change enough to notice. The city stopped, and says what it would try instead.", badge: "Stopped", badge_kind: "stopped", when: "November 2026", made_up: true }] },
            calls: { table: { caption: "Open calls", caption_hidden: true, stack: true, has_rows: true, columns: [{ label: "Call" }, { label: "Offers" }, { label: "Closes" }], rows: [{ href: "#", cells: [{ header: true, text: "Who gets the curb?", note: "Streets" }, { column: "Offers", text: "up to $75,000, twelve weeks on two blocks" }, { column: "Closes", text: "December 6, 5:00 PM Eastern", note: "14 days left" }] }] } },
        },
    },
    {
        name: "outcome",
        text: page(`{{>look/verdict.html}}{{>look/figure.html}}<div class="ph-split"><div>${section("decided", "Who decided, and how each voted", "{{>look/votes.html}}")}</div><div>${section("facts", "In short", "{{>look/facts.html}}")}</div></div>${section("next", "Next", '<p>Streets asks for $310,000 in the budget for 2028. <b>A. Baptiste</b> answers for it until <time>March 1, 2027</time>.</p>')}`),
        data: {
            page: open("Curb sensors on Market Street", "Outcomes", { trail: [{ label: "Outcomes", href: "#" }, { label: "Curb sensors on Market Street", current: true }] }), actions: [{ label: "Download the data", href: "#" }],
            head: { kicker: "Outcome", title: "Curb sensors on Market Street", badge: "Scaled", badge_kind: "done" },
            verdict: { text: "Priced loading bays with sensors cut double parking by 6.4 vehicles an hour, likely between 3.1 and 9.7, more than the 4 that would make it worth the money.", level_text: "Evidence level 3 of 5:", explained: "compared with four similar streets; the plan was locked before the data and followed.", marks: [1, 1, 1, 0, 0].map((on) => ({ on: !!on })), would_change: "A full year of readings, with winter in it, could change this." },
            figure: { title: "Double-parked vehicles an hour, against comparison streets", svg: forest, table: weekTable },
            vote: { caption: "Steering committee, November 24", result: "Carried, 5 to 1, with one recusal.", members: [["A. Baptiste", "Streets", "Yes", "yes"], ["M. Chen", "Water", "No", "no"]].map(([name, seat, vote_text, kind]) => ({ name, seat, vote_text, kind })) },
            facts: [{ label: "Cost", text: "$184,200" }, { label: "Where", text: "Market Street, 2nd to 9th" }, { label: "Check it yourself", html: "<p><code>pilothouse evaluate curb.zip</code></p>" }],
        },
    },
    {
        name: "steps",
        text: page(`{{>look/steps.html}}{{>look/form.html}}<section class="ph-section"><h2>Parts</h2><p>{{>look/badge.html}}</p>{{>look/chain.html}}{{>look/acts.html}}</section>`),
        data: {
            page: open("Pitch", "Calls", { flash: { kind: "error", text: "The file is larger than 10 MB. Choose a smaller one." } }), head: { kicker: "Who gets the curb?", title: "Your pitch" }, actions: [], badge: "Waiting", badge_kind: "waiting",
            steps: [{ label: "Your idea", done: true, href: "#" }, { label: "What you need", here: true }, { label: "Who you are" }, { label: "Check and send" }],
            form: { action: "#", method: "post", csrf: "t", submit_label: "Save and go on", draft: "pitch", fields: [field({ is_prose: true, name: "needs", label: "What do you need from the city?", help: "People, places, permits, data. An idea that needs little may still win.", rows: 10 }), field({ is_text: true, type: "email", name: "mail", label: "Your mail address", help: "The receipt goes there.", autocomplete: "email" })] },
            chain: [{ label: "Challenge", past: true, href: "#" }, { label: "Call", here: true, href: "#" }, { label: "Pitch" }],
            acts: [{ when: "Nov 9, 2026", who: "The clock", what: "closed the call", changes: [] }],
        },
    },
    {
        name: "rtl", template: "look/page-list.html",
        data: {
            viewer, page: { ...office("المشاريع التجريبية", "Pilots"), lang: "ar", dir: "rtl", trail: [{ label: "اليوم", href: "#" }, { label: "المشاريع", current: true }] }, actions: [{ label: "اقترح مشروعًا", href: "#", primary: true }],
            table: { caption: "المشاريع", caption_hidden: true, stack: true, has_rows: true, count_text: "5", columns: pilotColumns, rows: pilots, search: { action: "#", q: "", filters: [] } },
        },
    },
    { name: "error", template: "look/page-error.html", data: { page: open("Not found", ""), problem: { status: "404", title: "There is no such page", text: "It may have moved, or isn’t for you to see. Search above, or begin at the front page.", href: "/", label: "Go to the front page", request: "7f3a2c" } } },
];
