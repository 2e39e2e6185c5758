/** The way back from the identity provider: to `/sign-in`, with its answer behind the `#`, which no server sees. */
import { finishGoogle } from "~/api/session";

const PAGE = "/sign-in";
const PLACE = "berth.place";
const CHANNEL = "berth.session";

/** Keeps where somebody is, to come back there. */
export function rememberPlace(): void {
  try {
    sessionStorage.setItem(PLACE, location.pathname + location.search);
  } catch {
    // They then come back to the first page.
  }
}

/** Whether a kept place is one of ours: an address that begins with two slashes leads to another site. */
export function safePlace(place: string | null): string {
  return place?.startsWith("/") && !/^\/[/\\]/.test(place) && !place.startsWith(PAGE) ? place : "/";
}

/** The token that the identity provider gave along, or null. Takes it out of the address, so that it is in no history. */
export function takeAnswer(): string | null {
  if (location.pathname !== PAGE) return null;
  const token = new URLSearchParams(location.hash.slice(1)).get("id_token");
  let place: string | null = null;
  try {
    place = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
  } catch {
    // As above.
  }
  history.replaceState(null, "", safePlace(place));
  return token;
}

/** Signs in with the token and tells the other tabs; what went wrong, or null. */
export async function finish(token: string): Promise<unknown> {
  try {
    await finishGoogle(token);
  } catch (error) {
    return error;
  }
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage("signed in");
  channel.close();
  return null;
}

/** Calls back when another tab has signed in. */
export function onSignedIn(call: () => void): () => void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = call;
  return () => channel.close();
}
