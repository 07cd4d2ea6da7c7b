// Keys and what they do, in one table, of which the help is made too.
//
//   bind("Work list", [
//     { keys: ["j", "ArrowDown"], label: "Next case", run: () => move(1) },
//     { keys: ["Mod+Enter"], label: "Sign", run: sign, inFields: true },
//   ]);
//
// A key is as `KeyboardEvent.key` has it, so "?" and "A" need no "Shift"; "Mod" is Ctrl, or Cmd on a Mac. Keys do
// nothing in text fields unless `inFields`, and nothing while a dialog is open unless `inDialogs`. Keys of one letter can be
// switched off (WCAG 2.1.4).

const SWITCH = "wardround.keys";
const NAMES = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→", " ": "Space", Escape: "Esc" };
const table = [];

/** Have keys do something, under a heading of the help. Gives a function that takes them back. */
export function bind(group, bindings) {
  const added = bindings.map((each) => ({ group, ...each }));
  table.push(...added);
  return () => added.forEach((each) => table.splice(table.indexOf(each), 1));
}

/** Whether keys of one letter work; the person can switch them off. */
export function lettersWork() {
  return localStorage.getItem(SWITCH) !== "off";
}

/** Switch keys of one letter on or off, for this browser. */
export function letLettersWork(on) {
  localStorage.setItem(SWITCH, on ? "on" : "off");
}

/** The table as the help shows it. */
export function help() {
  const groups = document.createElement("div");
  groups.className = "keys-help";
  for (const group of new Set(table.map((each) => each.group))) {
    const section = document.createElement("section");
    const heading = document.createElement("h3");
    heading.textContent = group;
    const list = document.createElement("dl");
    for (const { keys, label } of table.filter((each) => each.group === group)) {
      const term = document.createElement("dt");
      keys.forEach((key, index) => {
        if (index) term.append(" ");
        const shown = document.createElement("kbd");
        shown.textContent = written(key);
        term.append(shown);
      });
      const meaning = document.createElement("dd");
      meaning.textContent = label;
      list.append(term, meaning);
    }
    section.append(heading, list);
    groups.append(section);
  }
  return groups;
}

function written(key) {
  const mod = /Mac|iPad|iPhone/.test(navigator.platform) ? "⌘" : "Ctrl";
  return key
    .split(/\+(?=.)/)
    .map((part) => (part === "Mod" ? mod : (NAMES[part] ?? part)))
    .join("+");
}

function named(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Mod");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey && event.key.length > 1) parts.push("Shift");
  return [...parts, event.key].join("+");
}

function inField(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio], [type=button], [type=range]), textarea, select"));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const key = named(event);
  if (key.length === 1 && key !== "?" && !lettersWork()) return;
  const open = document.querySelector("dialog[open]");
  const found = table.findLast(
    (each) =>
      each.keys.includes(key) &&
      (each.inFields || !inField(event.target)) &&
      (each.inDialogs || !open) &&
      (each.when?.() ?? true),
  );
  if (!found) return;
  // Enter and Space on a button or link belong to it
  if (["Enter", " "].includes(key) && event.target.closest?.("a, button, summary")) return;
  event.preventDefault();
  found.run(event);
});
