// SPDX-License-Identifier: Apache-2.0
// What makes a form kinder; every page works without it. No state beyond drafts in localStorage.

const AGE = 30 * 24 * 3600 * 1000;
const controls = (form) =>
    [...form.elements].filter((e) => e.name && !["hidden", "file", "password", "submit"].includes(e.type));
const toggles = (e) => e.type === "radio" || e.type === "checkbox";

function store(key, value) {
    try {
        if (value === undefined) {
            return JSON.parse(localStorage.getItem(key));
        }
        if (value === null) {
            localStorage.removeItem(key);
        } else {
            localStorage.setItem(key, JSON.stringify(value));
        }
    } catch {
        // Storage is full, forbidden, or holds something else: drafts are a kindness, not a promise.
    }
    return null;
}

// The words come with the page, translated: <script> holds none.
const words = document.body.dataset;
function say(form, text, ...buttons) {
    let line = form.querySelector(".ph-saved");
    if (!line) {
        line = document.createElement("p");
        line.className = "ph-saved";
        line.setAttribute("role", "status");
        form.prepend(line);
    }
    line.replaceChildren(text, ...buttons.flatMap((b) => [" ", b]));
}
function button(text, press) {
    const b = document.createElement("button");
    b.type = "button";
    b.className = "ph-link-button";
    b.textContent = text;
    b.addEventListener("click", press);
    return b;
}

// What was typed: a list of [name, value], in order, so that repeated names keep their places.
const written = (form) => controls(form).filter((e) => !toggles(e) || e.checked).map((e) => [e.name, e.value]);
function write(form, values) {
    const left = values.map((v) => [...v]);
    for (const e of controls(form)) {
        if (toggles(e)) {
            e.checked = values.some(([n, v]) => n === e.name && v === e.value);
            continue;
        }
        const at = left.findIndex(([n]) => n === e.name);
        if (at >= 0) {
            e.value = left.splice(at, 1)[0][1];
        }
    }
}

// Questions that are asked only after a certain answer; the server asks the same when it is sent.
function conditions(form) {
    const further = [...form.querySelectorAll("[data-after]")];
    const first = (name) => [form.elements[name]].flatMap((e) => e instanceof RadioNodeList ? [...e] : [e])[0];
    const show = () => further.forEach((part) => {
        const { after, value } = part.dataset;
        part.hidden = form.elements[after]?.value !== value || !!first(after).closest("[data-after][hidden]");
    });
    if (further.length) {
        form.addEventListener("input", show);
        show();
    }
}

function drafts(form) {
    const key = `draft:${form.dataset.draft}`;
    const begun = JSON.stringify(written(form));
    const kept = store(key);
    if (kept && Date.now() - kept.at > AGE) {
        store(key, null);
    } else if (kept && JSON.stringify(kept.values) !== begun) {
        say(form, words.draftFound,
            button(words.draftRestore, () => {
                write(form, kept.values);
                say(form, words.draftRestored);
                form.dispatchEvent(new Event("input"));
            }),
            button(words.draftForget, () => {
                store(key, null);
                form.querySelector(".ph-saved").remove();
            }));
    }
    let timer;
    const keep = () => {
        clearTimeout(timer);
        store(key, { at: Date.now(), values: written(form) });
    };
    form.addEventListener("input", (event) => {
        if (event.target !== form) {
            clearTimeout(timer);
            timer = setTimeout(keep, 800);
        }
    });
    // Sent is not yet received: the draft goes when a page without complaints follows.
    form.addEventListener("submit", () => {
        keep();
        store("draft-sent", key);
    });
}

// Leaving a form with something written in it asks first.
function guard(form) {
    let changed = false;
    form.addEventListener("input", () => (changed = true));
    form.addEventListener("submit", () => (changed = false));
    addEventListener("beforeunload", (event) => {
        if (changed) {
            event.preventDefault();
        }
    });
}

// Scoring by keyboard: in a criterion a digit sets the score, n and p go to the next and the one before.
function scores(boxes) {
    document.addEventListener("keydown", (event) => {
        const box = event.target.closest?.("[data-score]");
        const typing = event.target.matches?.("textarea, select, input:not([type=radio])");
        if (!box || typing || event.ctrlKey || event.metaKey || event.altKey) {
            return;
        }
        const radios = [...box.querySelectorAll("input[type=radio]")];
        const hit = radios.find((r) => r.value === event.key);
        const step = { n: 1, p: -1 }[event.key];
        const to = step && boxes[boxes.indexOf(box) + step];
        if (hit) {
            hit.focus();
            hit.click();
        } else if (to) {
            (to.querySelector("input:checked") ?? to.querySelector("input")).focus();
        } else {
            return;
        }
        event.preventDefault();
    });
}

// The chosen file's name and size beneath, and at once when it is larger than allowed.
function files(input) {
    const line = document.createElement("span");
    line.className = "usa-hint";
    line.setAttribute("role", "status");
    input.after(line);
    input.addEventListener("change", () => {
        line.textContent = [...input.files]
            .map((f) => `${f.name} (${Math.max(1, Math.round(f.size / 1024)).toLocaleString()} KB)`)
            .join(", ");
    });
}

const sent = store("draft-sent");
if (sent) {
    store("draft-sent", null);
    if (!document.getElementById("errors") && !document.querySelector(`form[data-draft="${CSS.escape(sent.slice(6))}"]`)) {
        store(sent, null);
    }
}
document.querySelectorAll("form[data-guard]").forEach(conditions);
document.querySelectorAll("form[data-draft]").forEach(drafts);
document.querySelectorAll("form[data-guard]").forEach(guard);
document.querySelectorAll("input[type=file]").forEach(files);
const boxes = [...document.querySelectorAll("[data-score]")];
if (boxes.length) {
    scores(boxes);
}
// Errors first: bring the summary to whoever can't see it.
document.getElementById("errors")?.focus();
