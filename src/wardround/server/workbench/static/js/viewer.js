// One viewport: a series on a canvas, with window, zoom, pan, turns, scrolling, measuring, and areas over it.

import { Frames, valueAt } from "./viewer-frames.js";
import { Overlay } from "./viewer-overlay.js";
import { Place } from "./viewer-place.js";
import { CT_PRESETS, Painter, dragged } from "./viewer-window.js";

const WHEEL = 40; // of a wheel's way that is one frame
const STEP = 1.25; // of a key's zoom
const DRAG = 200; // CSS pixels that double the zoom
const SAID = 400; // ms of rest after which the frame is said

/**
 * Shows a series in a `.viewport` element that has `canvas.image`, `svg.over`, and elements with `data-tell`.
 *
 * Dispatches "frame", "window", "drawn" (a box that was asked for), "area" (one that was pointed at or chosen) and
 * "loaded".
 */
export class Viewer extends EventTarget {
  tool = "window";
  place = new Place();
  #host;
  #canvas;
  #overlay;
  #watermark;
  #painter = new Painter();
  #picture = document.createElement("canvas");
  #pixels = this.#picture.getContext("2d", { willReadFrequently: true }); // in memory: every frame is written there
  #stamp = document.createElement("canvas"); // the watermark, drawn once
  #stamped = "";
  #told = new Map();
  #size = [0, 0];
  #image = null;
  #painted = "";
  #series = null;
  #frames = null;
  #number = 1;
  #window = null;
  #inverted = false;
  #areas = [];
  #lines = [];
  #draft = null;
  #lit = "";
  #shown = true;
  #pointers = new Map();
  #wheel = 0;
  #waiting = 0;
  #saying = 0;

