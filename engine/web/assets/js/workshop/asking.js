// Questions to the server: JSON there and back, with the page's token.
export const token = () => document.querySelector("meta[name=csrf]")?.content ?? "";

// What the server refused: its sentence, the status, the whole answer.
export class Refused extends Error {
  constructor(status, answer) {
    super(answer?.error ?? String(status));
    this.status = status;
    this.answer = answer ?? {};
  }
}

// Nobody answered.
export class Away extends Error {}

// Returns the answer's JSON; throws `Refused`, `Away`, or the AbortError of `signal`.
export async function ask(address, { method = "GET", body, signal, keepalive = false } = {}) {
  const headers = { "X-Requested-With": "fetch", Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = token();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(address, { method, headers, signal, keepalive, credentials: "same-origin", body: body === undefined ? undefined : JSON.stringify(body) });
  } catch (problem) {
    if (problem.name === "AbortError") throw problem;
    throw new Away(problem.message);
  }
  const found = await answer.json().catch(() => null);
  if (answer.ok && found !== null) return found;
  if (answer.ok && answer.status === 204) return {};
  // A gateway's page, a server that is being restarted: the same as nobody.
  if (answer.status >= 502 && answer.status <= 504) throw new Away(String(answer.status));
  throw new Refused(answer.status, found);
}
