// SPDX-License-Identifier: Apache-2.0
// Makes what the browser is sent: assets/{style,js,icons,fonts} -> build/assets/<name>.<hash>.<ext> and
// manifest.json {logical name: hashed name}. Called by script/assets. The hash is of the contents, so that
// a browser may keep each file for ever.
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join } from "node:path";
import { gzipSync } from "node:zlib";
import * as sass from "sass";

const here = new URL(".", import.meta.url).pathname;
const out = process.argv[2];
const work = `${out}.new`;
rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });

const manifest = {};
const sizes = {};
function put(name, contents) {
    const hash = createHash("sha256").update(contents).digest("hex").slice(0, 12);
    const ext = extname(name);
    const hashed = `${basename(name, ext)}.${hash}${ext}`;
    writeFileSync(join(work, hashed), contents);
    manifest[name] = hashed;
    sizes[name] = ext === ".woff2" ? contents.length : gzipSync(contents, { level: 9 }).length;
}
const within = (folder, ext) => readdirSync(join(here, folder)).filter((f) => f.endsWith(ext)).sort();

for (const file of within("fonts", ".woff2")) {
    put(file, readFileSync(join(here, "fonts", file)));
}

// One sprite: every icon is a symbol under its file's name. The favicon stands alone.
const symbols = [];
for (const file of within("icons", ".svg")) {
    const svg = readFileSync(join(here, "icons", file), "utf8").trim();
    if (file === "favicon.svg") {
        put(file, svg);
        continue;
    }
    const [, attributes, body] = svg.match(/^<svg xmlns="[^"]*"([^>]*)>(.*)<\/svg>$/s);
    symbols.push(`<symbol id="${basename(file, ".svg")}"${attributes}>${body}</symbol>`);
}
put("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);

const css = sass.compile(join(here, "style/app.scss"), {
    loadPaths: [join(here, "node_modules/@uswds/uswds/packages")],
    style: "compressed",
    quietDeps: true,
    logger: { debug: () => {}, warn: (text, o) => { if (!o.deprecation) { console.error(text); } } },
}).css;
// Style sheets name fonts by their logical names; anything else they would fetch is a mistake.
const plain = css
    .replace(/^\uFEFF/, "")
    .replace(/\/\*[^!].*?\*\//gs, "")
    .replace(/url\(["']?([^)"']*)["']?\)/g, (whole, name) => {
        if (!manifest[name]) {
            throw new Error(`the style sheet asks for ${name}, which is not among the assets`);
        }
        return `url(${manifest[name]})`;
    });
put("app.css", plain);

for (const file of within("js", ".js")) {
    // Comments of their own line and indentation are all that is worth taking out of so small a script.
    const source = readFileSync(join(here, "js", file), "utf8");
    put(file, source.replace(/^\s*\/\/.*\n/gm, "").replace(/^\s+/gm, ""));
}

writeFileSync(join(work, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
const most = { "app.css": 25 * 1024, "app.js": 4 * 1024 };
let failed = false;
for (const [name, size] of Object.entries(sizes)) {
    const over = most[name] && size > most[name];
    failed ||= over;
    const kind = name.endsWith(".woff2") ? "" : " gzip";
    console.log(`${name.padEnd(32)}${String(size).padStart(7)} bytes${kind}${over ? `, more than ${most[name]}` : ""}`);
}
if (failed) {
    process.exit(1);
}
rmSync(out, { recursive: true, force: true });
renameSync(work, out);
