/** The roles of Google Cloud, used by somebody in a browser, also while the store or the messages are away for a minute. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, shot, stored, visit } from "./browser";
import { Cloud, STARTS_WITHIN_MS } from "./cloud";
import { answered, words, write } from "./words";

const OUTAGE_MS = 60_000;
/** Some forty seconds of text, so that most of it comes while something is away. */
const SLOW = "[[slow:100]][[say:LONG:400]]";
const t = words.en;

const cloud = new Cloud();
let browser: Browser;
let accounts: string;

beforeAll(async () => {
  browser = await launch();
  await cloud.start();
  accounts = await cloud.accounts();
}, STARTS_WITHIN_MS);

afterAll(async () => {
  await browser?.close();
  await cloud.end();
}, STARTS_WITHIN_MS);

/** Somebody who is signed in and knows their way. What is away is said in the console as well. */
function come(act: (page: Page) => Promise<void>): Promise<void> {
  const expected = /40[134]|50[234]|WebSocket|Failed to load resource/;
  return visit(browser, cloud, { at: cloud.origin, also: accounts, expected }, async (page) => {
    await page.getByRole("link", { name: t.signIn.google }).click();
    await page.getByRole("link", { name: "owner@example.com" }).click();
    await page.waitForURL((url) => url.origin === cloud.origin && url.pathname !== "/sign-in");
    const isKnown = () => page.evaluate(async () => (await fetch("/api/user/profile")).ok);
    await expect.poll(isKnown).toBe(true);
    await ask(page, "POST", "/api/user/onboarding", {});
    await page.goto(`${cloud.origin}/chat`);
    await act(page);
  });
}

function ask(page: Page, method: string, path: string, body: object): Promise<{ id: string }> {
  return page.evaluate(
    async ([method, path, body]) => {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(path, { method, headers, body });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      return answer.status === 204 ? {} : answer.json();
    },
    [method, path, JSON.stringify(body)] as const,
  );
}

const wordsShown = async (page: Page) =>
  (await page.locator("article .prose-block").allInnerTexts()).join(" ").split(/\s+/).length;

/** Every event of the conversation is there once and in order, and every run has ended once. */
async function whole(page: Page, runs: number): Promise<void> {
  const log = await stored(page);
  expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
  for (const kind of ["queued", "finished"])
    expect(log.filter(({ event }) => event.kind === kind)).toHaveLength(runs);
  expect(await page.locator("article").count()).toBe(runs);
}

/** The first answer on the screen is the stored one, word for word. */
async function wordForWord(page: Page): Promise<void> {
  const log = await stored(page);
  const texts = log.flatMap(({ event }) => (event.kind === "text" ? [event.text ?? ""] : []));
  const shown = await page.locator("article .prose-block").allInnerTexts();
  const all = (parts: string[]) => parts.join(" ").split(/\s+/).filter(Boolean);
  expect(all(texts).length).toBeGreaterThan(399);
  expect(all(shown)).toEqual(all(texts));
}

test(
  "a message is answered, and an agent that runs every minute tells its result on Today",
  () =>
    come(async (page) => {
      const agent = await ask(page, "POST", "/api/agents", { name: "Every minute", prompt: "Say hello." });
      const schedule = { frequency: "cron", cron: "* * * * *", time_zone: "Asia/Seoul" };
      await ask(page, "PUT", `/api/agents/${agent.id}/schedule`, schedule);
      await write(page, "hello");
      expect(await answered(page)).toContain("demo model");
      await whole(page, 1);
      await page.goto(cloud.origin);
      const finished = page.locator("section", {
        has: page.getByRole("heading", { level: 2, name: t.today.finished }),
      });
      await finished.getByRole("link", { name: "Every minute" }).first().waitFor({ timeout: 120_000 });
      await shot(page, "cloud-today");
      await ask(page, "POST", `/api/agents/${agent.id}/schedule/pause`, {});
    }),
  240_000,
);

test(
  "a minute without the store: work goes on in sight, and all of it is there afterwards, once",
  () =>
    come(async (page) => {
      await write(page, SLOW);
      await expect.poll(() => wordsShown(page)).toBeGreaterThan(15);
      await cloud.without("firestore", OUTAGE_MS, async () => {
        const before = await wordsShown(page);
        await expect.poll(() => wordsShown(page)).toBeGreaterThan(before + 100);
        await shot(page, "cloud-store-away");
      });
      await answered(page);
      await whole(page, 1);
      await wordForWord(page);
      await write(page, "hello");
      expect(await answered(page, 2)).toContain("demo model");
      await whole(page, 2);
    }),
  240_000,
);

test(
  "a minute without messages between the roles: what was accepted runs, once",
  () =>
    come(async (page) => {
      await write(page, "hello");
      await answered(page);
      await cloud.without("pubsub", OUTAGE_MS, async () => {
        await write(page, "hello again");
        await page.locator("article").nth(1).waitFor();
        await shot(page, "cloud-messages-away");
      });
      expect(await answered(page, 2)).toContain("demo model");
      await whole(page, 2);
    }),
  240_000,
);
