// The page of a coding review. What is decided is shown at once and saved at once; what the page cannot draw by itself it
// fetches anew from the server and puts in its place, without moving what somebody looks at.

import { send, unreachable } from "./api.js";
import { bind } from "./keys.js";
import { tell, toast } from "./toast.js";
import { together } from "./together.js";
import * as cards from "./coding/cards.js";
import { find } from "./coding/find.js";
import * as note from "./coding/note.js";
import * as questions from "./coding/questions.js";
import { Saving } from "./coding/saving.js";
import * as scan from "./coding/scan.js";
import { measure } from "./time.js";

const VERBS = { accept: "accepted", reject: "rejected", change: "changed", add: "added" };

const root = () => document.getElementById("coding");
const page = () => root().dataset;
const deciding = () => page().mode === "reviewing" || page().mode === "blind";
const say = (text) => {
  document.getElementById("said").textContent = text;
};

let saving = null;
let awaited = null; // a code that waits for the words it rests on

// drawing

/** Fetch the page anew and put what changed in place. */
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer) return tell(unreachable());
  if (!answer.ok || answer.redirected) return location.reload();
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (fresh.getElementById("coding")?.dataset.mode !== page().mode) return location.reload();
  const item = cards.current()?.dataset.item;
  const hadFocus = document.activeElement?.closest(".card") !== null;
  const scrolled = new Map([...document.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part.scrollTop]));
  const folds = new Map([...document.querySelectorAll("details[data-keep]")].map((each) => [each.id, each.open]));
  const typed = new Map(questions.unsaved().map((each) => [each.dataset.keepText, each.value]));
  const typing = questions.place();
  for (const part of document.querySelectorAll("[data-part]")) {
    const found = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!found) continue;
    if (part.dataset.part === "root") Object.assign(part.dataset, found.dataset);
    else part.replaceChildren(...document.importNode(found, true).childNodes);
    part.scrollTop = scrolled.get(part.dataset.part);
  }
  for (const each of document.querySelectorAll("details[data-keep]")) each.open = folds.get(each.id) ?? each.open;
  for (const each of document.querySelectorAll("[data-keep-text]")) each.value = typed.get(each.dataset.keepText) ?? each.value;
  questions.goBack(typing);
  note.index();
  redraw();
  const again = (item && cards.cardOf(item)) || cards.codes()[0];
  choose(again, { focus: hadFocus && !document.querySelector("dialog[open]"), quiet: true });
  return undefined;
}

/** How much is left, in words and on the button. */
function redraw() {
  const left = cards.left();
  const button = document.getElementById("sign");
  if (button) {
    button.dataset.left = left;
    button.querySelector("span").textContent = left ? `${left} left` : "Sign";
  }
  const told = document.querySelector("[data-part=told]");
  if (page().mode === "reviewing") told.textContent = left ? `${left} of ${cards.codes().length} to decide` : "all decided";
}

/** Make a card the current one and show what it rests on. */
function choose(card, { focus = true, quiet = false } = {}) {
  cards.choose(card, { focus });
  const item = card?.dataset.item ?? "";
  note.point("current", item);
  scan.point(item);
  if (item && !quiet) note.show(item);
}

function move(step) {
  const all = cards.reachable();
  const at = all.indexOf(cards.current());
  const next = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + step))];
  if (next) choose(next);
}

// deciding

function draw(card, state, code = null, description = null) {
  cards.setState(card, state, code, description);
  note.setState(card.dataset.item, state);
  redraw();
}

/** The current card, if something can be decided of it. */
function card() {
  return deciding() ? cards.current() : null;
}

function goOn(from) {
  const next = cards.nextOpen(from);
  if (next) choose(next);
  else say("Everything is decided. Press s to sign.");
}

function decide(verb, reason = "") {
  const on = card();
  if (!on) return;
  if (on.dataset.state === "down") {
    if (verb === "accept") reportAfterAll(on);
    return;
  }
  const item = on.dataset.item;
  if (on.dataset.state === "added") {
    if (verb === "reject") withdraw(item, `${cards.name(on)} taken away`);
    return;
  }
  const wasLeft = cards.isLeft(on);
  const said = VERBS[verb];
  if (verb === "accept" && on.dataset.code !== on.dataset.was) {
    // the suggested code again, whose description only the server has
    saving.push({ item, verb, reason }).then(refresh);
  } else {
    draw(on, said);
    saving.push({ item, verb, reason });
  }
  say(`${cards.name(on)}: ${said}`);
  if (wasLeft) goOn(on);
}