  constructor(host, watermark) {
    super();
    this.#host = host;
    this.#canvas = host.querySelector("canvas.image");
    this.#overlay = new Overlay(host.querySelector("svg.over"));
    this.#overlay.addEventListener("area", (event) => this.#tell("area", event.detail));
    this.#watermark = watermark;
    for (const each of host.querySelectorAll("[data-tell]")) this.#told.set(each.dataset.tell, each);
    new ResizeObserver(() => this.#resize()).observe(host);
    this.#listen();
  }

  get host() {
    return this.#host;
  }

  get series() {
    return this.#series;
  }

  get frames() {
    return this.#frames;
  }

  /** The number of the frame that is shown, from 1. */
  get number() {
    return this.#number;
  }

  get window() {
    return this.#window ?? this.#series.frames[this.#number - 1].window ?? this.#series.window;
  }

  /** Whether somebody chose the window. */
  get changed() {
    return this.#window !== null;
  }

  get inverted() {
    return this.#inverted;
  }

  /** Show a series of the manifest; `url(number)` gives the address of a frame. */
  show(series, url) {
    this.#frames?.close();
    this.#series = series;
    this.#number = Math.ceil(series.frames.length / 2);
    this.#window = null;
    this.#inverted = false;
    this.#lines = [];
    this.#draft = null;
    this.#painted = "";
    this.place = new Place();
    this.#frames = new Frames(url, series.frames.length);
    this.#frames.addEventListener("loaded", (event) => {
      if (event.detail === this.#number) this.draw();
      this.#tell("loaded", event.detail);
    });
    this.#resize();
    this.go(this.#number, { all: series.frames.length > 1 });
  }

  /** Show a frame by its number; the first or the last instead of one that is not there. */
  go(number, { all } = {}) {
    this.#number = Math.min(Math.max(1, number), this.#series.frames.length);
    this.#frames.want(this.#number, all === undefined ? {} : { all });
    this.#tell("frame", this.#number);
    this.draw();
  }

  scroll(by) {
    this.go(this.#number + by);
  }

  /** Set the window for all frames; null for the one that the file names. */
  setWindow(window) {
    this.#window = window;
    this.#tell("window", this.window);
    this.draw();
  }

  /** The windows of the keys 1 to 5: those of CT, and those that the file names for all else. */
  get presets() {
    return this.#series.units === "HU" ? CT_PRESETS : this.#series.windows.slice(0, 5);
  }

  invert() {
    this.#inverted = !this.#inverted;
    this.draw();
  }

  /** As it was at first. */
  reset() {
    this.place.reset();
    this.#inverted = false;
    this.setWindow(null);
  }

  zoomBy(factor) {
    this.place.zoomBy(factor);
    this.draw();
  }

  zoomIn() {
    this.zoomBy(STEP);
  }

  zoomOut() {
    this.zoomBy(1 / STEP);
  }

  /** Do something to the place: "fit", "flipAcross", "flipDown". */
  turn(how, ...more) {
    this.place[how](...more);
    this.draw();
  }

  setAreas(areas) {
    this.#areas = areas;
    this.draw();
  }

  /** Let the area of a finding stand out; "" for none. */
  light(id) {
    this.#lit = id;
    this.draw();
  }

  toggleAreas() {
    this.#shown = !this.#shown;
    this.draw();
    return this.#shown;
  }

  /** Take back the last measurement. */
  removeLine() {
    this.#lines.pop();
    this.draw();
  }

  /** Give up what is being drawn. */
  cancel() {
    this.#draft = null;
    this.#lines = this.#lines.filter((line) => !line.open);
    this.draw();
  }

  /** What stands over the image; drawn into it. */
  set watermark(text) {
    this.#watermark = text;
    this.draw();
  }

  draw() {
    if (!this.#waiting) this.#waiting = requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.#waiting = 0;
    const [width, height] = this.#size;
    if (!this.#series || !width || !height) return;
    const frame = this.#frames.get(this.#number);
    const context = this.#canvas.getContext("2d");
    const dense = this.#canvas.width / width;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#000";
    context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (frame?.values) {
      this.#develop(frame);
      context.setTransform(...this.place.matrix.map((each) => each * dense));
      context.imageSmoothingEnabled = this.place.zoom < 3;
      context.imageSmoothingQuality = this.place.zoom * dense < 1 ? "high" : "low";
      context.drawImage(this.#picture, 0, 0);
    }
    this.#mark(context, width, height, dense);
    this.#drawOver(width, height);
    this.#describe(frame);
  }

  /** The frame in its window, in its own size. */
  #develop(frame) {
    const { centre, width } = this.window;
    const key = `${this.#number} ${centre} ${width} ${this.#inverted}`;
    if (key === this.#painted) return;
    if (this.#image?.width !== frame.columns || this.#image?.height !== frame.rows) {
      this.#picture.width = frame.columns;
      this.#picture.height = frame.rows;
      this.#image = new ImageData(frame.columns, frame.rows);
    }
    this.#painter.paint(frame, this.window, this.#inverted, this.#image);
    this.#pixels.putImageData(this.#image, 0, 0);
    this.#painted = key;
  }

  #mark(context, width, height, dense) {
    if (!this.#watermark) return;
    const key = `${this.#watermark} ${width} ${height} ${dense}`;
    if (key !== this.#stamped) {
      this.#stamp.width = this.#canvas.width;
      this.#stamp.height = this.#canvas.height;
      this.#drawStamp(this.#stamp.getContext("2d"), width, height, dense);
      this.#stamped = key;
    }
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(this.#stamp, 0, 0);
  }

  #drawStamp(context, width, height, dense) {
    context.setTransform(dense, 0, 0, dense, 0, 0);
    context.textAlign = "center";
    context.textBaseline = "middle";
    let size = Math.min(15, Math.max(11, width / 34));
    context.font = `600 ${size}px system-ui, sans-serif`;
    size *= Math.min(1, (width - 28) / context.measureText(this.#watermark).width);
    context.font = `600 ${size}px system-ui, sans-serif`;
    const wide = context.measureText(this.#watermark).width + 20;
    context.fillStyle = "rgb(122 17 22 / 0.88)";
    context.fillRect((width - wide) / 2, height - 40 - size, wide, size + 12);
    context.fillStyle = "#fff";
    context.fillText(this.#watermark, width / 2, height - 34 - size / 2);
    context.translate(width / 2, height / 2);
    context.rotate(-Math.PI / 7);
    context.font = `800 ${Math.min(width, height) / 7}px system-ui, sans-serif`;
    context.fillStyle = "rgb(255 255 255 / 0.055)";
    context.fillText(this.#watermark.split(/[ .–]/)[0].toUpperCase(), 0, 0);
  }

  #drawOver(width, height) {
    const here = this.#shown ? this.#areas.filter((area) => (area.frame ?? this.#number) === this.#number) : [];
    const stored = this.#series.stored;
    this.#overlay.draw({
      place: this.place,
      areas: here.map((area) => ({
        ...area,
        box: area.box.map((side) => side / stored),
        lit: area.finding === this.#lit,
      })),
      lines: this.#lines.filter((line) => line.frame === this.#number).map((line) => this.#measured(line)),
      draft: this.#draft,
      letters: this.place.edges(this.#series.edges),
      width,
      height,
    });
  }

  #measured(line) {
    const across = line.to[0] - line.from[0];
    const down = line.to[1] - line.from[1];
    const spacing = this.#series.spacing;
    const long = spacing ? Math.hypot(across * spacing[1], down * spacing[0]) : Math.hypot(across, down);
    return { ...line, text: spacing ? lengthInWords(long) : `${long.toFixed(0)} pixels` };
  }

  #describe(frame) {
    const { series } = this;
    const { centre, width, name } = this.window;
    const count = series.frames.length;
    const of = count > 1 ? `${this.#number} / ${count}` : "";
    const place = series.frames[this.#number - 1].place;
    const windowed = series.window.source === "display" && !this.#window ? "" : `W ${round(width)} C ${round(centre)}`;
    this.#say("frame", [of, count > 1 && place !== null ? `${place.toFixed(1)} mm` : ""].filter(Boolean).join("  "));
    this.#say("window", [windowed, name ?? "", this.#inverted ? "inverted" : ""].filter(Boolean).join("  "));
    this.#say("zoom", `${Math.round(this.place.zoom * 100)} %`);
    this.#say("problem", frame?.problem ?? series.problem ?? "");
    this.#host.classList.toggle("waiting", !frame);
    const areas = this.#areas.filter((area) => (area.frame ?? this.#number) === this.#number).length;
    const said = [
      series.title,
      count > 1 ? `frame ${this.#number} of ${count}` : "",
      windowed && `window ${round(width)} around ${round(centre)}${name ? `, ${name}` : ""}`,
      this.#inverted ? "inverted" : "",
      areas ? `${areas} ${areas > 1 ? "areas" : "area"} marked` : "",
      this.#watermark,
    ];
    clearTimeout(this.#saying);
    this.#saying = setTimeout(() => {
      this.#canvas.setAttribute("aria-label", said.filter(Boolean).join(", "));
      this.#say("live", count > 1 ? `Frame ${this.#number} of ${count}` : "");
    }, SAID);
  }

  #say(what, text) {
    const target = this.#told.get(what);
    if (target && target.textContent !== text) target.textContent = text;
  }

  #resize() {
    const [width, height] = [this.#host.clientWidth, this.#host.clientHeight];
    this.#size = [width, height];
    const dense = window.devicePixelRatio || 1;
    this.#canvas.width = Math.round(width * dense);
    this.#canvas.height = Math.round(height * dense);
    if (!this.#series) return;
    const frame = this.#series.frames[this.#number - 1];
    const spacing = this.#series.spacing;
    this.place.resize(frame.columns, frame.rows, width, height, spacing ? spacing[0] / spacing[1] : 1);
    this.draw();
  }

  #listen() {
    const host = this.#host;
    host.addEventListener("wheel", (event) => this.#wheeled(event), { passive: false });
    host.addEventListener("contextmenu", (event) => event.preventDefault());
    host.addEventListener("pointerdown", (event) => this.#down(event));
    host.addEventListener("pointermove", (event) => this.#move(event));
    host.addEventListener("pointerup", (event) => this.#up(event));
    host.addEventListener("pointercancel", (event) => this.#up(event));
    host.addEventListener("pointerleave", () => this.#say("value", ""));
  }

  #wheeled(event) {
    if (!this.#series) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey || this.#series.frames.length === 1) {
      this.place.zoomBy(Math.exp(-event.deltaY / DRAG / 2), ...this.#at(event));
      return this.draw();
    }
    this.#wheel += event.deltaMode ? event.deltaY * WHEEL : event.deltaY;
    const steps = Math.trunc(this.#wheel / WHEEL);
    this.#wheel -= steps * WHEEL;
    if (steps) this.scroll(steps);
  }

  #down(event) {
    if (!this.#series || event.target.closest(".area, button")) return;
    this.#host.focus({ preventScroll: true });
    this.#host.setPointerCapture(event.pointerId);
    const at = this.#at(event);
    const tool = event.button === 1 ? "pan" : event.button === 2 ? "zoom" : this.tool;
    this.#pointers.set(event.pointerId, { at, from: at, tool });
    if (this.#pointers.size > 1) return this.cancel();
    const point = this.place.toImage(...at);
    if (tool === "measure") this.#lines.push({ frame: this.#number, from: point, to: point, open: true });
    if (tool === "box") this.#draft = [...point, ...point];
  }

  #move(event) {
    if (!this.#series) return;
    const at = this.#at(event);
    const held = this.#pointers.get(event.pointerId);
    if (!held) return this.#point(at);
    const by = [at[0] - held.at[0], at[1] - held.at[1]];
    if (this.#pointers.size === 2) this.#pinch(event.pointerId, at);
    else this.#drag(held, at, by);
    held.at = at;
    this.draw();
  }

  #drag(held, at, by) {
    const point = this.place.toImage(...at);
    if (held.tool === "pan") this.place.move(...by);
    else if (held.tool === "zoom") this.place.zoomBy(Math.exp(-by[1] / DRAG), ...held.from);
    else if (held.tool === "measure") this.#lines.at(-1).to = point;
    else if (held.tool === "box") this.#draft = [...this.#draft.slice(0, 2), ...point];
    else if (held.tool === "scroll") this.#wheelBy(by[1]);
    else this.setWindow(dragged(this.window, ...by));
  }

  #wheelBy(down) {
    this.#wheel += down * 4;
    const steps = Math.trunc(this.#wheel / WHEEL);
    this.#wheel -= steps * WHEEL;
    if (steps) this.scroll(steps);
  }

  #pinch(moved, at) {
    const [one, other] = [...this.#pointers.entries()].sort(([id]) => (id === moved ? -1 : 1)).map(([, each]) => each);
    const before = Math.hypot(one.at[0] - other.at[0], one.at[1] - other.at[1]);
    const now = Math.hypot(at[0] - other.at[0], at[1] - other.at[1]);
    const middle = [(at[0] + other.at[0]) / 2, (at[1] + other.at[1]) / 2];
    this.place.move((at[0] - one.at[0]) / 2, (at[1] - one.at[1]) / 2);
    if (before > 0) this.place.zoomBy(now / before, ...middle);
  }

  #up(event) {
    const held = this.#pointers.get(event.pointerId);
    this.#pointers.delete(event.pointerId);
    if (!held) return;
    const line = this.#lines.at(-1);
    if (held.tool === "measure" && line?.open) {
      line.open = false;
      if (Math.hypot(line.to[0] - line.from[0], line.to[1] - line.from[1]) < 1) this.#lines.pop();
    }
    if (held.tool === "box" && this.#draft) this.#boxed();
    this.draw();
  }

  #boxed() {
    const frame = this.#series.frames[this.#number - 1];
    const [x1, y1, x2, y2] = this.#draft;
    const within = (value, most) => Math.min(Math.max(0, value), most);
    const box = [
      within(Math.min(x1, x2), frame.columns),
      within(Math.min(y1, y2), frame.rows),
      within(Math.max(x1, x2), frame.columns),
      within(Math.max(y1, y2), frame.rows),
    ];
    this.#draft = null;
    if (box[2] - box[0] < 2 || box[3] - box[1] < 2) return;
    const stored = box.map((side) => Math.round(side * this.#series.stored * 10) / 10);
    this.#tell("drawn", { series: this.#series.number, frame: this.#number, box: stored });
  }

  #point(at) {
    const [x, y] = this.place.toImage(...at);
    const value = valueAt(this.#frames?.get(this.#number), x, y);
    const units = this.#series.units === "HU" ? " HU" : "";
    this.#say("value", value && `x ${Math.floor(x)}  y ${Math.floor(y)}  ${value}${units}`);
  }

  #at(event) {
    const box = this.#host.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  #tell(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}

function round(value) {
  return Number.isInteger(value) ? value : Number(value.toFixed(1));
}

function lengthInWords(mm) {
  return mm < 1 ? `${(mm * 1000).toFixed(0)} µm` : `${mm.toFixed(1)} mm`;
}
