// SPDX-License-Identifier: Apache-2.0
// What the public sees and what the director does, by keyboard: node office.mjs PILOTHOUSE.
import { lookAt } from "./axe.mjs";
import { base, check, fetchRaw, finish, KB, linksOf, person, picture, recordsOn } from "./house.mjs";

const PAGES_AT_MOST = 60;

// ---- what everybody sees
const anyone = await person(null);
const publicPages = { "the front page": "/", "the pilots": "/pilots", "the calls": "/calls", "the meetings": "/meetings",
    "the register": "/register", "the roadmap": "/roadmap", "the ledger": "/ledger", "search": "/search?q=storm" };
for (const [name, list, path] of [["a pilot", "/pilots?state=running", "/pilots"], ["a finished pilot", "/pilots?state=closed", "/pilots"],
    ["a call", "/calls", "/calls"], ["a meeting", "/meetings", "/meetings"], ["an entry of the register", "/register", "/register"]]) {
    await anyone.goto(base + list);
    const found = await recordsOn(anyone, path);
    if (found.length) {
        publicPages[name] = found[0];
    } else {
        console.log(`# the demonstration has no example of ${name}`);
    }
}
await check("a pilot and a call are public", () => ["a finished pilot", "a call"].filter((n) => !publicPages[n]));
for (const [name, path] of Object.entries(publicPages)) {
    await check(`${name} is right in both themes, at 320 px and with large text`, async () => {
        anyone.complaints.length = 0;
        const answer = await anyone.goto(base + path);
        const raw = await fetchRaw(path);
        return [
            ...(answer.status() === 200 ? [] : [`status ${answer.status()}`]),
            ...(raw.encoding === "gzip" && raw.bytes <= 14 * KB ? [] : [`${raw.bytes} bytes of ${raw.encoding} HTML`]),
            ...((await anyone.locator("h1").count()) === 1 ? [] : ["not exactly one h1"]),
            ...anyone.complaints,
            ...(await lookAt(anyone, name)),
        ];
    });
    await picture(anyone, name.replace(/ /g, "-"), [[1280, "light"], [375, "light"], [1280, "dark"]]);
}

await check("a first visit costs at most 100 KB, a second 20 KB", async () => {
    const page = await person(null);
    const wire = await page.context().newCDPSession(page);
    let bytes = 0;
    await wire.send("Network.enable");
    wire.on("Network.loadingFinished", (e) => { bytes += e.encodedDataLength; });
    await page.goto(base, { waitUntil: "networkidle" });
    const first = bytes;
    bytes = 0;
    await page.goto(`${base}/pilots`, { waitUntil: "networkidle" });
    await page.context().close();
    return [...(first > 5 * KB && first <= 100 * KB ? [] : [`first: ${first} bytes`]), ...(bytes <= 20 * KB ? [] : [`second: ${bytes} bytes`])];
});

await check("without script the same words stand there", async () => {
    const plain = await person(null, { javaScriptEnabled: false });
    const wrong = [];
    for (const [name, path] of Object.entries(publicPages)) {
        await anyone.goto(base + path);
        await plain.goto(base + path);
        const [a, b] = [await anyone.innerText("main"), await plain.innerText("main")];
        if (a !== b) {
            wrong.push(`${name} differs`);
        }
    }
    await plain.context().close();
    return wrong;
});

await check("from a call one comes back to its challenge, and every stop of the chain answers", async () => {
    await anyone.goto(base + publicPages["a call"]);
    const challenge = (await recordsOn(anyone, "/challenges"))[0];
    if (!challenge) {
        return "the call doesn't link to a challenge";
    }
    const wrong = [];
    for (const stop of await anyone.locator(".ph-chain a").evaluateAll((all) => all.map((a) => a.getAttribute("href")))) {
        const { status } = await fetchRaw(stop);
        if (status !== 200) {
            wrong.push(`${stop}: ${status}`);
        }
    }
    await anyone.click(`a[href="${challenge}"]`);
    return (await anyone.title()).length && anyone.url() === base + challenge ? wrong : `it led to ${anyone.url()}`;
});