/** Accept, after a look at their list, the undecided codes that the draft itself accepts. */
async function acceptRest() {
  if (page().mode !== "reviewing") return;
  const rest = cards.codes().filter((each) => each.dataset.state === "open" && each.dataset.status === "accepted");
  if (!rest.length) {
    toast("No undecided code is left that the draft is sure of");
    return;
  }
  const confirmed = await together(rest.map(cards.name));
  cards.current()?.focus({ preventScroll: true });
  if (!confirmed) return;
  for (const each of rest) draw(each, "accepted");
  saving.push(...rest.map((each) => ({ item: each.dataset.item, verb: "accept", reason: "" })));
  goOn(cards.current());
}

function reportAfterAll(on) {
  const [quote] = cards.quotes(on);
  if (quote) add(on.dataset.code, cards.name(on), quote);
}

async function withdraw(item, told) {
  await saving.push({ item, verb: "withdraw" });
  await refresh();
  say(told);
}

async function add(code, name, { start, end }) {
  await saving.push({ item: code, verb: "add", value: { code, start, end } });
  await refresh();
  note.unselect();
  const made = cards.cardOf(code);
  if (made) choose(made);
  say(`${name}: added`);
}

async function change() {
  const on = card();
  if (!on || on.dataset.state === "down" || on.dataset.state === "added") return;
  const words = on.querySelector(".quote q")?.textContent ?? "";
  const found = await find({ title: `Another code for ${on.dataset.was}`, words, release: page().release });
  on.focus({ preventScroll: true });
  if (!found) return;
  const wasLeft = cards.isLeft(on);
  draw(on, "changed", found.code, found.description);
  saving.push({ item: on.dataset.item, verb: "change", value: { code: found.code } });
  say(`${on.dataset.was} changed to ${found.code} ${found.description}`);
  if (wasLeft) goOn(on);
}

async function addFromWords() {
  if (!deciding()) return;
  const words = note.selected();
  if (!words) {
    document.getElementById("note").focus();
    note.selectWord("forward");
    toast("Select the words the code rests on: arrows, with Shift for more, then n");
    return;
  }
  if (awaited) {
    const { code, description } = awaited;
    wait(null);
    await add(code, `${code} ${description}`, words);
    return;
  }
  const found = await find({ title: "Code for the selected words", words: words.text, release: page().release });
  if (found) await add(found.code, `${found.code} ${found.description}`, words);
}

async function search() {
  const words = note.selected();
  const found = await find({ title: "Find a code", words: words?.text ?? "", release: page().release });
  if (!found || !deciding()) return;
  const there = cards.codes().find((each) => each.dataset.code === found.code);
  if (there) choose(there);
  else if (words) await add(found.code, `${found.code} ${found.description}`, words);
  else {
    wait(found);
    document.getElementById("note").focus();
    note.selectWord("forward");
  }
}

/** Wait for the words that a code rests on. */
function wait(found) {
  awaited = found;
  const bar = document.getElementById("awaited");
  bar.hidden = !found;
  bar.querySelector("span").textContent = found ? `${found.code} ${found.description}` : "";
}

async function mark() {
  if (!deciding()) return;
  const words = note.selected();
  const on = cards.current();
  if (words) {
    await saving.push({ item: `span:${words.start}-${words.end}`, verb: "mark", value: { assertion: "absent" } });
    note.unselect();
    await refresh();
    say(`“${words.text}” marked as negated`);
  } else if (on && on.dataset.state !== "down") {
    const marks = cards.quotes(on).map(({ start, end }) => ({
      item: `span:${start}-${end}`,
      verb: "mark",
      value: { assertion: "absent" },
    }));
    const decision =
      on.dataset.state === "added" ? { verb: "withdraw" } : { verb: "reject", reason: "negated in the note" };
    const wasLeft = cards.isLeft(on);
    draw(on, "rejected");
    await saving.push(...marks, { item: on.dataset.item, ...decision });
    await refresh();
    say(`${cards.name(on)}: marked as negated and rejected`);
    if (wasLeft) goOn(cards.cardOf(on.dataset.item));
  }
}

