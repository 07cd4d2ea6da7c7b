// Decisions on their way to the server: one after the other, each with the version that the one before gave.
//
// The page shows a decision before it is saved. What the server refuses is taken back there; what somebody else decided
// in the meantime is shown, and the rest goes on. What could not be sent because the server does not answer is sent
// again until it does.

import { send } from "../api.js";

const WAITS = [500, 1000, 2000, 4000, 8000]; // milliseconds before the next attempt

export class Saving {
  /**
   * `path` gives where decisions are sent, and may begin the review for it. `told` knows `busy(count)`, `waiting(problem)`, `saved(decision, answer)`, `refused(decision, problem)`,
   * `conflict(decisions)`, which may be asynchronous and gives the decisions that are to be sent still, and
   * `again(decisions)`, for those that were made while it did.
   */
  constructor({ path, version, told }) {
    this.path = path;
    this.version = version;
    this.told = told;
    this.queue = [];
    this.running = null;
  }

  /** Whether everything is saved. */
  get idle() {
    return this.queue.length === 0 && this.running === null;
  }

  /** Save a decision: `{ item, verb, value?, reason? }`. */
  push(...decisions) {
    this.queue.push(...decisions);
    this.told.busy(this.queue.length);
    this.running ??= this.#run().finally(() => {
      this.running = null;
      this.told.busy(0);
    });
    return this.settled();
  }

  /** Do something that changes the review too, once everything is saved; what is decided meanwhile is sent after it. */
  async alone(task) {
    while (this.running) await this.running;
    this.running = task().finally(() => {
      this.running = null;
      if (this.queue.length) this.push();
    });
    await this.running;
  }

  /** When everything is saved. */
  async settled() {
    while (this.running) await this.running;
  }

  async #run() {
    let attempts = 0;
    while (this.queue.length) {
      const decision = this.queue[0];
      try {
        const path = await this.path();
        const answer = await send("POST", path, { ...decision, version: this.version });
        this.version = answer.version;
        this.queue.shift();
        attempts = 0;
        this.told.saved(decision, answer);
      } catch (problem) {
        if (problem.status === 409) {
          await this.#meet();
        } else if (problem.status === 0 || problem.retryable) {
          this.told.waiting(problem);
          await new Promise((done) => setTimeout(done, WAITS[Math.min(attempts, WAITS.length - 1)]));
          attempts += 1;
        } else {
          this.queue.shift();
          await this.told.refused(decision, problem);
        }
      }
      this.told.busy(this.queue.length);
    }
  }

  /** Let the page meet what somebody else decided. What is pushed meanwhile comes after. */
  async #meet() {
    const waiting = this.queue;
    this.queue = [];
    try {
      waiting.splice(0, waiting.length, ...(await this.told.conflict([...waiting])));
    } catch (problem) {
      this.told.waiting(problem);
      await new Promise((done) => setTimeout(done, WAITS[0]));
    }
    this.told.again(this.queue);
    this.queue = [...waiting, ...this.queue];
  }
}
