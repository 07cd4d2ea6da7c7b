// The frames of one series: asked for when they are needed, and the rest meanwhile, nearest first.

const AT_ONCE = 4; // requests
const KEPT = 768 << 20; // bytes of pixels
const ARRAYS = { uint8: Uint8Array, rgb: Uint8Array, int16: Int16Array, uint16: Uint16Array, float32: Float32Array };

/**
 * Frames by number, from 1. Dispatches "loaded" with the number of a frame, whenever one has come or failed.
 *
 * A frame is `{type, rows, columns, values}`, `values` row by row, or `{problem}`.
 */
export class Frames extends EventTarget {
  #url;
  #kept = new Map();
  #asked = new Map();
  #bytes = 0;
  #at = 1;
  #all = false;

  /** `url(number)` gives the address of a frame. */
  constructor(url, count) {
    super();
    this.#url = url;
    this.count = count;
  }

  /** How many are there. */
  get loaded() {
    return this.#kept.size;
  }

  /** Whether all of them can be kept at once. */
  get fit() {
    return (this.#bytes / Math.max(1, this.#kept.size)) * this.count <= KEPT;
  }

  /** A frame that is there, or undefined. */
  get(number) {
    return this.#kept.get(number);
  }

  /** Look at a frame: it is asked for first, and those near to it next. */
  want(number, { all = this.#all } = {}) {
    this.#at = number;
    this.#all = all;
    if (!this.#kept.has(number) && !this.#asked.has(number)) this.#ask(number);
    this.#further();
  }

  /** Stop asking for frames, and let go of those that are there. */
  close() {
    this.#all = false;
    for (const stop of this.#asked.values()) stop.abort();
    this.#kept.clear();
    this.#bytes = 0;
  }

  #further() {
    if (!this.#all) return;
    const each = this.#bytes / Math.max(1, this.#kept.size);
    const room = each ? Math.floor(KEPT / each) : this.count;
    for (let away = 1; away < this.count && this.#asked.size < AT_ONCE; away++) {
      if (away * 2 > room) return;
      for (const number of [this.#at + away, this.#at - away]) {
        const there = number < 1 || number > this.count || this.#kept.has(number) || this.#asked.has(number);
        if (!there && this.#asked.size < AT_ONCE) this.#ask(number);
      }
    }
  }

  async #ask(number) {
    const stop = new AbortController();
    this.#asked.set(number, stop);
    let frame;
    try {
      frame = await fetched(this.#url(number), stop.signal);
    } catch (error) {
      if (stop.signal.aborted) return;
      frame = { problem: error.message };
    } finally {
      this.#asked.delete(number);
    }
    this.#kept.set(number, frame);
    this.#bytes += frame.values?.byteLength ?? 0;
    this.#tidy();
    this.dispatchEvent(new CustomEvent("loaded", { detail: number }));
    this.#further();
  }

  #tidy() {
    while (this.#bytes > KEPT && this.#kept.size > 1) {
      let far = this.#at;
      for (const number of this.#kept.keys()) if (Math.abs(number - this.#at) > Math.abs(far - this.#at)) far = number;
      this.#bytes -= this.#kept.get(far).values?.byteLength ?? 0;
      this.#kept.delete(far);
    }
  }
}

async function fetched(url, signal) {
  const answer = await fetch(url, { signal, headers: { Accept: "application/octet-stream" } });
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw new Error([told.title ?? `The server answered ${answer.status}.`, told.hint].filter(Boolean).join("; "));
  }
  const [type, rows, columns] = answer.headers.get("Pixels").split(" ");
  const values = new ARRAYS[type](await answer.arrayBuffer());
  return { type, rows: Number(rows), columns: Number(columns), values };
}

/** The value of a pixel, as it is said to people; "" outside the frame. */
export function valueAt(frame, x, y) {
  const column = Math.floor(x);
  const row = Math.floor(y);
  if (!frame?.values || column < 0 || row < 0 || column >= frame.columns || row >= frame.rows) return "";
  const at = row * frame.columns + column;
  if (frame.type === "rgb") return Array.from(frame.values.subarray(at * 3, at * 3 + 3)).join(" ");
  const value = frame.values[at];
  return Number.isInteger(value) ? String(value) : value.toFixed(2);
}