function saveSequence(moved) {
  saving.push({ item: "sequence", verb: "change", value: { codes: cards.sequence() } });
  redraw();
  const place = cards.codes().indexOf(moved) + 1;
  say(`${cards.name(moved)}: now number ${place}${moved.hasAttribute("data-principal") ? ", the principal" : ""}`);
}

function reorder(step) {
  const on = card();
  const all = cards.codes();
  const at = all.indexOf(on);
  if (at < 0 || at + step < 0 || at + step >= all.length) return;
  cards.place(on, step < 0 ? all[at - 1] : (all[at + 2] ?? null));
  choose(on, { quiet: true });
  saveSequence(on);
}

function makePrincipal() {
  const on = card();
  if (!on || !cards.codes().includes(on)) return;
  if (on.dataset.state === "rejected") {
    toast("A rejected code cannot be the principal; accept it first", { kind: "bad" });
    return;
  }
  cards.place(on, cards.codes()[0]);
  choose(on, { quiet: true });
  saveSequence(on);
}

function undo() {
  if (deciding()) saving.alone(takeBack);
}

async function takeBack() {
  if (document.querySelector(".case-do [data-does=undo]").disabled) return; // there is nothing to take back
  try {
    const { version, item } = await send("POST", `/cases/${page().case}/undo`, turn());
    saving.version = version;
    await refresh();
    const back = cards.cardOf(item);
    if (back) choose(back);
    say(back ? `${cards.name(back)}: taken back` : "taken back");
  } catch (problem) {
    if (problem.status === 409) await refresh();
    tell(problem);
  }
}

const turn = () => ({ round: Number(page().round), version: saving.version });

async function sign() {
  if (page().mode !== "reviewing") return;
  const open = cards.nextOpen(cards.current());
  if (open) {
    choose(open);
    const left = cards.left();
    say(`${left} still to be decided. ${cards.name(open)}`);
    return;
  }
  if (!(await ask("signing", (dialog) => fillSigning(dialog)))) return;
  await saving.settled();
  if (cards.left()) return; // somebody else decided in the meantime
  try {
    await begin();
    await send("POST", `/v1/cases/${page().case}/reviews/${page().round}:sign`, { version: saving.version });
    location.reload();
  } catch (problem) {
    if (problem.status === 409) await refresh();
    tell(problem);
  }
}

function fillSigning(dialog) {
  const codes = new Set(cards.sequence());
  const lines = cards.codes().filter((each) => each.dataset.state !== "rejected" && codes.delete(each.dataset.code));
  const list = dialog.querySelector("ol");
  list.replaceChildren(
    ...lines.map((each, place) => {
      const line = document.createElement("li");
      const code = document.createElement("span");
      code.className = "code";
      code.textContent = each.dataset.code;
      line.append(code, ` ${each.querySelector(".description").textContent}${place ? "" : " (principal)"}`);
      return line;
    }),
  );
  if (!lines.length) list.append("no code");
  checkTogether(lines.map((each) => each.dataset.code));
}

/** Say what the coding rules find in the codes that are to be signed, taken together. */
async function checkTogether(codes) {
  const list = document.getElementById("signing-findings");
  list.replaceChildren();
  if (!codes.length) return;
  try {
    const encounter = JSON.parse(page().encounter);
    const { findings } = await send("POST", "/v1/codes:check", { codes, encounter, release: page().release });
    list.replaceChildren(...findings.filter((each) => each.severity !== "info").map(finding));
  } catch (problem) {
    list.textContent = `The rules were not asked: ${problem.message}`;
  }
}

function finding({ codes, message, section, severity, rule }) {
  const line = document.createElement("li");
  line.dataset.severity = severity;
  const kind = document.createElement("b");
  kind.textContent = severity;
  const source = document.createElement("small");
  source.textContent = section ? ` § ${section} · ${rule}` : ` ${rule}`;
  line.append(kind, ` ${codes.join(", ")}: ${message}`, source);
  return line;
}

async function reveal() {
  if (page().mode !== "blind") return;
  await saving.settled();
  if (!cards.codes().length && (await ask("revealing")) !== "yes") return;
  try {
    await begin();
    await send("POST", `/v1/cases/${page().case}/reviews/${page().round}:reveal`);
    location.reload();
  } catch (problem) {
    tell(problem);
  }
}

