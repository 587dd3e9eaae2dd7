// SPDX-License-Identifier: Apache-2.0
// checkPage(page, name): fails when a page breaks WCAG 2.2 AA as far as axe can tell, in either theme, or when it
// scrolls sideways at 320 px or with text at 200 %.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export function launch() {
    return chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
}

async function violations(page) {
    // Evaluated by the debugger, so a page's own Content-Security-Policy stays in force.
    await page.evaluate(`window.axe || (function () { ${axe} }).call(window)`);
    const found = await page.evaluate(
        (values) => window.axe.run(document, { runOnly: { type: "tag", values } }).then((r) => r.violations), tags);
    return found.map((v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => `    ${n.target.join(" ")}  ${n.html.slice(0, 160)}\n      ${(n.failureSummary ?? "").replace(/\n/g, " ").slice(0, 240)}`).join("\n")}`);
}

async function overflow(page) {
    return page.evaluate(() => {
        const wide = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= wide) {
            return [];
        }
        return [...document.querySelectorAll("body *")]
            .filter((e) => e.getBoundingClientRect().right > wide + 1 && !e.closest(".ph-scroll, pre"))
            .slice(0, 5)
            .map((e) => `${e.tagName.toLowerCase()}.${e.getAttribute("class") ?? ""}`);
    });
}

// All that is wrong with the page as it is shown now; [] when nothing is. Not asked for small, only its themes at
// this width are looked at.
export async function lookAt(page, name, themes = ["light", "dark"], small = true) {
    const wrong = [];
    const size = page.viewportSize();
    for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme });
        for (const v of await violations(page)) {
            wrong.push(`${name}, ${colorScheme}: ${v}`);
        }
    }
    await page.emulateMedia({ colorScheme: null });
    if (!small) {
        return wrong;
    }
    await page.setViewportSize({ width: 320, height: 640 });
    for (const v of await violations(page)) {
        wrong.push(`${name}, 320 px: ${v}`);
    }
    for (const e of await overflow(page)) {
        wrong.push(`${name}, 320 px: ${e} is wider than the screen`);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    // As a reader's own setting: media queries in em follow it too.
    const browser = await page.context().newCDPSession(page);
    await browser.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
    for (const e of await overflow(page)) {
        wrong.push(`${name}, text at 200 %: ${e} is wider than the screen`);
    }
    await browser.send("Page.setFontSizes", { fontSizes: { standard: 16, fixed: 13 } });
    await browser.detach();
    await page.setViewportSize(size);
    return wrong;
}

export async function checkPage(page, name) {
    const wrong = await lookAt(page, name);
    if (wrong.length) {
        throw new Error(wrong.join("\n"));
    }
}
