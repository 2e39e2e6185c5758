import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LiveProvider, useConversation, useDelayed } from "./context";
import { event, READY, setUp, socket } from "./scripted";

vi.mock("~/api/conversations", () => ({ history: async () => ({ items: [event(1)], more: false }) }));

beforeEach(setUp);
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

function Screen() {
  const conversation = useConversation("c1");
  return (
    <output>
      {conversation?.transcript.lastSeq} {useDelayed() ? "delayed" : "live"}
    </output>
  );
}

for (const [what, tell] of [
  ["the browser is online again", () => window.dispatchEvent(new Event("online"))],
  ["the page is looked at again", () => document.dispatchEvent(new Event("visibilitychange"))],
] as const) {
  it(`subscribes at once when ${what}`, async () => {
    render(
      <QueryClientProvider client={new QueryClient()}>
        <LiveProvider>
          <Screen />
        </LiveProvider>
      </QueryClientProvider>,
    );
    await act(async () => socket().say(READY));
    await act(async () => socket().say({ type: "error", code: "store.unavailable", message: "", id: null }));
    expect(screen.getByRole("status").textContent).toBe("1 delayed");
    const asked = socket().of("subscribe").length;
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    document.dispatchEvent(new Event("visibilitychange"));
    expect(socket().of("subscribe"), "nobody looks").toHaveLength(asked);
    hidden.mockReturnValue(false);
    tell();
    expect(socket().of("subscribe").slice(asked)).toMatchObject([{ conversation_id: "c1", after: 1 }]);
    await act(async () => socket().say({ type: "pong" }));
    expect(screen.getByRole("status").textContent).toBe("1 live");
  });
}