async function rejectWithReason() {
  const on = card();
  if (!on || !["open", "accepted", "rejected", "changed"].includes(on.dataset.state)) return;
  const words = document.getElementById("why-words");
  words.value = "";
  document.getElementById("why-code").textContent = on.dataset.code;
  const answer = await ask("why");
  on.focus({ preventScroll: true });
  if (answer === "yes") decide("reject", words.value.trim());
}

/** Open a dialog and give what it was closed with. */
function ask(id, fill = () => {}) {
  const dialog = document.getElementById(id);
  fill(dialog);
  dialog.returnValue = "";
  return new Promise((done) => {
    dialog.addEventListener("close", () => done(dialog.returnValue), { once: true });
    dialog.showModal();
    dialog.querySelector("input, textarea, .primary")?.focus();
  });
}

// what others decided

/** Show what somebody else decided, and give back what of `queue` is to be sent still. */
async function meet(queue) {
  const seen = Number(page().seen);
  const review = await send("GET", `/v1/cases/${page().case}/reviews/${page().round}`);
  if (review.signed) {
    const who = named(review.signed_by);
    toast(`${who} signed this review; what you decided last is not in it`, { kind: "bad" });
    setTimeout(() => location.reload(), 4000);
    return [];
  }
  await refresh();
  saving.version = review.version;
  page().seen = review.decisions.at(-1)?.number ?? 0;
  const theirs = new Map(review.decisions.filter((each) => each.number > seen).map((each) => [each.item, each]));
  const people = [...new Set([...theirs.values()].map((each) => named(each.by)))];
  if (theirs.size) toast(`${people.join(", ")} decided ${[...theirs.keys()].map(called).join(", ")} in the meantime`);
  const both = queue.filter((each) => theirs.has(each.item) && !isSame(each, theirs.get(each.item)));
  const others = queue.filter((each) => !theirs.has(each.item));
  for (const each of others) redo(each);
  if (!both.length || (await ask("both", () => fillBoth(both, theirs))) !== "mine") return others;
  for (const each of both) redo(each);
  return [...both, ...others];
}

const named = (id) => JSON.parse(page().names)[id] ?? "Somebody";

const isSame = (one, other) =>
  one.verb === other.verb &&
  ["code", "codes", "text", "assertion"].every((each) => JSON.stringify(one.value?.[each]) === JSON.stringify(other.value?.[each]));

/** What an item is called. */
function called(item) {
  if (item.startsWith("query:")) return `question ${item.slice("query:".length)}`;
  if (item.startsWith("span:")) return "marked words";
  return item === "sequence" ? "the sequence" : item;
}

function fillBoth(both, theirs) {
  document.getElementById("both-told").textContent = "You both decided. Which decision is to hold?";
  document.getElementById("both-list").replaceChildren(
    ...both.map((each) => {
      const line = document.createElement("li");
      const their = theirs.get(each.item);
      const at = new Date(their.at).toLocaleTimeString();
      const said = (verb, value) => `${VERBS[verb] ?? "took back"}${value?.code ? ` to ${value.code}` : ""}`;
      line.textContent = `${called(each.item)}: ${named(their.by)} ${said(their.verb, their.value)} it at ${at}, you ${said(each.verb, each.value)} it.`;
      return line;
    }),
  );
}

/** Draw again a decision that waits to be saved. */
function redo({ item, verb, value }) {
  if (value?.text) questions.write(item, value.text);
  const on = cards.cardOf(item);
  if (on && VERBS[verb] && verb !== "change") draw(on, VERBS[verb]);
}

// starting

/** Begin the review, if nobody has: looking at a case does not. */
async function begin() {
  if (Number(page().round)) return;
  try {
    const { round } = await send("POST", `/v1/cases/${page().case}/reviews`, {});
    Object.assign(page(), { round, version: 1 });
    saving.version = 1; // what others decided since the page was opened is met, not overwritten
    const badge = document.querySelector("[data-part=status] .badge");
    badge.dataset.status = "in_review";
    badge.textContent = "in review";
  } catch (problem) {
    if (problem.status !== 409) throw problem;
    tell(problem);
    setTimeout(() => location.reload(), 3000);
    await new Promise(() => {}); // the page is no longer what is to be decided
  }
}

