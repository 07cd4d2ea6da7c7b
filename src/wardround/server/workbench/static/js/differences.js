// Two readings beside each other: rows are settled by keys, one after the other.

import { send } from "./api.js";
import { bind } from "./keys.js";
import { tell, toast } from "./toast.js";

const root = () => document.getElementById("differences");
const rows = () => [...document.querySelectorAll(".rows tbody tr")];
const deciding = () => document.querySelector("[data-take]") !== null;
let current = 0;
let waiting = Promise.resolve();

function choose(place, focus = true) {
  const all = rows();
  if (!all.length) return;
  current = Math.max(0, Math.min(all.length - 1, place));
  for (const [at, row] of all.entries()) row.toggleAttribute("data-current", at === current);
  if (focus) all[current].focus();
}

/** Fetch the page anew and put it in the place of this one. */
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return location.reload();
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const open = document.getElementById("same")?.open;
  for (const id of ["head", "differences"]) document.getElementById(id).replaceWith(document.adoptNode(fresh.getElementById(id)));
  if (open) document.getElementById("same")?.setAttribute("open", "");
  return undefined;
}

function next(run) {
  waiting = waiting.then(run).catch(async (problem) => {
    tell(problem);
    if (problem.status === 409) await refresh();
  });
  return waiting;
}

function take(reading, place = current) {
  const item = rows()[place]?.dataset.item;
  if (!item || !deciding()) return;
  next(async () => {
    const { case: id, round, version } = root().dataset;
    await send("POST", `/cases/${id}/differences/take`, { item, reading, round: Number(round), version: Number(version) });
    await refresh();
    const all = rows();
    const open = (row) => row.dataset.settled === "";
    const after = all.findIndex((row, at) => at > place && open(row));
    choose(after >= 0 ? after : all.some(open) ? all.findIndex(open) : place);
  });
}

function sign() {
  if (!deciding()) return;
  next(async () => {
    const { case: id, round, version, left } = root().dataset;
    if (Number(left)) {
      choose(rows().findIndex((row) => row.dataset.settled === ""));
      toast(`${left} still to be settled`, { kind: "bad" });
      return;
    }
    await send("POST", `/v1/cases/${id}/reviews/${round}:sign`, { version: Number(version) });
    location.reload();
  });
}

function withdraw(form, give) {
  const reader = give ? form.reader.value : "";
  next(async () => {
    await send("POST", `/v1/cases/${root().dataset.case}/reviews/${form.dataset.round}:withdraw`, { reader });
    await refresh();
    toast(give ? "The second reading is asked for" : "The second reading is withdrawn");
  });
}

document.addEventListener("click", ({ target }) => {
  const row = target.closest(".rows tbody tr");
  if (row) choose(rows().indexOf(row), false);
  const button = target.closest("[data-take]");
  if (button) take(button.dataset.take);
  if (target.closest("#sign")) sign();
  if (target.closest("#begin")) {
    next(async () => {
      await send("POST", `/cases/${root().dataset.case}/differences/begin`);
      await refresh();
      bindKeys();
      choose(0);
    });
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.id === "withdraw") {
    event.preventDefault();
    withdraw(event.target, event.submitter?.name === "give");
  }
  if (event.target.id !== "ask") return;
  event.preventDefault();
  const { reader } = Object.fromEntries(new FormData(event.target));
  const body = { reading: "second", reader, result: Number(event.target.dataset.result) };
  next(async () => {
    await send("POST", `/v1/cases/${root().dataset.case}/reviews`, body);
    await refresh();
    toast("The second reading is asked for");
  });
});

function bindKeys() {
  if (!deciding()) return;
  bind("Differences", [
    { keys: ["j", "ArrowDown"], label: "Next item", run: () => choose(current + 1) },
    { keys: ["k", "ArrowUp"], label: "Item before", run: () => choose(current - 1) },
    { keys: ["1"], label: "Decide as the first reader", run: () => take("first") },
    { keys: ["2"], label: "Decide as the second reader", run: () => take("second") },
    { keys: ["c"], label: "Decide otherwise, in the review", run: () => rows()[current]?.querySelector("[data-change]")?.click() },
    { keys: ["s"], label: "Sign", run: sign },
  ]);
}

bindKeys();
if (deciding()) choose(Math.max(0, rows().findIndex((row) => row.dataset.settled === "")));
document.body.dataset.ready = "";
