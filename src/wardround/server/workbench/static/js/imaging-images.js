// The viewports of the page: series to choose, the prior beside the current study, the three planes.

import { send } from "./api.js";
import { Viewer } from "./viewer.js";
import { InStep } from "./viewer-step.js";
import { showVolume } from "./viewer-volume.js";

/**
 * What the case's images are shown in. Dispatches "area" (pointed at or chosen) and "drawn".
 */
export class Images extends EventTarget {
  #case;
  #frames = new Map();
  #studies = new Map();
  #marks = [];
  #step = null;
  #closeVolume = null;
  #active = "current";

  constructor(id, watermark) {
    super();
    this.#case = id;
    for (const frame of document.querySelectorAll(".viewport-frame")) {
      const study = frame.dataset.study;
      const viewer = new Viewer(frame.querySelector("[data-viewport]"), watermark);
      this.#frames.set(study, { frame, viewer });
      this.#listen(study, frame, viewer);
    }
  }

  /** The viewport that was used last. */
  get active() {
    return this.#frames.get(this.#active).viewer;
  }

  viewer(study) {
    return this.#frames.get(study)?.viewer;
  }

  each(run) {
    for (const { viewer } of this.#frames.values()) if (viewer.series) run(viewer);
  }

  /** Ask which images there are, and show them; what cannot be read is told in the viewport. */
  async open() {
    let told;
    try {
      told = await send("GET", `/cases/${this.#case}/images`);
    } catch (error) {
      tell(this.#frames.get("current").frame, [error.message, error.problem?.hint].filter(Boolean).join("; "));
      return;
    }
    for (const study of told.studies) {
      this.#studies.set(study.which, study);
      const shown = this.#frames.get(study.which);
      if (shown) this.#begin(study, shown);
    }
    const prior = this.#frames.get("prior");
    if (prior) {
      this.#step = new InStep(this.viewer("current"), this.viewer("prior"));
      if (this.viewer("prior").series) this.showPrior(true);
    }
  }

  /** Show the prior study, or put it away; gives whether it is shown. */
  showPrior(on = this.#frames.get("prior")?.frame.hidden) {
    const prior = this.#frames.get("prior");
    if (!prior) return false;
    prior.frame.hidden = !on;
    document.querySelector('[data-does="prior"]').setAttribute("aria-pressed", String(on));
    document.querySelector('[data-does="step"]').hidden = !on || !this.#stacked();
    if (on) this.#step.begin();
    return on;
  }

  toggleStep() {
    if (!this.#step) return false;
    const on = this.#step.toggle();
    document.querySelector('[data-does="step"]').setAttribute("aria-pressed", String(on));
    return on;
  }

  /** How the prior follows: "position" or "share". */
  get stepBy() {
    return this.#step?.byPosition ? "position" : "share";
  }

  setTool(tool) {
    this.each((viewer) => {
      viewer.tool = tool;
    });
  }

  set watermark(text) {
    this.each((viewer) => {
      viewer.watermark = text;
    });
  }

  /** The areas of findings, as the sheet gives them. */
  setMarks(marks) {
    this.#marks = marks;
    for (const [study, { viewer }] of this.#frames) if (viewer.series) this.#mark(study, viewer);
  }

  light(finding) {
    this.each((viewer) => viewer.light(finding));
  }

  /** Go to where something is: another series if need be, its frame if it names one. */
  look(study, series, frame) {
    const shown = this.#frames.get(study);
    const there = this.#studies.get(study)?.series.find((each) => each.number === series);
    if (!shown || !there) return;
    if (study === "prior" && shown.frame.hidden) this.showPrior(true);
    if (shown.viewer.series.number !== series) this.#show(study, series);
    if (frame) shown.viewer.go(frame);
  }

  /** Go to the first area of a finding; gives whether it has one. */
  lookAt(finding) {
    const mark = this.#marks.find((each) => each.finding === finding && each.frame !== null);
    if (mark) this.look(mark.study, mark.series, mark.frame);
    return Boolean(mark);
  }

  /** The next or previous series of the viewport that was used last. */
  stepSeries(by) {
    const all = this.#studies.get(this.#active)?.series ?? [];
    const at = all.findIndex((each) => each.number === this.active.series?.number) + by;
    if (all[at]) this.#show(this.#active, all[at].number);
  }

  /** The current series in three planes, or back. Rejects with an Error for people. */
  async toggleVolume() {
    const place = document.getElementById("volume");
    const message = place.querySelector(".middle");
    if (!place.hidden) {
      this.#closeVolume?.();
      this.#closeVolume = null;
      place.querySelector("canvas").replaceWith(place.querySelector("canvas").cloneNode());
      place.hidden = true;
      return false;
    }
    const viewer = this.viewer("current");
    if (!viewer.frames.fit) throw new Error("There are more slices than this browser can hold at once.");
    place.hidden = false;
    message.textContent = "Loading the volume …";
    try {
      await allLoaded(viewer, (share) => {
        message.textContent = `Loading the volume, ${Math.round(share * 100)} %`;
      });
      this.#closeVolume = await showVolume(place.querySelector("canvas"), viewer.series, viewer.frames, viewer.window);
      message.textContent = "";
    } catch (error) {
      place.hidden = true;
      throw error;
    }
    return true;
  }

  #listen(study, frame, viewer) {
    const use = () => {
      this.#active = study;
      this.#tell("used");
    };
    frame.addEventListener("pointerdown", use);
    frame.addEventListener("focusin", use);
    for (const name of ["area", "drawn"]) {
      viewer.addEventListener(name, (event) => this.#tell(name, { study, ...event.detail }));
    }
    viewer.addEventListener("window", () => this.#tell("window"));
    const slider = frame.querySelector("[data-scroll]");
    viewer.addEventListener("frame", () => {
      slider.value = viewer.number;
    });
    slider.addEventListener("input", () => viewer.go(Number(slider.value)));
    viewer.addEventListener("loaded", () => progress(frame, viewer));
    frame.querySelector("[data-series]").addEventListener("change", (event) => {
      this.#show(study, Number(event.target.value));
    });
  }

  #begin(study, { frame }) {
    if (study.problem || !study.series.length) {
      tell(frame, study.problem || "There are no images.");
      return;
    }
    const select = frame.querySelector("[data-series]");
    for (const series of study.series) {
      const frames = series.frames.length;
      select.append(new Option(`${series.number}. ${series.title}${frames > 1 ? `, ${frames}` : ""}`, series.number));
    }
    select.hidden = study.series.length < 2;
    this.#show(study.which, study.series[0].number);
  }

  #show(study, number) {
    const { frame, viewer } = this.#frames.get(study);
    const told = this.#studies.get(study);
    const series = told.series.find((each) => each.number === number);
    const query = study === "prior" ? "?study=prior" : "";
    viewer.show(series, (at) => `/cases/${this.#case}/series/${number}/frames/${at}.raw${query}`);
    frame.querySelector("[data-series]").value = number;
    frame.querySelector('[data-tell="title"]').textContent = series.title;
    const slider = frame.querySelector("[data-scroll]");
    slider.max = series.frames.length;
    slider.value = viewer.number;
    slider.hidden = series.frames.length === 1;
    facts(frame.querySelector("[data-facts]"), told, series);
    this.#mark(study, viewer);
    if (study === "current") document.querySelector('[data-does="volume"]').hidden = !series.volume;
    const step = document.querySelector('[data-does="step"]');
    if (step) step.hidden = this.#frames.get("prior").frame.hidden || !this.#stacked();
    this.#step?.begin();
    this.#tell("shown");
  }

  #stacked() {
    const [current, prior] = ["current", "prior"].map((study) => this.viewer(study)?.series?.frames.length ?? 0);
    return current > 1 && prior > 1;
  }

  #mark(study, viewer) {
    const here = this.#marks.filter((mark) => mark.study === study && mark.series === viewer.series.number);
    const many = viewer.series.frames.length > 1;
    viewer.setAreas(here.filter((mark) => !many || mark.frame !== null));
  }

  #tell(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}

function tell(frame, problem) {
  const place = frame.querySelector('[data-tell="problem"]');
  place.textContent = problem;
  frame.querySelector("canvas").setAttribute("aria-label", problem);
}

function progress(frame, viewer) {
  const box = frame.querySelector("[data-loading]");
  const { loaded, count } = viewer.frames;
  box.hidden = loaded >= count || count === 1;
  box.querySelector("progress").max = count;
  box.querySelector("progress").value = loaded;
  box.querySelector("[data-loaded]").textContent = `${loaded} of ${count}`;
}

/** What the files tell, and what to know of the images, as text. */
function facts(place, study, series) {
  const list = document.createElement("dl");
  for (const { name, value } of [...study.facts, ...series.facts]) {
    const term = document.createElement("dt");
    const said = document.createElement("dd");
    term.textContent = name;
    said.textContent = value;
    list.append(term, said);
  }
  const notices = [...new Set([...study.notices, ...series.notices])].map((text) => {
    const line = document.createElement("p");
    line.textContent = text;
    return line;
  });
  place.replaceChildren(...notices, list);
}

function allLoaded(viewer, tellShare) {
  const { frames } = viewer;
  return new Promise((resolve) => {
    const look = () => {
      tellShare(frames.loaded / frames.count);
      if (frames.loaded < frames.count) return;
      frames.removeEventListener("loaded", look);
      resolve();
    };
    frames.addEventListener("loaded", look);
    look();
  });
}
