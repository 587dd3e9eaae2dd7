// SPDX-License-Identifier: Apache-2.0
// Every shape of page that residents reach by links, in both languages: what it weighs, that axe finds nothing, that
// nothing scrolls sideways at 320 and 390 px or with text at 200 %, that nothing moves for those who asked for
// stillness, that no link is dead and no English is left on a Spanish page: node shapes.mjs PILOTHOUSE.
import { readFileSync, readdirSync } from "node:fs";
import { lookAt } from "./axe.mjs";
import { base, browser, check, fetchRaw, finish, KB, linksOf, person } from "./house.mjs";

const [PAGES_AT_MOST, PER_SHAPE] = [400, 40];
const shape = (href) => href.split(/[?#]/)[0].replace(/[0-9a-z]{13}/g, "·").replace(/^\/(organisations|places)\/·$/, "/$1/·");
const isPage = (href) => !/\.(csv|json|ics)$|^\/(files|assets|sign-out|api)|^\/ledger\/|\/(calendar|feed)/.test(href.split("?")[0]);

// ---- find the pages: one of each shape is looked at; more of each are fetched, since a list may lead astray
const anyone = await person(null);
const pages = new Map();
await check("no link that residents see leads nowhere", async () => {
    const wrong = [];
    const fetched = new Map();
    const count = new Map();
    const waiting = ["/", "/decisions", "/evaluations", "/agreements", "/places", "/search?q=storm"].map((to) => [to, "the start"]);
    while (waiting.length && fetched.size < PAGES_AT_MOST) {
        const [to, from] = waiting.shift();
        const s = shape(to);
        if (fetched.has(to) || !isPage(to) || to.includes("lang=") || (count.get(s) ?? 0) >= PER_SHAPE) {
            continue;
        }
        count.set(s, (count.get(s) ?? 0) + 1);
        fetched.set(to, s);
        const answer = await fetch(base + to, { headers: { accept: "text/html" } });
        if (answer.status !== 200 && answer.status !== 401) {
            wrong.push(`${to}, from ${from}: ${answer.status}`);
        } else if (answer.status === 200 && !pages.has(s)) {
            pages.set(s, to);
        }
        for (const [, href] of (await answer.text()).matchAll(/href="(\/[^"#]*)/g)) {
            waiting.push([href.replace(/&amp;/g, "&"), to]);
        }
    }
    console.log(`# ${fetched.size} addresses, ${pages.size} shapes`);
    return pages.size < 20 ? [...wrong, `only ${pages.size} shapes were found`] : wrong;
});
pages.set("not found", "/nowhere");

for (const [name, path] of pages) {
    await check(`${name} is light, and right in both themes, small and with large text`, async () => {
        const wrong = [];
        for (const at of [path, path === "/" ? "/es" : `/es${path}`]) {
            const raw = await fetchRaw(at);
            if (raw.encoding !== "gzip" || raw.bytes > 14 * KB) {
                wrong.push(`${at}: ${raw.bytes} bytes of ${raw.encoding} HTML`);
            }
        }
        anyone.complaints.length = 0;
        await anyone.goto(base + path);
        wrong.push(...anyone.complaints.filter((c) => !/404/.test(c)), ...(await lookAt(anyone, path)));
        for (const width of [320, 390]) {
            await anyone.setViewportSize({ width, height: 800 });
            if (await anyone.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth)) {
                wrong.push(`it scrolls sideways at ${width} px`);
            }
        }
        await anyone.setViewportSize({ width: 1280, height: 800 });
        return wrong;
    });
}

// What one visit costs on the wire, with an empty cache or with what earlier pages left in it.
async function cost(page, wire, path) {
    let bytes = 0;
    const add = (e) => { bytes += e.encodedDataLength; };
    wire.on("Network.loadingFinished", add);
    await page.goto(base + path, { waitUntil: "networkidle" });
    wire.off("Network.loadingFinished", add);
    return bytes;
}
await check("a first visit to any of them costs at most 100 KB, a further page 20 KB", async () => {
    const wrong = [];
    const second = await browser.newContext();
    const again = await second.newPage();
    const wireAgain = await second.newCDPSession(again);
    await wireAgain.send("Network.enable");
    await cost(again, wireAgain, "/sign-in");
    let [most, mostAgain] = [0, 0];
    for (const path of pages.values()) {
        const context = await browser.newContext();
        const page = await context.newPage();
        const wire = await context.newCDPSession(page);
        await wire.send("Network.enable");
        const [bytes, further] = [await cost(page, wire, path), await cost(again, wireAgain, path)];
        await context.close();
        [most, mostAgain] = [Math.max(most, bytes), Math.max(mostAgain, further)];
        if (bytes < 5 * KB || bytes > 100 * KB) {
            wrong.push(`${path}, first: ${bytes} bytes`);
        }
        if (further > 20 * KB) {
            wrong.push(`${path}, after: ${further} bytes`);
        }
    }
    await second.close();
    console.log(`# at most ${Math.round(most / KB)} KB first, ${Math.round(mostAgain / KB)} KB after`);
    return wrong;
});

await check("nothing moves for those who asked for stillness", async () => {
    await anyone.emulateMedia({ reducedMotion: "reduce" });
    const wrong = [];
    for (const [name, path] of pages) {
        await anyone.goto(base + path);
        const moving = await anyone.evaluate(() => [...document.querySelectorAll("*")].filter((e) => {
            const style = getComputedStyle(e);
            return style.animationName !== "none" || style.transitionDuration.split(", ").some((d) => parseFloat(d) > 0);
        }).map((e) => e.tagName));
        wrong.push(...(moving.length ? [`${name}: ${moving.slice(0, 3).join(", ")}`] : []));
    }
    await anyone.emulateMedia({ reducedMotion: null });
    return wrong;
});

// ---- Spanish
// What people wrote stands in their own words in both languages; all else is the house's, and translated.
const demo = new URL("../../demo/", import.meta.url);
const squeezed = (text) => text.replace(/[*#\s]+/g, " ").replace(/[’']/g, "'");
const written = squeezed(readdirSync(demo).filter((f) => f.endsWith(".json"))
    .map((f) => readFileSync(new URL(f, demo), "utf8").replace(/\\n/g, " ").replace(/\\"/g, '"')).join(" "));
const house = JSON.parse(readFileSync(new URL("../../locale/es.json", import.meta.url), "utf8"));
const told = (page) => page.evaluate(() => {
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    const texts = new Set();
    while (walker.nextNode()) {
        const at = walker.currentNode;
        const text = at.textContent.replace(/\s+/g, " ").trim();
        if (/[a-z]{3}/i.test(text) && !at.parentElement.closest("code, pre, .ph-print, .ph-found p:not(.ph-kicker)")) {
            texts.add(text);
        }
    }
    return [...texts];
});
await check("no English of the house is left on a Spanish page", async () => {
    const wrong = [];
    let compared = 0;
    for (const [name, path] of pages) {
        await anyone.goto(base + path);
        const english = new Set(await told(anyone));
        await anyone.goto(`${base}/es${path === "/" ? "" : path}`);
        if ((await anyone.getAttribute("html", "lang")) !== "es") {
            wrong.push(`${name} isn't marked as Spanish`);
        }
        for (const text of await told(anyone)) {
            compared++;
            const known = house[text] !== undefined && house[text] !== text; // an English key shown as it is
            const parts = squeezed(text).split(/ · |: (?=[A-Z-]+\d)/).map((part) => part.replace(/^\d+\. |(\.\.\.|…)$/g, "").trim());
            const sentence = english.has(text) && text.split(" ").length >= 3 && !parts.every((part) => written.includes(part) || /^[A-Z-]+\d+$/.test(part));
            if (english.has(text) && known && !written.includes(`"${text}"`)) {
                wrong.push(`${name}: “${text}” has a translation`);
            } else if (sentence && /\b(the|is|are|was|were|of|and|to|this|that|for|with|by|it|not|no)\b/i.test(text)) {
                wrong.push(`${name}: “${text.slice(0, 120)}”`);
            }
        }
    }
    // The data set's own measures are described in C, in English, as data; so is a motion's count, as it was recorded.
    const data = /Recycling|EcoCamp|Weighed by the department|sensor|larger share|worked example|bins when they/;
    console.log(`# ${compared} texts`);
    return compared < 500 ? ["hardly anything was compared"] : wrong.filter((w) => !data.test(w));
});
await check("the language comes from the address or the browser, stays in the links, and is remembered", async () => {
    const wrong = [];
    const spanish = await person(null, { locale: "es-US" });
    await spanish.goto(base);
    if ((await spanish.getAttribute("html", "lang")) !== "es") {
        wrong.push("a browser that asks for Spanish gets English");
    }
    await spanish.context().close();
    const asked = await person(null);
    await asked.goto(`${base}/es`);
    const astray = (await linksOf(asked)).filter((h) => isPage(h) && !h.startsWith("/es") && !h.includes("lang="));
    wrong.push(...astray.map((h) => `${h} leads out of Spanish`));
    await asked.goto(`${base}/es/`);
    if ((await asked.getAttribute("html", "lang")) !== "es") {
        wrong.push("/es/ isn't Spanish");
    }
    await asked.goto(`${base}/pilots`);
    await asked.click(".ph-langs a[lang=es]");
    await asked.goto(`${base}/calls`);
    if ((await asked.getAttribute("html", "lang")) !== "es") {
        wrong.push("the choice isn't remembered");
    }
    await asked.context().close();
    return wrong;
});

await finish();
