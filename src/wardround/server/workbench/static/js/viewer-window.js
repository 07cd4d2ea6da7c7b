// From the values of a frame to what the screen shows: the window of DICOM PS3.3 C.11.2.1.2.1 (LINEAR).

/** The windows of keys 1 to 5, as OHIF has them; in Hounsfield units, so for CT only. */
export const CT_PRESETS = [
  { name: "soft tissue", centre: 40, width: 400 },
  { name: "lung", centre: -600, width: 1500 },
  { name: "liver", centre: 90, width: 150 },
  { name: "bone", centre: 480, width: 2500 },
  { name: "brain", centre: 40, width: 80 },
];

const DISPLAY = { centre: 128, width: 256 };
const ENTRIES = { uint8: [256, 0], rgb: [256, 0], int16: [65536, -32768], uint16: [65536, 0] };

/** The grey level, 0 to 255, of one value. */
export function level(value, { centre, width }) {
  if (width <= 1) return value <= centre - 0.5 ? 0 : 255;
  const share = (value - (centre - 0.5)) / (width - 1) + 0.5;
  return share <= 0 ? 0 : share >= 1 ? 255 : Math.round(share * 255);
}

/** Whether a window shows display values as they are. */
function plain(window) {
  return window.centre === DISPLAY.centre && window.width === DISPLAY.width;
}

/** Writes the pixels of frames into ImageData; keeps the table of the last window. */
export class Painter {
  #table = new Uint32Array(0); // value → opaque grey, as the pixels of ImageData lie in memory
  #made = "";

  paint(frame, window, inverted, image) {
    const out = new Uint32Array(image.data.buffer);
    if (frame.type === "rgb") return this.#colour(frame.values, window, inverted, out);
    if (frame.type === "float32") return floats(frame.values, window, inverted, out);
    const table = this.#tableOf(frame.type, window, inverted);
    const [, first] = ENTRIES[frame.type];
    const values = frame.values;
    for (let at = 0; at < values.length; at++) out[at] = table[values[at] - first];
  }

  #colour(values, window, inverted, out) {
    const same = plain(window) && !inverted;
    const table = same ? null : this.#tableOf("rgb", window, inverted);
    for (let at = 0, from = 0; at < out.length; at++, from += 3) {
      const red = values[from];
      const green = values[from + 1];
      const blue = values[from + 2];
      out[at] = same
        ? 0xff000000 | (blue << 16) | (green << 8) | red
        : 0xff000000 | (table[blue] & 0xff0000) | (table[green] & 0xff00) | (table[red] & 0xff);
    }
  }

  #tableOf(type, window, inverted) {
    const key = `${type} ${window.centre} ${window.width} ${inverted}`;
    if (key !== this.#made) {
      const [count, first] = ENTRIES[type];
      this.#table = new Uint32Array(count);
      for (let at = 0; at < count; at++) {
        const shown = level(at + first, window);
        this.#table[at] = opaque(inverted ? 255 - shown : shown);
      }
      this.#made = key;
    }
    return this.#table;
  }
}

function floats(values, window, inverted, out) {
  for (let at = 0; at < values.length; at++) {
    const shown = level(values[at], window);
    out[at] = opaque(inverted ? 255 - shown : shown);
  }
}

function opaque(grey) {
  return 0xff000000 | (grey << 16) | (grey << 8) | grey;
}

/** The window after dragging so far: to the right wider, down brighter, by shares of `window` as it was before. */
export function dragged(window, across, down) {
  const step = Math.max(window.width, 8) / 400;
  return {
    centre: tidy(window.centre + down * step),
    width: tidy(Math.max(1, window.width + across * step)),
  };
}

function tidy(value) {
  return Math.abs(value) >= 20 ? Math.round(value) : Math.round(value * 100) / 100;
}
