// SPDX-License-Identifier: Apache-2.0
// Walks from end to end: from a public outcome back to the neighbourhood's problem, link by link; a department's
// liaison signs a commitment; an act by keyboard alone, and one without script: node walks.mjs PILOTHOUSE.
import { lookAt } from "./axe.mjs";
import { base, browser, check, fetchRaw, finish, linksOf, password, person } from "./house.mjs";

const text = (page, selector = "main") => page.innerText(selector);
const signIn = base + "/sign-in";

// ---- from the outcome back to the problem
const anyone = await person(null);
// Follows the chain's stop of that name by pressing it, as a reader does.
async function back(page, label) {
    const stop = page.locator(".ph-chain a", { hasText: new RegExp(`^${label}$`) });
    if ((await stop.count()) !== 1) {
        return `the chain has no link “${label}”: ${(await page.locator(".ph-chain").allInnerTexts()).join(" | ")}`;
    }
    await Promise.all([page.waitForEvent("load"), stop.click()]);
    return "";
}
let outcome;
await check("the first page tells an outcome, and its page has the sentence, the evidence, the vote's advice and the decision", async () => {
    await anyone.goto(base);
    const card = anyone.locator("#finished .ph-card", { hasText: "A text the evening before recycling day" });
    await Promise.all([anyone.waitForEvent("load"), card.locator("a").first().click()]);
    outcome = new URL(anyone.url()).pathname;
    const said = await text(anyone);
    return ["Outcome", "more households set out recycling", "Evidence level", "interval", "Decision", "Pilot review panel"]
        .filter((words) => !said.includes(words)).map((words) => `“${words}” isn't there`);
});
await check("from the outcome: the evidence with its data, and the command to check it", async () => {
    await anyone.goto(base + outcome);
    const wrong = [await back(anyone, "Evidence")];
    const said = await text(anyone);
    wrong.push(...["What could be wrong", "Method", "Run it yourself", "pilothouse evaluate"].filter((w) => !said.includes(w)));
    const csv = (await linksOf(anyone)).find((h) => h.endsWith("/data.csv"));
    const data = csv && await fetch(base + csv);
    if (!data || data.status !== 200 || (await data.text()).split("\n").length < 10) {
        wrong.push("the data can't be fetched");
    }
    return wrong.filter(Boolean);
});
await check("from the outcome: the decision, its reasons, and who voted how", async () => {
    await anyone.goto(base + outcome);
    const wrong = [await back(anyone, "Decision")];
    const said = await text(anyone);
    wrong.push(...["Adapt", "Reasons", "What the body advised"].filter((w) => !said.includes(w)));
    await anyone.goto(`${base}/meetings?state=ended`);
    await Promise.all([anyone.waitForEvent("load"), anyone.locator("tbody th a", { hasText: "reminders for recycling day" }).click()]);
    const meeting = await text(anyone);
    wrong.push(...["Carried", "Recused", "Against", "Minutes"].filter((w) => !meeting.includes(w)));
    const pilot = (await linksOf(anyone)).filter((h) => h === outcome);
    return [...wrong.filter(Boolean), ...(pilot.length ? [] : ["the matter doesn't lead back to the pilot"])];
});
await check("from a running pilot back through its register entry, its call and its challenge to the neighbourhood", async () => {
    const wrong = [];
    let whole = null;
    // The pilot that came through a call: each stop that the chain names as past leads somewhere that answers.
    await anyone.goto(`${base}/pilots`);
    const pilots = [...new Set((await linksOf(anyone)).filter((h) => /^\/pilots\/[0-9a-z]{13}$/.test(h)))];
    for (const pilot of pilots) {
        await anyone.goto(base + pilot);
        const stops = await anyone.locator(".ph-chain li").evaluateAll((all) => all.map((li) =>
            ({ label: li.innerText.trim(), past: li.classList.contains("ph-chain__past"), href: li.querySelector("a")?.getAttribute("href") })));
        for (const stop of stops) {
            if (stop.past !== Boolean(stop.href)) {
                wrong.push(`${pilot}: “${stop.label}” is ${stop.past ? "past and no link" : "a link and not past"}`);
            }
            if (stop.href && (await fetchRaw(stop.href)).status !== 200) {
                wrong.push(`${pilot}: “${stop.label}” leads to ${stop.href}, which isn't there`);
            }
        }
        const linked = stops.filter((s) => s.href).map((s) => s.label);
        if (!whole && linked.includes("Review")) {
            whole = pilot;
        }
    }
    if (!whole) {
        return [...wrong, "no public pilot leads to the register"];
    }
    await anyone.goto(base + whole);
    wrong.push(await back(anyone, "Review"));
    const register = await text(anyone);
    wrong.push(...["What does it collect?", "Who gets it?", "What does it cost?"].filter((w) => !register.includes(w)));
    await Promise.all([anyone.waitForEvent("load"), anyone.locator(`main a[href="${whole}"]`).first().click()]);
    return [...wrong.filter(Boolean), ...(anyone.url() === base + whole ? [] : ["the entry doesn't lead back"])];
});
await check("from a call to its challenge: the problem, and whose it is", async () => {
    await anyone.goto(`${base}/calls`);
    await Promise.all([anyone.waitForEvent("load"), anyone.locator(".ph-card a").first().click()]);
    const challenge = (await linksOf(anyone)).find((h) => /^\/challenges\/[0-9a-z]{13}$/.test(h));
    if (!challenge) {
        return "the call doesn't lead to a challenge";
    }
    await Promise.all([anyone.waitForEvent("load"), anyone.locator(`main a[href="${challenge}"]`).first().click()]);
    const said = await text(anyone);
    return ["What is the problem?", "Department"].filter((w) => !said.includes(w));
});