// ---- the director, by keyboard alone
const director = await person("director@demo.example");
await picture(director, "Today", [[1280, "light"], [375, "light"], [1280, "dark"]]);
await check("the first key goes past the navigation", async () => {
    await director.goto(base);
    await director.keyboard.press("Tab");
    const name = await director.evaluate(() => document.activeElement.className);
    await director.keyboard.press("Enter");
    await director.keyboard.press("Tab");
    const inside = await director.evaluate(() => Boolean(document.activeElement.closest("main")));
    return name === "usa-skipnav" && inside ? [] : `first "${name}", then ${inside ? "inside" : "outside"} the page's main part`;
});
const press = async (selector) => {
    await director.focus(selector);
    await Promise.all([director.waitForEvent("load"), director.keyboard.press("Enter")]);
};
let challenge;
await check("a form with an error says so, leads to the field, and keeps what was written", async () => {
    await director.goto(`${base}/challenges/new/draft`);
    await director.focus("#f-title");
    await director.keyboard.type("Benches stand in the sun at noon");
    await press(".ph-form__end button");
    await picture(director, "form");
    const link = director.locator("#errors a").first();
    if (!(await link.count())) {
        return "no summary of errors";
    }
    const field = await link.getAttribute("href");
    await link.focus();
    await director.keyboard.press("Enter");
    const wrong = await lookAt(director, "a form with errors");
    if ((await director.evaluate(() => document.activeElement.id)) !== field.slice(1)) {
        wrong.push(`${field} wasn't reached`);
    }
    if ((await director.inputValue("#f-title")) !== "Benches stand in the sun at noon") {
        wrong.push("the title was lost");
    }
    return wrong;
});
await check("mended it is saved, and the early screening names the reviews", async () => {
    await director.fill("#f-problem", "People wait for the bus in full sun.");
    await director.selectOption("#f-department_id", { index: 1 });
    await director.fill("#f-baseline", "38 of 60 stops have no shade at noon.");
    await press(".ph-form__end button");
    challenge = new URL(director.url()).pathname;
    if (!/^\/challenges\/[0-9a-z]{13}$/.test(challenge)) {
        return `it went to ${challenge}: ${(await director.innerText("main")).slice(0, 300)}`;
    }
    await director.goto(`${base}${challenge}/do/screen`);
    for (const [field, answer] of [["collects_personal", "yes"], ["uses_ai", "no"], ["in_public_space", "yes"]]) {
        await director.focus(`[name=${field}][value=${answer}]`);
        await director.keyboard.press("Space");
    }
    await press(".ph-form__end button");
    const said = await director.innerText("main");
    return ["Screened", "Privacy", "Siting"].filter((w) => !said.includes(w)).map((w) => `“${w}” isn't there`);
});
await check("of two who write at once, the second sees what changed and loses nothing", async () => {
    const staff = await person("staff@demo.example");
    await director.goto(`${base}${challenge}/do/edit`);
    await staff.goto(`${base}${challenge}/do/edit`);
    await director.fill("#f-title", "Benches stand in the sun all day");
    await press(".ph-form__end button");
    await staff.fill("#f-goal", "Shade at every second stop.");
    await Promise.all([staff.waitForEvent("load"), staff.click(".ph-form__end button")]);
    const said = await staff.innerText("main");
    const kept = await staff.inputValue("#f-goal").catch(() => "");
    await staff.context().close();
    return [...(said.includes("changed this while you wrote") ? [] : ["nobody told them"]),
        ...(said.includes("all day") ? [] : ["what changed isn't shown"]),
        ...(kept === "Shade at every second stop." ? [] : ["their words are lost"])];
});

// ---- every page the director reaches by links, once a shape
await check(`the pages that the director reaches are right (${PAGES_AT_MOST} at most)`, async () => {
    const shape = (href) => href.split(/[?#]/)[0].replace(/[0-9a-z]{13}/g, "·");
    const seen = new Set();
    const waiting = ["/", "/monday", "/me", "/pilots", "/evaluations", "/measures"];
    const wrong = [];
    let n = 0;
    while (waiting.length && n < PAGES_AT_MOST) {
        const href = waiting.shift().split("#")[0];
        if (seen.has(shape(href)) || /\.(csv|json)$|^\/(files|assets|ledger\/|sign-out|api)|\/(calendar|feed)/.test(href.split("?")[0])) {
            continue;
        }
        seen.add(shape(href));
        n++;
        director.complaints.length = 0;
        const answer = await director.goto(base + href);
        if (answer.status() !== 200 || !(answer.headers()["content-type"] ?? "").startsWith("text/html")) {
            wrong.push(...(answer.status() === 200 ? [] : [`${href}: status ${answer.status()}`]));
            continue;
        }
        wrong.push(...director.complaints.map((c) => `${href}: ${c}`),
            ...(await lookAt(director, href, n % 10 === 1 ? ["light", "dark"] : ["light"], n % 10 === 1)));
        waiting.push(...(await linksOf(director)).filter((h) => !seen.has(shape(h))));
    }
    console.log(`# ${n} pages`);
    return n < 15 ? [...wrong, `only ${n} pages were found`] : wrong;
});

// Names of eighty letters without a space, as German and hurried people have them.
await check("long words stay on a narrow page", async () => {
    const wrong = [];
    const page = await person("director@demo.example");
    await page.setViewportSize({ width: 390, height: 800 });
    await page.goto(`${base}/pilots`);
    const pilot = (await recordsOn(page, "/pilots"))[0];
    for (const path of ["/", "/monday", "/pilots", `${pilot}/do/edit`, "/meetings"]) {
        await page.goto(base + path);
        const changed = await page.evaluate(() => {
            const names = [...document.querySelectorAll("main a, main h1, main dd, main .ph-dates li, main .ph-table__note")]
                .filter((e) => !e.children.length && !e.classList.contains("usa-button") && e.textContent.trim());
            names.forEach((e) => { e.textContent = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"; });
            return names.length;
        });
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        wrong.push(...(changed ? [] : [`${path} has no names`]), ...(width <= 390 ? [] : [`${path} is ${width} wide`]));
    }
    await page.context().close();
    return wrong;
});

await finish();
