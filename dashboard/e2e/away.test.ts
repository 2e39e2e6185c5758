/** The server's store is away for a while, as one in the cloud can be: the page says so, and needs no hand to come back. */
import type { Page, WebSocketRoute } from "playwright-core";
import { expect, test } from "vitest";
import { findings, shot } from "./browser";
import { makeAgent, runToEnd } from "./made";
import { session } from "./session";
import { answered, words, write } from "./words";

const { berth, visit } = session();

const PROBLEM = { type: "about:blank", title: "Away", status: 503, code: "store.unavailable" };

/** What a browser has to say of it. */
const EXPECTED = /Failed to load resource/;

/** Takes the store away from whatever is read; what is `spared` is answered. */
async function takeAway(page: Page, spared: RegExp | null): Promise<() => Promise<void>> {
  const reads = /\/api\//;
  await page.route(reads, async (route, request) => {
    if (request.method() !== "GET" || spared?.test(request.url())) return route.fallback();
    const contentType = "application/problem+json";
    await route.fulfill({ status: 503, contentType, body: JSON.stringify(PROBLEM) });
  });
  return () => page.unroute(reads);
}

const wide = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

for (const [language, width] of [
  ["en", 1280],
  ["ko", 360],
] as const) {
  test(`every page says that its data is away, and comes back by itself (${language}, ${width} px)`, () =>
    visit({ language, width, expected: EXPECTED }, async (page) => {
      const t = words[language];
      await write(page, "hello");
      await answered(page);
      const conversation = new URL(page.url()).pathname;
      const agent = await makeAgent(page, { name: "Report", prompt: "hello" });
      const run = await runToEnd(page, agent);
      const places = {
        today: "/",
        chat: conversation,
        agents: "/agents",
        agent: `/agents/${agent}`,
        runs: "/runs",
        run: `/runs/${run}`,
        files: "/files",
        usage: "/usage",
        settings: "/settings",
      };
      const told = page.getByText(t.error.storeWaits).or(page.getByText(t.error.partWaits));
      for (const [name, path] of Object.entries(places)) {
        const comeBack = await takeAway(page, /user\/profile/);
        await page.goto(`${berth.origin}${path}`);
        // Once in full, whatever else of the page is missing.
        await page.getByRole("alert").getByText(t.error.storeWaits).waitFor();
        await page.getByRole("alert").getByRole("button", { name: t.common.tryNow }).waitFor();
        await shot(page, `away-${name}-${language}-${width}`);
        expect(await findings(page), name).toEqual([]);
        expect(await wide(page), name).toBe(false);
        await comeBack();
        await expect.poll(() => told.count(), { message: name }).toBe(0);
        expect(await page.getByRole("alert").count(), name).toBe(0);
      }
    }));

  test(`a page that is opened while nothing can be read comes by itself (${language}, ${width} px)`, () =>
    visit({ language, width, expected: EXPECTED }, async (page) => {
      const t = words[language];
      const comeBack = await takeAway(page, null);
      await page.reload();
      await page.getByText(t.error.storeWaits).waitFor();
      await shot(page, `away-all-${language}-${width}`);
      expect(await findings(page)).toEqual([]);
      await comeBack();
      await page.getByRole("heading", { level: 1, name: t.welcome.title }).waitFor();
    }));

  test(`a conversation whose subscription is refused goes on by itself, whole (${language}, ${width} px)`, () =>
    visit({ language, width }, async (page) => {
      const t = words[language];
      await write(page, "hello");
      await answered(page);
      const server = { away: true };
      await page.routeWebSocket("**/workspace/me", (socket) => refuseWhileAway(socket, server));
      await page.reload();
      const late = page.getByText(t.connection.delayed, { exact: true });
      await late.waitFor();
      await shot(page, `delayed-${language}-${width}`);
      expect(await findings(page)).toEqual([]);
      expect(await wide(page)).toBe(false);
      // It goes on elsewhere meanwhile, unseen here.
      const [run] = await page.evaluate(async () => (await (await fetch("/api/runs?limit=1")).json()).items);
      await page.evaluate((id) => fetch(`/api/runs/${id}/retry`, { method: "POST" }), run.id);
      await page.waitForFunction(async () => {
        const { items } = await (await fetch("/api/runs?limit=2")).json();
        return items.length === 2 && items.every(({ state }: { state: string }) => state === "succeeded");
      });
      expect(await page.locator("article").count(), "nobody has told").toBe(1);
      server.away = false;
      await answered(page, 2);
      await late.waitFor({ state: "detached" });
      expect(await page.locator("article").count()).toBe(2);
    }));
}

test("a Stop that is refused can be pressed again", () =>
  visit({}, async (page) => {
    const t = words.en;
    const server = { away: false };
    await page.routeWebSocket("**/workspace/me", (socket) => refuseWhileAway(socket, server));
    await page.reload();
    await page.getByRole("button", { name: t.welcome.long }).click();
    await page.locator("article button[aria-expanded]", { hasText: "Running Python" }).waitFor();
    server.away = true;
    const stop = page.getByRole("button", { name: t.composer.stop, exact: true });
    await stop.click();
    await page.getByText(t.connection.delayed, { exact: true }).waitFor();
    // Asked another way, the answer tells whether it was heard.
    await stop.click();
    await page.getByRole("button", { name: t.composer.stopping }).waitFor();
    server.away = false;
    expect(await answered(page)).toContain("Cancelled: you stopped this answer");
  }));

/** What a server says whose store does not know for now whose conversation it is. */
function refuseWhileAway(socket: WebSocketRoute, server: { away: boolean }): void {
  const behind = socket.connectToServer();
  const refusal = { type: "error", code: "store.unavailable", message: "away", id: null };
  socket.onMessage((message) => {
    const asksStore = ["subscribe", "interrupt"].includes(JSON.parse(String(message)).type);
    if (server.away && asksStore) socket.send(JSON.stringify(refusal));
    else behind.send(message);
  });
}
