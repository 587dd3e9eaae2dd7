// SPDX-License-Identifier: Apache-2.0
// The demonstration office, served for a walk through it in a browser; prints TAP. Each walk is a file of
// its own: node WALK.mjs PILOTHOUSE.
// With PILOTHOUSE_PICTURES=FOLDER pictures of the main screens are kept.
import { spawn, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { launch } from "./axe.mjs";

const program = resolve(process.argv[2]);
const folder = mkdtempSync(join(tmpdir(), "pilothouse-browser-"));
const db = join(folder, "office.db");
const pictures = process.env.PILOTHOUSE_PICTURES;
export const KB = 1024;

// ---- TAP: a check answers with what is wrong with it, a text or a list; nothing is good.
let number = 0;
let failed = 0;
export async function check(name, work) {
    let wrong;
    try {
        wrong = [(await work()) ?? []].flat();
    } catch (e) {
        wrong = [e.message];
    }
    failed += wrong.length > 0;
    console.log(`${wrong.length ? "not ok" : "ok"} ${++number} - ${name}`);
    for (const line of wrong.join("\n").split("\n").filter(Boolean)) {
        console.log(`# ${line}`);
    }
    return wrong.length === 0;
}

// ---- the office
const shared = process.env.PILOTHOUSE_SHARED ?? resolve(new URL("../../../shared", import.meta.url).pathname);
const city = join(shared, "data/philadelphia");
export const hasCityData = existsSync(city);
execFileSync(program, ["demo", "--quiet", ...(hasCityData ? ["--data", city] : []), "--db", db]);
export const { password } = JSON.parse(execFileSync(program, ["demo", "--accounts", "--json", "--db", db]));
const port = await new Promise((done) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
        const free = probe.address().port;
        probe.close(() => done(free));
    });
});
export const base = `http://127.0.0.1:${port}`;
const server = spawn(program, ["serve", "--db", db, "--listen", `127.0.0.1:${port}`, "--base-url", base],
    { stdio: ["ignore", "ignore", "ignore"] });

// What a GET brings over the wire: bytes as they were sent, compressed.
export function fetchRaw(path, more = {}) {
    return new Promise((done, broken) => {
        get(base + path, { headers: { "accept-encoding": "gzip", "accept": "text/html", ...more } }, (r) => {
            let bytes = 0;
            r.on("data", (d) => { bytes += d.length; });
            r.on("end", () => done({ status: r.statusCode, bytes, encoding: r.headers["content-encoding"] }));
        }).on("error", broken);
    });
}
for (let i = 0; ; i++) {
    try {
        await fetchRaw("/");
        break;
    } catch (e) {
        if (i === 100) {
            throw e;
        }
        await new Promise((done) => setTimeout(done, 100));
    }
}

export const browser = await launch();
export async function person(email, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    page.on("dialog", (d) => d.accept());
    page.complaints = [];
    page.on("console", (m) => m.type() === "error" && page.complaints.push(m.text()));
    page.on("pageerror", (e) => page.complaints.push(String(e)));
    if (email) {
        await page.goto(`${base}/sign-in`);
        await page.fill("[name=email]", email);
        await page.fill("[name=password]", password);
        await page.press("[name=password]", "Enter");
        await page.waitForURL((url) => url.pathname !== "/sign-in");
    }
    return page;
}
export const linksOf = (page) => page.evaluate(() => [...document.querySelectorAll("a[href^='/']")].map((a) => a.getAttribute("href")));
// The first record of a kind that the page links to.
export const recordsOn = async (page, kind) =>
    [...new Set((await linksOf(page)).filter((h) => new RegExp(`^${kind}/[0-9a-z]{13}$`).test(h)))];
export async function picture(page, name, sizes) {
    if (!pictures) {
        return;
    }
    mkdirSync(pictures, { recursive: true });
    for (const [width, colorScheme] of sizes ?? [[1280, "light"], [375, "light"]]) {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ colorScheme: null });
}


export async function finish() {
    await browser.close();
    server.kill();
    await new Promise((done) => server.once("exit", done));
    rmSync(folder, { recursive: true });
    console.log(`1..${number}`);
    process.exit(failed ? 1 : 0);
}
