// Requests to the server. What was typed is never lost: a request that fails throws and changes nothing in the page;
// where the session has ended, it asks to sign in again in a dialog and then goes on.

import { signInAgain } from "./session.js";

/** What the server, or the way to it, told: `message` for people, `problem` as RFC 9457 has it. */
export class Problem extends Error {
  constructor(problem) {
    super(problem.title);
    this.problem = problem;
    this.status = problem.status;
    this.retryable = Boolean(problem.retryable);
  }
}

/**
 * Send a request and give the JSON of its answer, or null where there is none.
 * `body` is sent as JSON, or as it is if it is FormData. Throws a Problem.
 */
export async function send(method, path, body, { headers = {}, signal } = {}) {
  const form = body instanceof FormData;
  const options = { method, signal, headers: { Accept: "application/json", ...headers } };
  if (body !== undefined) options.body = form ? body : JSON.stringify(body);
  if (body !== undefined && !form) options.headers["Content-Type"] = "application/json";
  for (;;) {
    let answer;
    try {
      answer = await fetch(path, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw unreachable();
    }
    if (answer.status === 401 && path !== "/v1/session" && (await signInAgain())) continue;
    const content = await read(answer);
    if (answer.ok) return content;
    throw new Problem(content ?? { title: `The server answered ${answer.status}`, status: answer.status });
  }
}

/** The problem that no answer came. */
export function unreachable() {
  const hint = "Nothing is lost; try again in a moment.";
  return new Problem({ title: "The server cannot be reached", hint, status: 0, retryable: true });
}

async function read(answer) {
  try {
    return /\bjson\b/.test(answer.headers.get("Content-Type") ?? "") ? await answer.json() : null;
  } catch {
    return null;
  }
}
