// SPDX-License-Identifier: Apache-2.0
// Makes the style guide, serves it with the program's own strict policy, and checks every page of it:
//   node check.mjs [--pictures FOLDER] [NAME…]
// With --pictures it also keeps what it saw at three widths, in both themes and on paper.
import { createServer } from "node:http";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { launch, lookAt } from "../axe.mjs";
import { make } from "./make.mjs";

const args = process.argv.slice(2);
const pictures = args[0] === "--pictures" ? args.splice(0, 2)[1] : null;
const folder = mkdtempSync(join(tmpdir(), "look-"));
const names = make(folder).filter((n) => !args.length || args.includes(n));

const types = { ".html": "text/html; charset=utf-8", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2" };
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const server = createServer((request, response) => {
    try {
        const path = new URL(request.url, "http://x").pathname;
        const body = readFileSync(join(folder, path));
        response.writeHead(200, { "content-type": types[extname(path)] ?? "text/plain", "content-security-policy": policy });
        response.end(body);
    } catch {
        response.writeHead(404).end();
    }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const base = `http://127.0.0.1:${server.address().port}`;

let passed = 0;
const failures = [];
const browser = await launch();
const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
let complaints = [];
page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
page.on("pageerror", (e) => complaints.push(String(e)));
for (const name of names) {
    complaints = [];
    await page.goto(`${base}/${name}.html`);
    const wrong = [];
    const size = gzipSync(readFileSync(join(folder, `${name}.html`)), { level: 6 }).length;
    if (size > 14 * 1024) {
        wrong.push(`${name}: ${size} bytes of compressed HTML`);
    }
    if (await page.evaluate(() => document.querySelectorAll("h1").length) !== 1) {
        wrong.push(`${name}: not exactly one h1`);
    }
    wrong.push(...complaints.map((c) => `${name}: ${c}`), ...(await lookAt(page, name)));
    if (wrong.length) {
        failures.push(...wrong);
    } else {
        passed++;
    }
    if (pictures) {
        mkdirSync(pictures, { recursive: true });
        for (const [width, colorScheme] of [[1280, "light"], [1280, "dark"], [375, "light"], [320, "dark"]]) {
            await page.setViewportSize({ width, height: 800 });
            await page.emulateMedia({ colorScheme });
            await page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`), fullPage: true });
        }
        await page.emulateMedia({ media: "print", colorScheme: "dark" });
        await page.setViewportSize({ width: 720, height: 900 });
        await page.screenshot({ path: join(pictures, `${name}-print.png`), fullPage: true });
        await page.emulateMedia({ media: null, colorScheme: null });
        await page.setViewportSize({ width: 1280, height: 800 });
    }
}
// The little script: each of its kindnesses, once.
async function check(name, work) {
    const fresh = await (await browser.newContext()).newPage();
    fresh.on("dialog", (d) => d.accept());
    const wrong = await work(fresh).catch((e) => `${name}: ${e.message.split("\n")[0]}`);
    await fresh.context().close();
    if (wrong) {
        failures.push(`${name}: ${wrong}`);
    } else {
        passed++;
    }
}
const checks = {
    "a draft is offered after leaving and comes back": async (p) => {
        await p.goto(`${base}/steps.html`);
        await p.fill("#f-needs", "Two blocks and a permit.");
        await p.waitForFunction(() => localStorage.getItem("draft:pitch"));
        await p.goto(`${base}/steps.html`);
        if (await p.inputValue("#f-needs") !== "") {
            return "the page wrote it in unasked";
        }
        await p.click(".ph-saved button >> nth=0");
        return (await p.inputValue("#f-needs")) === "Two blocks and a permit." ? null : "it didn't come back";
    },
    "a forgotten draft is gone": async (p) => {
        await p.goto(`${base}/steps.html`);
        await p.fill("#f-needs", "x");
        await p.waitForFunction(() => localStorage.getItem("draft:pitch"));
        await p.reload();
        await p.click(".ph-saved button >> nth=1");
        await p.reload();
        return (await p.locator(".ph-saved").count()) === 0 ? null : "it is offered again";
    },
    "leaving what was written asks first, sending it doesn't": async (p) => {
        let asked = 0;
        p.on("dialog", () => asked++);
        await p.goto(`${base}/confirm.html`);
        await p.click("#f-reason");
        await p.keyboard.type("because");
        await p.goto(`${base}/error.html`);
        const first = asked;
        await p.goto(`${base}/confirm.html`);
        await p.click("#f-reason");
        await p.keyboard.type("because");
        await p.click(".ph-form__end button");
        await p.waitForLoadState();
        return first === 1 && asked === 1 ? null : `asked ${first} times on leaving, ${asked - first} on sending`;
    },
    "digits score, n goes on, and notes take digits as text": async (p) => {
        await p.goto(`${base}/score.html`);
        await p.focus("input[name=s1]:checked");
        await p.keyboard.press("4");
        await p.keyboard.press("n");
        await p.keyboard.press("2");
        await p.focus("#f-n1");
        await p.keyboard.type("1");
        const got = await p.evaluate(() => ["s1", "s2"].map((n) => document.querySelector(`[name=${n}]:checked`)?.value).join());
        return got === "4,2" && (await p.inputValue("#f-n1")) === "1" ? null : `scores ${got}`;
    },
    "a menu opens and closes without script": async (p) => {
        const plain = await (await browser.newContext({ javaScriptEnabled: false, viewport: { width: 375, height: 700 } })).newPage();
        await plain.goto(`${base}/today.html`);
        const before = await plain.isVisible("#nav");
        await plain.click(".ph-band .ph-menu");
        const open = await plain.isVisible("#nav");
        await plain.click(".ph-nav__close");
        const after = await plain.isVisible("#nav");
        await plain.context().close();
        return !before && open && !after ? null : `${before} ${open} ${after}`;
    },
};
if (!args.length) {
    for (const [name, work] of Object.entries(checks)) {
        await check(name, work);
    }
}
await browser.close();
server.close();
rmSync(folder, { recursive: true });
for (const f of failures) {
    console.error(f);
}
const all = names.length + (args.length ? 0 : Object.keys(checks).length);
console.log(`${passed} passed, ${all - passed} failed`);
process.exit(failures.length ? 1 : 0);
