/** Runs: the list and its address, a run with its result first, one that goes on, and two beside each other. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { findings, type Language, shot } from "./browser";
import { HAS_REPORT, makeAgent, runToEnd, SALES, startRun } from "./made";
import { session } from "./session";
import { words } from "./words";

const { berth, visit } = session();
let agent = "";
let proved = "";
let unproved = "";

beforeAll(() =>
  visit({}, async (page) => {
    agent = await makeAgent(page, { name: "Branch sales", prompt: SALES, done: HAS_REPORT });
    await runToEnd(page, agent);
    proved = await runToEnd(page, agent);
    const lazy = await makeAgent(page, { name: "Does nothing", prompt: "[[say:Done.]]", done: HAS_REPORT });
    unproved = await runToEnd(page, lazy);
  }),
);

async function open(page: Page, path: string, complete: string): Promise<void> {
  await page.goto(berth.origin + path);
  await page.locator(complete).first().waitFor();
}

for (const language of ["en", "ko"] as const satisfies Language[]) {
  const t = words[language];

  test(`a run shows its result, its chart and its checks first, then how it got there (${language})`, () =>
    visit({ language }, async (page) => {
      await open(page, `/runs/${proved}`, "figure img");
      const expected = ["Sales by branch", t.runs.checks, t.runs.steps, t.runs.log, t.runs.audit];
      const order = async () => {
        const headings = await page.locator("main h1, main h2").allInnerTexts();
        return headings.flatMap((heading) => expected.filter((name) => heading.startsWith(name)));
      };
      await expect.poll(order).toEqual(expected);
      await page.getByRole("table").first().getByText("1,200").waitFor();
      await page.getByText(t.agents.done.met, { exact: true }).waitFor();
      await shot(page, `run-agent-${language}`);
      expect(await findings(page)).toEqual([]);

      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: t.runs.downloadAll }).click();
      expect((await download).suggestedFilename()).toMatch(/\.zip$/);
      await page.getByLabel(t.runs.logSearch).fill("report.csv");
      await page.locator("section[aria-labelledby=log]").getByText("report.csv").first().waitFor();
    }));

  test(`what ended well without what was asked is told as unproved (${language})`, () =>
    visit({ language }, async (page) => {
      await open(page, `/runs/${unproved}`, "#checks");
      await page.getByText(t.state.unproved, { exact: true }).waitFor();
      await page.getByText(t.runs.unproved).waitFor();
      await page.getByText(t.agents.done.unmet, { exact: true }).waitFor();
      await shot(page, `run-unproved-${language}`);
      expect(await findings(page)).toEqual([]);
    }));
}

test("what the list is narrowed to stands in its address", () =>
  visit({}, async (page) => {
    const t = words.en.runs;
    await open(page, "/runs", "tbody tr a");
    const rows = page.locator("tbody tr a");
    await expect.poll(() => rows.count()).toBe(3);
    await page.getByLabel(t.state, { exact: true }).selectOption({ label: words.en.state.unproved });
    await page.waitForURL(/state=unproved/);
    const names = () => rows.allInnerTexts();
    await expect.poll(names).toEqual(["Does nothing"]);
    await page.reload();
    await expect.poll(names).toEqual(["Does nothing"]);
    await page.getByLabel(t.agent, { exact: true }).selectOption({ label: t.onlyChats });
    await page.getByText(t.emptyFilterText).waitFor();
    await page.getByRole("button", { name: t.clear }).first().click();
    await rows.nth(2).waitFor();
    expect(new URL(page.url()).search).toBe("");
    await page.getByLabel(t.agent, { exact: true }).selectOption({ label: "Branch sales" });
    await expect.poll(names).toEqual(["Branch sales", "Branch sales"]);
  }));

test("two runs of an agent stand beside each other", () =>
  visit({}, async (page) => {
    const t = words.en.runs;
    await open(page, `/runs/${proved}`, "figure img");
    await page.getByRole("link", { name: t.compare }).click();
    await page.getByText(t.inBoth).first().waitFor();
    const results = page.getByRole("heading", { name: "Sales by branch" });
    await expect.poll(() => results.count()).toBe(2);
    await page.getByRole("radio", { name: t.changes }).click();
    await page.getByText(t.sameText).waitFor();
    await shot(page, "compare-en");
    expect(await findings(page)).toEqual([]);
  }));

test("a run that goes on is followed, stopped, and started again", () =>
  visit({}, async (page) => {
    const t = words.en;
    const slow = await makeAgent(page, {
      name: "Counts",
      prompt: "[[bash:for i in $(seq 60); do sleep 2; done]]",
    });
    const run = await startRun(page, slow);
    await open(page, `/runs/${run}`, "main h1");
    const log = page.locator("section[aria-labelledby=log]");
    await log.getByText(t.runs.logLive).waitFor();
    await log.getByText("tool_use").first().waitFor();
    await shot(page, "run-live-en");
    expect(await findings(page)).toEqual([]);
    await page.getByRole("button", { name: t.runs.stop }).click();
    await page.locator("dialog[open]").getByRole("button", { name: t.runs.stop }).click();
    await page.locator("main h1").getByText(t.state.cancelled).waitFor();
    await page.getByRole("button", { name: t.runs.retry }).click();
    await page.getByRole("link", { name: t.runs.retryOf }).waitFor();
    expect(page.url()).not.toContain(run);
    await page.getByRole("button", { name: t.runs.stop }).click();
    await page.locator("dialog[open]").getByRole("button", { name: t.runs.stop }).click();
    await page.locator("main h1").getByText(t.state.cancelled).waitFor();
  }));

test("from anywhere to a result with the keyboard alone", () =>
  visit({}, async (page) => {
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.keyboard.press("g");
    await page.keyboard.press("r");
    await page.locator("tbody tr a").first().waitFor();
    for (let count = 0; count < 40; count++) {
      await page.keyboard.press("Tab");
      const href = await page.evaluate(() => document.activeElement?.getAttribute("href"));
      if (href?.startsWith("/runs/")) break;
    }
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/runs\/[\w-]+$/);
    await page.locator("#log").waitFor();
  }));