// ---- a liaison signs, without script
await check("a department's liaison screens a challenge and signs its commitment, without script", async () => {
    const director = await person("director@demo.example");
    await director.goto(`${base}/challenges/new/draft`);
    await director.fill("#f-title", "Salt runs out before the last street is done");
    await director.fill("#f-problem", "Trucks drive back to the depot half empty.");
    await director.fill("#f-baseline", "11 of 40 rounds were broken off last winter.");
    await director.selectOption("#f-department_id", { label: "Streets Department" });
    await Promise.all([director.waitForEvent("load"), director.click(".ph-form__end button")]);
    const challenge = new URL(director.url()).pathname;
    await director.context().close();
    if (!/^\/challenges\/[0-9a-z]{13}$/.test(challenge)) {
        return `the challenge went to ${challenge}`;
    }
    const liaison = await person("liaison@demo.example", { javaScriptEnabled: false });
    const wrong = [];
    for (const [verb, fill] of [["screen", async () => {
        for (const field of ["collects_personal", "uses_ai", "in_public_space"]) {
            await liaison.check(`[name=${field}][value=no]`);
        }
    }], ["commit", async () => {
        for (const box of await liaison.locator("form.ph-form :is(input, select, textarea):not([type=hidden]):visible").all()) {
            const [tag, id] = await box.evaluate((e) => [e.tagName, e.id]);
            if (tag === "SELECT") {
                await box.selectOption({ index: 1 });
            } else {
                await box.fill(/hours/.test(id) ? "12" : /cents|cost/.test(id) ? "90000" : "Class 200, contracts");
            }
        }
    }]]) {
        await liaison.goto(base + challenge);
        await Promise.all([liaison.waitForEvent("load"), liaison.click(`main a[href$="/do/${verb}"]`)]);
        await fill();
        await Promise.all([liaison.waitForEvent("load"), liaison.click(".ph-form__end button")]);
        if (verb === "commit") { // signing is asked once more
            await Promise.all([liaison.waitForEvent("load"), liaison.click(".ph-form__end button")]);
        }
        if (liaison.url() !== base + challenge) {
            return `${verb}: ${(await text(liaison)).slice(0, 400)}`;
        }
    }
    const said = await text(liaison);
    wrong.push(...["Department committed", "$90,000", "Class 200, contracts"].filter((w) => !said.includes(w)).map((w) => `“${w}” isn't there`));
    await liaison.goto(base);
    wrong.push(...((await text(liaison)).includes("Sign the commitment for “Salt") ? ["it still waits for a signature"] : []));
    await liaison.context().close();
    return wrong;
});

// ---- by keyboard alone
await check("by keyboard alone: sign in, Today, an act; the place is always seen", async () => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    page.on("dialog", (d) => d.accept());
    const wrong = [];
    const at = () => page.evaluate(() => {
        const e = document.activeElement;
        const style = getComputedStyle(e);
        return { name: (e.innerText || e.getAttribute("aria-label") || e.name || "").trim().replace(/\s+/g, " "), id: e.id,
            href: e.getAttribute("href") ?? "", type: e.getAttribute("type") ?? "", ringed: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
            inside: Boolean(e.closest("main")), tag: e.tagName };
    });
    // Tab until FOUND says so; every stop on the way shows that it is one.
    const tabTo = async (what, found) => {
        for (let i = 0; i < 120; i++) {
            await page.keyboard.press("Tab");
            const e = await at();
            if (e.tag !== "BODY" && !e.ringed) {
                wrong.push(`${e.tag} “${e.name}” has no ring`);
            }
            if (found(e)) {
                return true;
            }
        }
        wrong.push(`${what} can't be reached by Tab`);
        return false;
    };
    const enter = () => Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
    await page.goto(signIn);
    await tabTo("the address", (e) => e.id === "f-email");
    await page.keyboard.type("director@demo.example");
    await tabTo("the password", (e) => e.id === "f-password");
    await page.keyboard.type(password);
    await enter();
    if (new URL(page.url()).pathname !== "/" || (await page.innerText("h1")) !== "Today") {
        return [...wrong, `signed in, one is at ${page.url()}`];
    }
    await page.keyboard.press("Tab");
    if (!(await at()).href.startsWith("#main")) {
        wrong.push("the first key isn't the way past the navigation");
    }
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    if (!(await at()).inside) {
        wrong.push("the way past the navigation leads elsewhere");
    }
    await tabTo("what needs one", (e) => /^Answer a question/.test(e.name));
    await enter();
    await tabTo("the answer", (e) => e.id === "f-answer");
    await page.keyboard.type("Yes, on both days; bring a helmet.");
    await tabTo("the button", (e) => e.type === "submit" && e.inside);
    await enter();
    const said = await text(page);
    wrong.push(...(said.includes("Done:") && said.includes("bring a helmet") ? [] : [`the act isn't done: ${said.slice(0, 300)}`]));
    await page.goto(base);
    wrong.push(...((await text(page)).includes("Answer a question") ? ["the question still waits"] : []), ...(await lookAt(page, "Today")));
    await context.close();
    return wrong;
});

await check("the Monday page is one page on paper, dated by its Monday", async () => {
    const director = await person("director@demo.example");
    await director.goto(`${base}/monday`);
    const paper = (await director.pdf({ format: "Letter" })).toString("latin1");
    const pages = paper.match(/\/Type\s*\/Page(?!s)/g).length;
    const day = new Date((await director.innerText("h1")).replace(/^Monday, /, "") + " 12:00");
    await director.context().close();
    return [...(pages === 1 ? [] : [`it takes ${pages} pages`]), ...(day.getDay() === 1 ? [] : [`${day} isn't a Monday`])];
});

await finish();
