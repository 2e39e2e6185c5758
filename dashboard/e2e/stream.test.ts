/** Nothing is lost and nothing comes twice, whatever happens in the middle of an answer. */
import type { Page, WebSocketRoute } from "playwright-core";
import { expect, test } from "vitest";
import { sent, shot, stored } from "./browser";
import { session } from "./session";
import { answered, words, write } from "./words";

const { berth, visit } = session();
const t = words.en;

/** Some ten seconds of text. */
const SLOW = "[[slow:80]][[say:LONG:120]]";

/** The answer on the screen is the stored one, once. */
async function whole(page: Page): Promise<void> {
  await answered(page);
  const log = await stored(page);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  expect(log.filter(({ event }) => event.kind === "finished")).toHaveLength(1);
  const texts = log.flatMap(({ event }) => (event.kind === "text" ? [event.text ?? ""] : []));
  const answer = texts.join(" ").replace(/\s+/g, " ").trim();
  expect(answer.split(" ").length).toBeGreaterThan(100);
  const prose = async () => (await page.locator("article .prose-block").allInnerTexts()).join(" ");
  await expect.poll(async () => (await prose()).replace(/\s+/g, " ").trim()).toBe(answer);
  expect(await page.locator("article").count()).toBe(1);
}

async function inMidStream(page: Page): Promise<void> {
  await write(page, SLOW);
  await page.waitForFunction(() => {
    const text = [...document.querySelectorAll("article .prose-block")]
      .map((part) => part.textContent)
      .join(" ");
    return text.split(/\s+/).length > 15;
  });
  expect(await page.locator("article[aria-busy=true]").count()).toBe(1);
}

test("a reload in mid-stream goes on with nothing lost or doubled", () =>
  visit({}, async (page) => {
    await inMidStream(page);
    await page.reload();
    await page.locator("article[aria-busy=true] .prose").first().waitFor();
    await whole(page);
    expect(await sent(page)).toEqual([SLOW]);
  }));

test("a server that is killed in mid-stream comes back, and the answer with it", () =>
  visit({ expected: /WebSocket connection|ERR_CONNECTION_REFUSED|Failed to load resource/ }, async (page) => {
    await inMidStream(page);
    await berth.crash();
    await page.getByText(/Reconnecting in/).waitFor();
    await shot(page, "reconnecting-en");
    await berth.start();
    await page.getByText(/Reconnecting in|Connecting/).waitFor({ state: "detached" });
    await whole(page);
    await write(page, "hello");
    expect(await answered(page, 2)).toContain("demo model");
  }));

test("Stop ends a long task in words, and the next message works", () =>
  visit({}, async (page) => {
    await page.getByRole("button", { name: t.welcome.long }).click();
    await page.locator("article button[aria-expanded]", { hasText: "Running Python" }).waitFor();
    await page.getByRole("button", { name: t.composer.stop, exact: true }).click();
    expect(await answered(page)).toContain("Cancelled: you stopped this answer");
    expect(await page.getByText(t.tool.failed).count(), "a stopped tool did not fail").toBe(0);
    await shot(page, "stopped-en");
    await write(page, "hello");
    expect(await answered(page, 2)).toContain("demo model");
  }));

test("a message written while another is answered waits, and can be taken back", () =>
  visit({}, async (page) => {
    await page.getByRole("button", { name: t.welcome.long }).click();
    await page.locator("article button[aria-expanded]", { hasText: "Running Python" }).waitFor();
    await write(page, "and then this");
    await page.locator("article").nth(1).getByText(t.status.queued).waitFor();
    await page.getByRole("button", { name: t.chat.queuedCancel }).click();
    expect(await answered(page, 2)).toContain("Cancelled");
    expect(await page.locator("article[aria-busy=true]").count(), "the first goes on").toBe(1);
    await page.getByRole("button", { name: t.composer.stop, exact: true }).click();
    await answered(page);
  }));

test("a message written without a connection is sent once when it is back, also over a reload", () =>
  visit({ expected: /WebSocket connection/ }, async (page) => {
    const sockets = new Set<WebSocketRoute>();
    let cut = false;
    await page.routeWebSocket("**/workspace/me", (socket) => {
      if (cut) return void socket.close();
      sockets.add(socket);
      socket.connectToServer();
    });
    await page.reload();
    await write(page, "hello");
    await answered(page);
    cut = true;
    for (const socket of sockets) await socket.close();
    await page.getByText(/Reconnecting in|Connecting/).waitFor();
    await write(page, "And once more?");
    await page.getByText(t.chat.sendingOffline).waitFor();
    await page.reload();
    await page.getByText("And once more?").waitFor();
    await page.getByText(t.chat.sendingOffline).waitFor();
    cut = false;
    await answered(page, 2);
    expect((await sent(page)).filter((text) => text === "And once more?")).toHaveLength(1);
  }));

test("a key that is refused is told in words, with the way to Settings", () =>
  visit({}, async (page) => {
    await write(page, "[[fault:401*20]][[say:never]]");
    expect(await answered(page)).toContain(t.reason.keyRefused);
    await page.getByRole("button", { name: t.outcome.again }).waitFor();
    await shot(page, "key-refused-en");
    await page.locator("article").getByRole("link", { name: t.nav.settings }).click();
    await page.getByRole("heading", { level: 1, name: t.settings.title }).waitFor();
  }));
