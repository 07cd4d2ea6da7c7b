// Finding a code: the Index and the Tabular List as one types, each hit with the way that led to it.

import { send } from "../api.js";

const PAUSE = 120; // milliseconds after a key before it is looked for

const dialog = () => document.getElementById("find");
const field = () => document.getElementById("find-words");
const list = () => document.getElementById("find-list");
const told = () => document.getElementById("find-told");

let asking = null;
let release = "";

/**
 * Let somebody find a code of a release, beginning with words. Gives `{ code, description }`, or null if she leaves it.
 */
export function find({ title, words, release: wanted }) {
  release = wanted;
  document.getElementById("find-for").textContent = title;
  field().value = words.slice(0, 200);
  list().replaceChildren();
  told().textContent = "";
  dialog().returnValue = "";
  const found = new Promise((done) => {
    dialog().addEventListener(
      "close",
      () => {
        asking?.abort();
        done(dialog().returnValue === "taken" ? chosen() : null);
      },
      { once: true },
    );
  });
  dialog().showModal();
  field().select();
  look();
  return found;
}

async function look() {
  asking?.abort();
  asking = new AbortController();
  const { signal } = asking;
  const words = field().value.trim();
  if (!words) {
    show([], words);
    return;
  }
  try {
    const { hits } = await send("POST", "/codes/find", { words, release }, { signal });
    show(hits, words);
  } catch (problem) {
    if (problem.name !== "AbortError") told().textContent = problem.message;
  }
}

function show(hits, words) {
  list().replaceChildren(...hits.map(option));
  list().dataset.words = words;
  mark(list().firstElementChild);
  if (!words) told().textContent = "Words of the Index or the Tabular List, or a code.";
  else told().textContent = hits.length ? `${hits.length} codes` : "No code has these words; try others.";
}

function option({ code, description, route, missing }, place) {
  const line = document.createElement("li");
  line.id = `find-${place}`;
  line.setAttribute("role", "option");
  line.setAttribute("aria-selected", "false");
  line.dataset.code = code;
  line.dataset.description = description;
  const shown = document.createElement("span");
  shown.className = "code";
  shown.textContent = code;
  const way = document.createElement("small");
  way.textContent = route.join(" › ");
  line.append(shown, ` ${description}`, way);
  if (missing.length) {
    const lack = document.createElement("small");
    lack.className = "lack";
    lack.textContent = missing.join("; ");
    line.append(lack);
  }
  return line;
}

function mark(line) {
  for (const each of list().querySelectorAll("[aria-selected=true]")) each.setAttribute("aria-selected", "false");
  if (line) {
    line.setAttribute("aria-selected", "true");
    line.scrollIntoView({ block: "nearest" });
    field().setAttribute("aria-activedescendant", line.id);
  } else {
    field().removeAttribute("aria-activedescendant");
  }
}

const marked = () => list().querySelector("[aria-selected=true]");

function chosen() {
  const line = marked();
  return line ? { code: line.dataset.code, description: line.dataset.description } : null;
}

let waiting = 0;
field().addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(look, PAUSE);
});

field().addEventListener("keydown", (event) => {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (step) {
    event.preventDefault();
    const next = marked()?.[step];
    if (next) mark(next);
  }
  if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    // a hit that was not seen yet is not taken
    if (marked() && list().dataset.words === field().value.trim()) dialog().close("taken");
  }
});

list().addEventListener("click", (event) => {
  const line = event.target.closest("[role=option]");
  if (!line) return;
  mark(line);
  dialog().close("taken");
});
