// The wire: what the page asks of the playground, and the stream of what happens there. Knows nothing of the screen.

import { say } from "./words.js";

const key = new URLSearchParams(location.search).get("key") ?? "";
const AGAIN_MS = 1000;
const GONE = "The playground cannot be reached. Is it still running?";

async function post(path, headers, body) {
  try {
    const response = await fetch(path, { method: "POST", headers: { ...headers, "X-Key": key }, body });
    if (response.ok) return await response.json();
    return { error: response.status === 403 ? say("This page belongs to an earlier run; open the address that was printed last.") : say("The playground answered {status}.", response) };
  } catch {
    return { error: say(GONE) };
  }
}

export const act = (name, body) => post(`/page/${name}`, { "Content-Type": "application/json" }, JSON.stringify(body));

export const upload = (file, { user, channel }) =>
  post(`/page/upload?${new URLSearchParams({ user, channel, name: file.name })}`, { "Content-Type": "application/octet-stream" }, file);

// hear(name, data) for everything that happens; state("here" | "lost" | "over"): "over" means that this run's key is no longer good.
export function listen(hear, state) {
  const source = new EventSource(`/page/events?${new URLSearchParams({ key })}`);
  source.onopen = () => state("here");
  source.onmessage = (event) => { const { event: name, data } = JSON.parse(event.data); hear(name, data); };
  source.onerror = () => { source.close(); state("lost"); setTimeout(() => again(hear, state), AGAIN_MS); };
}

async function again(hear, state) {
  try {
    const response = await fetch(`/?${new URLSearchParams({ key })}`);
    if (response.status === 403) return state("over");
    if (response.ok) return listen(hear, state);
  } catch { /* nobody there yet */ }
  setTimeout(() => again(hear, state), AGAIN_MS);
}
