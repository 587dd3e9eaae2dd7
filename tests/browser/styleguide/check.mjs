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
await browser.close();
server.close();
rmSync(folder, { recursive: true });
for (const f of failures) {
    console.error(f);
}
console.log(`${passed} passed, ${names.length - passed} failed`);
process.exit(failures.length ? 1 : 0);
