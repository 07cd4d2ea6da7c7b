// The report's side of the page: it comes from the server after each decision, and decisions wait for one another.

import { send } from "./api.js";
import { tell, toast } from "./toast.js";

/** Dispatches "shown" when what stands on the page came anew; `focused` is whether the focus was there. */
export class Sheet extends EventTarget {
  #case;
  #place = document.getElementById("report");
  #waiting = Promise.resolve();
  #left = 0;

  constructor(id) {
    super();
    this.#case = id;
  }

  get #root() {
    return document.getElementById("sheet");
  }

  /** "reviewing", "blind", "signed", "reading", or "none" without a draft. */
  get mode() {
    return this.#root.dataset.mode;
  }

  /** The number of the review; 0 while it has not begun. */
  get round() {
    return Number(this.#root.dataset.round);
  }

  get watermark() {
    return this.#root.dataset.watermark;
  }

  get marks() {
    return JSON.parse(this.#root.dataset.marks);
  }

  get text() {
    return JSON.parse(this.#root.dataset.text);
  }

  /** Why the report cannot be signed yet; "" if it can. */
  get missing() {
    return this.#root.dataset.missing;
  }

  /** The id of a job that runs. */
  get job() {
    return this.#root.dataset.job;
  }

  /** Keep a decision; gives whether it is kept. Where somebody else decided the same item, theirs stays. */
  decide(item, verb, value, reason = "") {
    const before = this.#decided(item);
    return this.#next(async () => {
      const body = { item, verb, reason };
      if (value !== undefined) body.value = value;
      await this.#begin();
      try {
        await this.#post("decisions", body);
      } catch (error) {
        if (error.status !== 409) throw error;
        await this.#load();
        if (this.#decided(item) !== before) {
          toast("Somebody else decided this meanwhile; it is shown as they left it.", {
            kind: "bad",
            hint: "Decide again if you hold something else.",
          });
          return false;
        }
        await this.#post("decisions", body);
      }
      if (this.#left === 1) await this.#load(); // else what is decided next would be shown as open for a moment
      return true;
    });
  }

  /** Take back one's last decision; gives its item, or null. */
  undo() {
    if (!this.#turn.round) return Promise.resolve(null);
    return this.#next(async () => {
      const { item } = await send("POST", `/cases/${this.#case}/undo`, this.#turn);
      await this.#load();
      return item;
    }, null);
  }

  sign() {
    return this.#next(async () => {
      await this.#begin();
      const { round, version } = this.#turn;
      await send("POST", `/v1/cases/${this.#case}/reviews/${round}:sign`, { version });
      await this.#load();
      return true;
    });
  }

  reveal() {
    return this.#next(async () => {
      await this.#begin();
      await send("POST", `/v1/cases/${this.#case}/reviews/${this.#turn.round}:reveal`);
      await this.#load();
      return true;
    });
  }

  /** Resolves when everything that was decided is kept, and shown. */
  settled() {
    return this.#waiting;
  }

  refresh() {
    return this.#next(() => this.#load());
  }

  get #turn() {
    const { round, version } = this.#root.dataset;
    return { round: Number(round), version: Number(version) };
  }

  /** The number of the decision that holds of an item; "" if there is none. */
  #decided(item) {
    if (item === "report") return this.#root.dataset.report;
    return document.querySelector(`.finding[data-item="${CSS.escape(item)}"]`)?.dataset.decision ?? "";
  }

  /** Begin the review, if nobody has: looking at a case does not. */
  async #begin() {
    if (this.#turn.round) return;
    const { round } = await send("POST", `/v1/cases/${this.#case}/reviews`, {});
    Object.assign(this.#root.dataset, { round, version: 1 }); // what others decided since is met, not overwritten
  }

  async #post(what, body) {
    const { round, version } = this.#turn;
    const review = await send("POST", `/v1/cases/${this.#case}/reviews/${round}/${what}`, { ...body, version });
    this.#root.dataset.version = review.version;
  }

  #next(run, otherwise = false) {
    this.#left += 1;
    const done = this.#waiting
      .then(run)
      .catch((error) => {
        tell(error);
        return otherwise;
      })
      .finally(() => {
        this.#left -= 1;
      });
    this.#waiting = done;
    return done;
  }

  async #load() {
    const { round } = this.#turn;
    const answer = await fetch(`/cases/${this.#case}/imaging/sheet${round ? `?round=${round}` : ""}`, {
      headers: { Accept: "text/html" },
    });
    if (!answer.ok || answer.redirected) throw new Error("The report could not be loaded anew; reload the page.");
    const body = this.#place.querySelector(".sheet-body");
    const top = body?.scrollTop ?? 0;
    const open = [...this.#place.querySelectorAll("details[data-keep][open]")].map((each) => each.id);
    const focused = this.#place.contains(document.activeElement);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("sheet");
    this.#place.replaceChildren(document.adoptNode(fresh));
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    this.#place.querySelector(".sheet-body").scrollTop = top;
    const badge = document.querySelector("#status .badge");
    badge.dataset.status = fresh.dataset.status;
    badge.textContent = fresh.dataset.status.replace("_", " ");
    const banner = document.querySelector(".draft-banner");
    if (banner) banner.hidden = this.mode === "signed";
    this.dispatchEvent(new CustomEvent("shown", { detail: { focused } }));
  }
}
