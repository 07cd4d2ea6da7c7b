// The work list: keys, assigning, deleting. Filters, pages and progress are htmx's.

import { send } from "./api.js";
import { bind } from "./keys.js";
import { tell, toast } from "./toast.js";

const search = document.getElementById("search");
const assigning = document.getElementById("assign");
const deleting = document.getElementById("delete");
const me = document.body.dataset.viewer;

/** Load the list anew, as it is chosen. */
function refresh() {
  document.body.dispatchEvent(new CustomEvent("cases-changed"));
}

// what can be focused of each case
function rows() {
  return [...document.querySelectorAll("tr[data-case]")].map((row) => row.querySelector("a, button"));
}

function current() {
  return document.activeElement?.closest("tr[data-case]") ?? null;
}

function move(step) {
  const all = rows();
  const at = all.findIndex((each) => each?.closest("tr") === current());
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
  all[next]?.focus();
}

/** Do something with a case, tell how it went, and load the list anew. */
async function change(done, method, path, body) {
  try {
    await send(method, path, body);
    toast(done);
    refresh();
  } catch (error) {
    tell(error);
  }
}

function assign(row, user) {
  return change("Assigned", "POST", `/v1/cases/${row.dataset.case}:assign`, { user });
}

/** Show a dialog of one form about a case; `run` gets its fields when it is sent. */
function asking(dialog, row, run) {
  const form = dialog.querySelector("form");
  form.onsubmit = () => run(Object.fromEntries(new FormData(form)));
  dialog.onclose = () => document.getElementById(`case-${row.dataset.case}`)?.focus();
  dialog.showModal();
}

function askAssign(row) {
  const button = row?.querySelector("[data-assign]");
  if (!button) return;
  assigning.querySelector("select").value = button.dataset.assign;
  asking(assigning, row, ({ user }) => assign(row, user));
}

function askDelete(row) {
  if (!row?.querySelector("[data-delete]")) return;
  deleting.querySelector("input").value = "";
  asking(deleting, row, ({ reason }) => change("Deleted; it can be restored for 30 days", "DELETE", `/v1/cases/${row.dataset.case}?${new URLSearchParams({ reason })}`));
}

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-case]");
  if (!row) return;
  if (event.target.closest("[data-assign]")) askAssign(row);
  else if (event.target.closest("[data-delete]")) askDelete(row);
  else if (event.target.closest("[data-restore]")) change("Restored", "POST", `/v1/cases/${row.dataset.case}:restore`, {});
});

// addresses without what is not chosen
document.addEventListener("htmx:configRequest", (event) => {
  const { parameters } = event.detail;
  for (const [name, value] of Object.entries(parameters)) if (value === "") delete parameters[name];
});

const working = [
  { keys: ["j", "ArrowDown"], label: "Next case", run: () => move(1) },
  { keys: ["k", "ArrowUp"], label: "Case before", run: () => move(-1) },
  { keys: ["Enter"], label: "Open the case", run: () => current()?.querySelector("a")?.click(), when: () => current() !== null },
  { keys: ["/"], label: "Search", run: () => search.select() },
  { keys: ["]"], label: "Older cases", run: () => document.getElementById("older")?.click() },
  { keys: ["["], label: "Newer cases", run: () => document.getElementById("newer")?.click() },
];
if (assigning) {
  const isOne = [...assigning.querySelectorAll("option")].some((option) => option.value === me);
  if (isOne) working.push({ keys: ["m"], label: "Assign to me", run: () => assign(current(), me), when: () => current()?.querySelector("[data-assign]") });
  working.push({ keys: ["s"], label: "Assign to somebody", run: () => askAssign(current()) });
}
if (deleting) working.push({ keys: ["Delete"], label: "Delete the case", run: () => askDelete(current()) });
bind("Work list", working);
bind("Search", [{ keys: ["Escape"], label: "Back to the list", run: () => move(1), inFields: true, when: () => document.activeElement === search }]);
