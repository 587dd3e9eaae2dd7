// SPDX-License-Identifier: Apache-2.0
// The list of every kind of record, and every chart: each list can be searched or filtered and sorted, and says
// what to do where it is empty; each chart has its table: node lists.mjs PILOTHOUSE.
import { base, check, finish, linksOf, person } from "./house.mjs";

const api = await (await fetch(`${base}/api/v1/openapi.json`)).json();
const lists = Object.keys(api.paths).filter((p) => /^\/[a-z-]+\.json$/.test(p)).map((p) => p.replace(".json", ""));
const people = [];
for (const name of ["director", "admin", "procurement", "evaluator"]) {
    people.push(await person(`${name}@demo.example`, { javaScriptEnabled: false }));
}
// Whoever may see the list looks at it: keys for prices are the procurement officer's, interests an evaluator's.
async function open(path) {
    for (const page of people) {
        const answer = await page.goto(base + path);
        if (answer.status() === 200) {
            return page;
        }
    }
    return null;
}

await check("there are as many lists as kinds", () => (lists.length > 40 ? [] : [`only ${lists.length}`]));
for (const list of lists) {
    await check(`${list}: search or filter, sort, and words where it is empty`, async () => {
        const page = await open(list);
        if (!page) {
            return "nobody may see it";
        }
        const wrong = [];
        const filter = page.locator("main form.ph-filter");
        if (!(await filter.count())) {
            wrong.push("it can neither be searched nor filtered");
        }
        const rows = await page.locator("main tbody tr").count();
        if (rows && !(await page.locator("main thead a").count())) {
            wrong.push("it can't be sorted");
        }
        if (!rows && !(await page.locator("main .ph-empty p, main p").count())) {
            wrong.push("empty, it says nothing");
        }
        const sort = await page.locator("main thead a").first().getAttribute("href").catch(() => null);
        if (rows && sort) {
            await page.goto(base + sort);
            if ((await page.locator("main thead [aria-sort]").count()) !== 1 || (await page.locator("main tbody tr").count()) !== rows) {
                wrong.push(`sorted by ${sort} it isn't the same list`);
            }
        }
        if (await page.locator("#filter-q").count()) {
            await page.fill("#filter-q", "qqzzxx");
            await Promise.all([page.waitForEvent("load"), page.click("form.ph-filter button")]);
            if ((await page.locator("main tbody tr").count()) || !(await page.locator(".ph-empty").innerText()).trim()) {
                wrong.push("where nothing is found it doesn't say so");
            }
        }
        return wrong;
    });
}

await check("every chart has its numbers in a table beside it", async () => {
    const [page] = people;
    const wrong = [];
    let charts = 0;
    const waiting = ["/evaluations", "/measures", "/pilots", "/batches"];
    const seen = new Set();
    while (waiting.length && seen.size < 90) {
        const path = waiting.shift();
        if (seen.has(path)) {
            continue;
        }
        seen.add(path);
        await page.goto(base + path);
        const found = await page.evaluate(() => [...document.querySelectorAll("main svg[role=img]:not(.svg-small, .ph-icon)")].map((svg) => {
            const figure = svg.closest("figure, section");
            const map = svg.classList.contains("svg-map");
            return { name: svg.getAttribute("class"), told: map ? Boolean(document.querySelector("main table, main ul, main dl")) : Boolean(figure?.querySelector("table tbody tr")),
                title: Boolean(svg.querySelector("title")?.textContent.trim()) };
        }));
        charts += found.length;
        wrong.push(...found.filter((f) => !f.told).map((f) => `${path}: ${f.name} has no table`),
            ...found.filter((f) => !f.title).map((f) => `${path}: ${f.name} has no title`));
        if (seen.size <= 4) {
            waiting.push(...(await linksOf(page)).filter((h) => /^\/(evaluations|measures|pilots|batches)\/[0-9a-z]{13}$/.test(h)));
        }
    }
    console.log(`# ${charts} charts on ${seen.size} pages`);
    return charts < 5 ? [...wrong, "hardly any chart was found"] : wrong;
});

await finish();
