// Two viewports scrolled in step: the prior study beside the current one.

const OVERLAP = 0.5; // of the shorter stack, from which positions are taken to mean the same
const PARALLEL = 0.97; // cosine between the slice normals

/**
 * Keeps `other` where `main` is: by position along the slices where both tell it, in the same direction and over mostly
 * the same range; by their share of the stack otherwise. While it is off, each is scrolled alone; turned on again, the
 * distance that they then have is kept.
 */
export class InStep {
  on = true;
  #main;
  #other;
  #away = 0;
  #busy = false;

  constructor(main, other) {
    this.#main = main;
    this.#other = other;
    main.addEventListener("frame", () => this.#follow(main, other, 1));
    other.addEventListener("frame", () => this.#follow(other, main, -1));
  }

  /** Whether positions are compared. */
  get byPosition() {
    return comparable(this.#main.series, this.#other.series);
  }

  toggle() {
    this.on = !this.on;
    if (this.on) this.#away = this.#other.number - this.#matching(this.#main, this.#other);
    return this.on;
  }

  /** Begin anew, after another series was chosen. */
  begin() {
    this.#away = 0;
    if (this.on) this.#follow(this.#main, this.#other, 1);
  }

  #follow(from, to, sign) {
    if (!this.on || this.#busy || !from.series || !to.series) return;
    this.#busy = true;
    const there = sign > 0 ? this.#matching(from, to) + this.#away : this.#matchingBack(from, to);
    if (there !== to.number) to.go(there);
    this.#busy = false;
  }

  #matchingBack(from, to) {
    const wanted = from.number - this.#away;
    const within = Math.min(Math.max(1, wanted), from.series.frames.length);
    return match(from.series, to.series, within);
  }

  #matching(from, to) {
    return match(from.series, to.series, from.number);
  }
}

/** Whether frames of two series can be matched by where they lie. */
export function comparable(one, other) {
  if (!one?.normal || !other?.normal) return false;
  const cosine = one.normal.reduce((sum, each, axis) => sum + each * other.normal[axis], 0);
  const [a, b] = [extent(one), extent(other)];
  if (!a || !b || cosine < PARALLEL) return false;
  const shared = Math.min(a[1], b[1]) - Math.max(a[0], b[0]);
  return shared >= OVERLAP * Math.min(a[1] - a[0], b[1] - b[0]);
}

function extent(series) {
  const places = series.frames.map((frame) => frame.place);
  if (places.length < 2 || places.includes(null)) return null;
  return [Math.min(...places), Math.max(...places)];
}

/** The number of the frame of `other` that goes with frame `number` of `one`. */
export function match(one, other, number) {
  const count = other.frames.length;
  if (comparable(one, other)) {
    const place = one.frames[number - 1].place;
    let best = 0;
    for (let at = 1; at < count; at++) {
      if (Math.abs(other.frames[at].place - place) < Math.abs(other.frames[best].place - place)) best = at;
    }
    return best + 1;
  }
  if (one.frames.length === 1 || count === 1) return 1;
  return 1 + Math.round(((number - 1) / (one.frames.length - 1)) * (count - 1));
}
