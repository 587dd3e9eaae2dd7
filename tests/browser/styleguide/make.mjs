// SPDX-License-Identifier: Apache-2.0
// Writes every part of the look as pages: node make.mjs FOLDER [ASSETS]. The data is in pages.mjs; the templates
// are the program's own, rendered by another Mustache so that the look can be worked on alone.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import mustache from "wontache";
import { pages, common } from "./pages.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const office = join(root, "src/office");

function walk(folder) {
    return readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
        e.isDirectory() ? walk(join(folder, e.name)) : e.name.endsWith(".html") ? [join(folder, e.name)] : []);
}
// The house knows markup by its type; here it is known by its name.
const typed = (text) => text.replace(/\{\{((?:\w+\.)?(?:html|svg))\}\}/g, "{{{$1}}}").replace(/\.(plain|iso)\}\}/g, "}}");
const templates = {};
for (const file of walk(office)) {
    templates[relative(office, file)] = typed(readFileSync(file, "utf8").replace(/\n$/, (n) => (file.endsWith("-common.html") ? "" : n)));
}
for (const [name, text] of Object.entries(templates)) {
    templates[name] = mustache(text);
}

// {{#t}}: the key itself, with {name} and {n, plural, one {…} other {…}} filled in.
const t = () => (text) =>
    text
        .replace(/\{(\w+), plural, one \{(.*?)\} other \{(.*?)\}\}/g, "{{#$1_is_one}}$2{{/$1_is_one}}{{^$1_is_one}}$3{{/$1_is_one}}")
        .replace(/(?<!\{)\{(\w+)\}(?!\})/g, "{{$1}}");

export function make(out, assets = join(root, "build/assets")) {
    const manifest = JSON.parse(readFileSync(join(assets, "manifest.json"), "utf8"));
    mkdirSync(join(out, "assets"), { recursive: true });
    cpSync(assets, join(out, "assets"), { recursive: true });
    const urls = Object.fromEntries(
        Object.entries({ css: "app.css", js: "app.js", font: "public-sans.woff2", icons: "icons.svg", favicon: "favicon.svg" })
            .map(([key, name]) => [key, `/assets/${manifest[name]}`]));
    const written = [];
    for (const { name, template, text, data } of pages) {
        const all = { ...common, ...data, t, page: { ...common.page, ...data.page, ...urls } };
        all.page.is_office = all.page.audience === "office";
        const render = text ? mustache(typed(text)) : templates[template];
        writeFileSync(join(out, `${name}.html`), render(all, { partials: templates }));
        written.push(name);
    }
    return written;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
    console.log(make(process.argv[2], process.argv[3]).join("\n"));
}
