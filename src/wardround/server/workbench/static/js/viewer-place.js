// Where an image lies on the screen: zoom, pan, quarter turns and flips.

const LEAST = 0.02;
const MOST = 64;
const UNTURNED = [1, 0, 0, 1];

function times(a, b) {
  return [
    a[0] * b[0] + a[1] * b[2],
    a[0] * b[1] + a[1] * b[3],
    a[2] * b[0] + a[3] * b[2],
    a[2] * b[1] + a[3] * b[3],
  ];
}

/**
 * From pixels of an image to CSS pixels of its viewport and back.
 *
 * `turn` is a matrix of quarter turns and flips, [a b c d] with x' = ax + by, y' = cx + dy; `tall` is how many times as
 * high as wide a pixel is.
 */
export class Place {
  turn = UNTURNED;
  zoom = 1;
  x = 0;
  y = 0;
  tall = 1;
  #fitted = true;
  #image = [1, 1];
  #screen = [1, 1];

  /** Tell the size of the image, in pixels, and of the viewport; what fitted it still does. */
  resize(columns, rows, width, height, tall = 1) {
    this.#image = [columns, rows];
    this.#screen = [Math.max(1, width), Math.max(1, height)];
    this.tall = tall;
    if (this.#fitted) this.fit();
  }

  fit() {
    const [columns, rows] = this.#image;
    const [a, b, c, d] = this.turn.map(Math.abs);
    const high = rows * this.tall;
    this.zoom = Math.min(this.#screen[0] / (a * columns + b * high), this.#screen[1] / (c * columns + d * high));
    this.x = this.y = 0;
    this.#fitted = true;
  }

  reset() {
    this.turn = UNTURNED;
    this.fit();
  }

  /** Zoom around a point of the viewport, by default its middle. */
  zoomBy(factor, x = this.#screen[0] / 2, y = this.#screen[1] / 2) {
    const zoom = Math.min(MOST, Math.max(LEAST, this.zoom * factor));
    const by = zoom / this.zoom;
    const fromX = x - this.#screen[0] / 2;
    const fromY = y - this.#screen[1] / 2;
    this.x = fromX - (fromX - this.x) * by;
    this.y = fromY - (fromY - this.y) * by;
    this.zoom = zoom;
    this.#fitted = false;
  }

  move(across, down) {
    this.x += across;
    this.y += down;
    this.#fitted = false;
  }

  flipAcross() {
    this.#turnBy([-1, 0, 0, 1]);
  }

  flipDown() {
    this.#turnBy([1, 0, 0, -1]);
  }

  /** A quarter turn; clockwise, or back. */
  rotate(clockwise) {
    this.#turnBy(clockwise ? [0, -1, 1, 0] : [0, 1, -1, 0]);
  }

  /** [a b c d e f] for CanvasRenderingContext2D.setTransform, from image to CSS pixels. */
  get matrix() {
    const [a, b, c, d] = this.turn.map((each) => each * this.zoom);
    const [columns, rows] = this.#image;
    const across = [a, c];
    const down = [b * this.tall, d * this.tall];
    const e = this.#screen[0] / 2 + this.x - (across[0] * columns + down[0] * rows) / 2;
    const f = this.#screen[1] / 2 + this.y - (across[1] * columns + down[1] * rows) / 2;
    return [across[0], across[1], down[0], down[1], e, f];
  }

  toScreen(x, y) {
    const [a, b, c, d, e, f] = this.matrix;
    return [a * x + c * y + e, b * x + d * y + f];
  }

  toImage(x, y) {
    const [a, b, c, d, e, f] = this.matrix;
    const size = a * d - b * c;
    return [(d * (x - e) - c * (y - f)) / size, (a * (y - f) - b * (x - e)) / size];
  }

  /** The sides of the patient at the left, top, right and bottom of the screen, from those of the image. */
  edges([left, top, right, bottom]) {
    const towards = (x, y) => (x > 0 ? right : x < 0 ? left : y > 0 ? bottom : top);
    const [a, b, c, d] = this.turn;
    return [towards(-a, -b), towards(-c, -d), towards(a, b), towards(c, d)];
  }

  #turnBy(by) {
    this.turn = times(by, this.turn);
    [this.x, this.y] = [by[0] * this.x + by[1] * this.y, by[2] * this.x + by[3] * this.y];
    if (this.#fitted) this.fit();
  }
}
