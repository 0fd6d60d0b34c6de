// The connection to the playground: sends the page's requests, and receives the stream of events.
// Knows nothing of the document, and takes no action on an event itself.

import { t } from "./i18n.js";

const key = new URLSearchParams(location.search).get("key") ?? "";
const RETRY_MS = 1000;

async function post(path, headers, body) {
  try {
    const response = await fetch(path, { method: "POST", headers: { ...headers, "X-Key": key }, body });
    if (response.ok) return await response.json();
    if (response.status !== 403) return { error: t("The playground answered {status}.", response) };
    return { error: t("This page belongs to an earlier run; open the address that was printed last.") };
  } catch {
    return { error: t("The playground cannot be reached. Is it still running?") };
  }
}

export const act = (name, body) => post(`/page/${name}`, { "Content-Type": "application/json" }, JSON.stringify(body));

export const upload = (file, { user, channel }) => post(
  `/page/upload?${new URLSearchParams({ user, channel, name: file.name })}`,
  { "Content-Type": "application/octet-stream" }, file);

// Calls onEvent(name, data) for every event, and onState with "here", "lost" or "over" when the connection changes.
// "over" means that the page's key is no longer valid, because the playground has been started again.
export function listen(onEvent, onState) {
  const source = new EventSource(`/page/events?${new URLSearchParams({ key })}`);
  source.onopen = () => onState("here");
  source.onmessage = (message) => { const { event, data } = JSON.parse(message.data); onEvent(event, data); };
  source.onerror = () => {
    source.close();
    onState("lost");
    setTimeout(() => reconnect(onEvent, onState), RETRY_MS);
  };
}

async function reconnect(onEvent, onState) {
  try {
    const response = await fetch(`/?${new URLSearchParams({ key })}`);
    if (response.status === 403) return onState("over");
    if (response.ok) return listen(onEvent, onState);
  } catch { /* the server is not back yet */ }
  setTimeout(() => reconnect(onEvent, onState), RETRY_MS);
}
