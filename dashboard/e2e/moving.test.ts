/** A workspace that moves to another machine while a message waits: the server is a script, so that it takes its time. */
import type { WebSocketRoute } from "playwright-core";
import { expect, test } from "vitest";
import { findings, type Language, shot } from "./browser";
import { session } from "./session";
import { answered, words, write } from "./words";

const { visit } = session();

const CONVERSATION = "01900000-0000-7000-8000-000000000001";
const RUN = "01900000-0000-7000-8000-000000000002";

/** The server's side of one conversation of one message. */
class Script {
  #seq = 0;
  #socket: WebSocketRoute | null = null;

  /** Takes the first message; everything else is the real server's to answer. */
  join(socket: WebSocketRoute): void {
    const behind = socket.connectToServer();
    this.#socket = socket;
    socket.onMessage((text) => {
      const frame = JSON.parse(String(text));
      if (frame.type === "message") this.#take(frame);
      else if (frame.type !== "subscribe") behind.send(text);
    });
  }

  event(event: object): void {
    const [seq, at] = [++this.#seq, new Date().toISOString()];
    this.#say({ type: "event", conversation_id: CONVERSATION, run_id: RUN, seq, at, event });
  }

  #take({ id, content }: { id: string; content: string }): void {
    this.#say({ type: "accepted", id, conversation_id: CONVERSATION, run_id: RUN });
    this.event({ kind: "message", id, role: "user", content });
    this.event({ kind: "queued" });
    this.event({ kind: "started" });
    this.event({ kind: "status", label: "moving_workspace" });
  }

  #say(frame: object): void {
    this.#socket?.send(JSON.stringify(frame));
  }
}

for (const language of ["en", "ko"] as const satisfies Language[]) {
  for (const width of [1280, 360]) {
    test(`a message that waits for the workspace to move says so, until it is there (${language}, ${width} px)`, () =>
      visit({ language, width, expected: /404/ }, async (page) => {
        const t = words[language];
        const script = new Script();
        await page.routeWebSocket("**/workspace/me", (socket) => script.join(socket));
        await page.reload();
        await write(page, "hello");
        const turn = page.locator("article");
        const bar = page.getByRole("region", { name: t.bar.label });
        await turn.getByText(t.status.movingWorkspace).waitFor();
        await bar.getByText(t.status.movingWorkspace).waitFor();
        await turn.getByText(t.status.movingHelp).waitFor();
        const chip = page.locator("header").getByText(t.workspace.moving, { exact: true });
        await chip.waitFor();
        expect(await turn.getAttribute("aria-busy")).toBe("true");
        await shot(page, `moving-${language}-${width}`);
        expect(await findings(page)).toEqual([]);

        script.event({ kind: "status", label: "starting_claude" });
        await turn.getByText(t.status.startingClaude).waitFor();
        // What is read out follows a moment later.
        await expect.poll(() => page.getByText(t.status.movingWorkspace, { exact: true }).count()).toBe(0);
        expect(await turn.getByText(t.status.movingHelp).count()).toBe(0);
        await chip.waitFor({ state: "detached" });
        script.event({ kind: "text", block: 0, text: "Here I am." });
        script.event({
          kind: "finished",
          state: "succeeded",
          reason: null,
          result: null,
          duration_ms: 9_000,
        });
        expect(await answered(page)).toContain("Here I am.");
        await bar.getByText(t.bar.idle).waitFor();
      }));
  }
}