function savingOf() {
  const state = document.getElementById("saved");
  return new Saving({
    path: async () => {
      await begin();
      return `/v1/cases/${page().case}/reviews/${page().round}/decisions`;
    },
    version: Number(page().version),
    told: {
      busy: (count) => {
        state.textContent = count ? "saving…" : "saved";
        state.dataset.state = count ? "busy" : "saved";
      },
      waiting: () => {
        state.textContent = "not saved yet: the server does not answer";
        state.dataset.state = "waiting";
        say("Not saved yet: the server does not answer. It is tried again.");
      },
      saved: (decision, answer) => {
        page().seen = answer.decisions.at(-1).number;
        document.querySelector(".case-do [data-does=undo]").disabled = false;
      },
      refused: async (decision, problem) => {
        await refresh();
        tell(problem);
      },
      conflict: meet,
      again: (decisions) => decisions.forEach(redo),
    },
  });
}

const DOES = {
  next: () => move(1),
  accept: () => decide("accept"),
  rest: acceptRest,
  reject: () => decide("reject"),
  change,
  principal: makePrincipal,
  later: () => reorder(1),
  add: addFromWords,
  mark,
  undo,
  search,
  hide,
  scan: scan.toggle,
  page: (button) => scan.turn(Number(button.dataset.page)),
  queries: questions.show,
  sign,
  reveal,
  copy,
  redraft: (button) => withdraw(button.dataset.item, "The draft of the question is back"),
  unmark: (button) => withdraw(button.dataset.item, "The mark is removed"),
};

function hide() {
  const hidden = document.getElementById("note").classList.toggle("plain");
  const button = document.querySelector(".note-pane [data-does=hide]");
  button.setAttribute("aria-pressed", String(hidden));
  say(hidden ? "Highlights hidden" : "Highlights shown");
}

async function copy(button) {
  const field = button.closest(".query").querySelector("textarea");
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    field.select();
    document.execCommand("copy"); // without https there is no clipboard interface
  }
  toast("The question is copied");
}

const inNote = () => document.activeElement?.id === "note";
const inList = () => !inNote();
const takeable = () => inNote() && note.selected() !== null && deciding();

bind("Codes", [
  { keys: ["j", "ArrowDown"], label: "Next code", run: () => move(1), when: inList },
  { keys: ["k", "ArrowUp"], label: "Code before", run: () => move(-1), when: inList },
  { keys: ["Home"], label: "First code", run: () => move(-1e6), when: inList },
  { keys: ["End"], label: "Last code", run: () => move(1e6), when: inList },
]);
if (deciding()) {
  bind("Codes", [
    { keys: ["a"], label: "Accept", run: DOES.accept },
    { keys: ["A"], label: "Accept all that the draft is sure of", run: acceptRest },
    { keys: ["r"], label: "Reject", run: DOES.reject },
    { keys: ["R"], label: "Reject with a reason", run: rejectWithReason },
    { keys: ["c"], label: "Change to another code", run: change },
    { keys: ["u"], label: "Undo the last decision", run: undo },
    { keys: ["p"], label: "Make it the principal", run: makePrincipal },
    { keys: ["Shift+ArrowDown"], label: "Later in the sequence", run: () => reorder(1), when: inList },
    { keys: ["Shift+ArrowUp"], label: "Earlier in the sequence", run: () => reorder(-1), when: inList },
  ]);
  bind("Words of the note", [
    { keys: ["n"], label: "Add a code for the selected words, or begin to select", run: addFromWords },
    { keys: ["m"], label: "Mark the selected words, or the code's, as negated", run: mark },
    { keys: ["ArrowRight"], label: "Next word", run: () => note.selectWord("forward"), when: inNote },
    { keys: ["ArrowLeft"], label: "Word before", run: () => note.selectWord("backward"), when: inNote },
    { keys: ["ArrowDown"], label: "Line below", run: () => note.selectInLine("forward"), when: inNote },
    { keys: ["ArrowUp"], label: "Line above", run: () => note.selectInLine("backward"), when: inNote },
    { keys: ["Shift+ArrowRight"], label: "More words", run: () => note.extend("forward", "word"), when: inNote },
    { keys: ["Shift+ArrowLeft"], label: "Fewer words", run: () => note.extend("backward", "word"), when: inNote },
    { keys: ["Shift+ArrowDown"], label: "A line more", run: () => note.extend("forward", "line"), when: inNote },
    { keys: ["Shift+ArrowUp"], label: "A line less", run: () => note.extend("backward", "line"), when: inNote },
    { keys: ["Enter"], label: "Find a code for the selected words", run: addFromWords, when: takeable },
  ]);
}
bind("Page", [
  { keys: ["/"], label: "Search the Index and the Tabular List", run: search },
  { keys: ["h"], label: "Hide or show the highlights", run: hide },
  { keys: ["t"], label: "Show the page of the document", run: scan.toggle, when: () => document.querySelector(".scan-pane") !== null },
  { keys: ["q"], label: "Questions to the provider", run: questions.show, when: () => document.getElementById("queries") !== null },
  { keys: ["Escape"], label: "Back to the codes", run: back, when: () => !document.querySelector("dialog[open]"), inFields: true },
]);
if (page().mode === "reviewing") bind("Page", [{ keys: ["s"], label: "Sign, or go to what is left", run: sign }]);
if (page().mode === "blind") bind("Page", [{ keys: ["v"], label: "Show the suggestions", run: reveal }]);

function back() {
  wait(null);
  note.unselect();
  choose(cards.current() ?? cards.codes()[0], { quiet: true });
}

document.addEventListener("click", (event) => {
  const doer = event.target.closest("[data-does]");
  const on = event.target.closest(".card");
  if (on && on !== cards.current()) choose(on, { focus: !event.target.closest("button, summary, a") });
  if (doer) DOES[doer.dataset.does](doer);
  const quote = event.target.closest(".quote");
  if (quote) {
    note.show(quote.dataset.item, quote.dataset.start ? Number(quote.dataset.start) : null);
    note.point("current", quote.dataset.item);
    scan.point(quote.dataset.item);
  }
  const hit = event.target.closest("#note mark[data-item]");
  if (hit && !note.selected()) {
    const owner = cards.cardOf(hit.dataset.item);
    owner?.closest("details:not([open])")?.setAttribute("open", "");
    if (owner) choose(owner, { quiet: true });
  }
});

for (const [name, kind] of [
  ["pointerover", "linked"],
  ["pointerout", ""],
]) {
  document.addEventListener(name, (event) => {
    const over = event.target.closest?.("[data-item]");
    for (const card of document.querySelectorAll(".card.linked")) card.classList.remove("linked");
    note.point("linked", kind && over ? over.dataset.item : "");
    if (kind && over) cards.cardOf(over.dataset.item)?.classList.add("linked");
  });
}

document.addEventListener("focusin", (event) => {
  const on = event.target.closest?.(".card");
  if (on && on !== cards.current()) choose(on, { focus: false });
});

// dragging a card by its number

let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = deciding() ? (event.target.closest?.(".place")?.closest("#cards > .card") ?? null) : null;
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  event.dataTransfer.setDragImage(dragged, 10, 10);
});
document.addEventListener("dragover", (event) => {
  const over = event.target.closest?.("#cards > .card");
  if (!dragged || !over) return;
  event.preventDefault();
  if (over === dragged) return;
  const box = over.getBoundingClientRect();
  cards.place(dragged, event.clientY < box.top + box.height / 2 ? over : over.nextElementSibling);
});
document.addEventListener("drop", (event) => {
  if (dragged) event.preventDefault();
});
document.addEventListener("dragend", (event) => {
  if (!dragged) return;
  choose(dragged, { quiet: true });
  if (event.dataTransfer.dropEffect === "none") refresh();
  else saveSequence(dragged);
  dragged = null;
});

document.getElementById("amend")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const wrong = event.target.querySelector("[role=alert]");
  wrong.textContent = "";
  try {
    await send("POST", `/v1/cases/${page().case}/reviews:amend`, { reason: document.getElementById("amend-reason").value });
    location.assign(`/cases/${page().case}/coding`);
  } catch (problem) {
    wrong.textContent = problem.message;
  }
});

addEventListener("beforeunload", (event) => {
  questions.save();
  if (saving && !saving.idle) event.preventDefault();
});

note.index();
if (deciding()) {
  saving = savingOf();
  questions.watch((item, text) => {
    saving.push({ item, verb: "change", value: { text } }).then(refresh);
    say(`${called(item)}: the text is changed`);
  });
  measure(`/cases/${page().case}/worked`, () => Number(page().round));
}
choose(cards.nextOpen() ?? cards.codes()[0] ?? null, { focus: true, quiet: true });
document.body.dataset.ready = "";
