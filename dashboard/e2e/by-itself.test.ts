/** Agents that run by themselves: from a sentence to a result on Today, times that are over, and a day on which not all went well. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findings, type Language, shot } from "./browser";
import { ended, makeAgent, makeUp, putFile, read, removeAgents, runToEnd, startRun } from "./made";
import { session } from "./session";
import { answered, words, write } from "./words";

const { berth, visit } = session();
const LANGUAGES = ["en", "ko"] as const satisfies Language[];
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

interface Item {
  id: string;
  name: string;
  state: string;
  trigger: string;
}

const items = async (page: Page, path: string) => (await read<{ items: Item[] }>(page, path)).items;

const band = (page: Page, name: string) =>
  page.locator("section", { has: page.getByRole("heading", { level: 2, name }) });

async function open(page: Page, path: string): Promise<void> {
  await page.goto(berth.origin + path);
  await page.locator("main h1").first().waitFor();
}

/** A shot and axe, of a screen that is complete. */
async function look(page: Page, name: string): Promise<void> {
  await page.waitForLoadState("networkidle");
  await shot(page, name);
  expect(await findings(page), name).toEqual([]);
}

test("a sentence, confirmed, runs at its time, and Today has the result", { timeout: 300_000 }, async () => {
  const names = { en: "Sales table", ko: "매출 표" };
  // The workspace is awake, so that what follows takes seconds.
  await visit({}, async (page) => {
    await write(page, "hello");
    await answered(page);
  });
  // A minute that is not over before both are confirmed.
  const minute = new Date(Date.now() + 1.75 * MINUTE_MS).getMinutes();
  const sentences = {
    en: `Analyse sales.csv every hour at 8:${String(minute).padStart(2, "0")} and make a table`,
    ko: `8시 ${minute}분부터 매시간 sales.csv를 분석해서 표로 정리해 줘`,
  };
  for (const language of LANGUAGES) {
    await visit({ language }, async (page) => {
      const t = words[language].proposal;
      await write(page, sentences[language]);
      const card = page.getByRole("region", { name: t.agent });
      await card.getByRole("button", { name: t.confirm }).click();
      await card.getByText(t.confirmed, { exact: true }).waitFor();
    });
  }
  for (const language of LANGUAGES) {
    const t = words[language];
    await visit({ language }, async (page) => {
      await open(page, "/");
      const done = band(page, t.today.finished).getByRole("listitem").filter({ hasText: names[language] });
      await done.getByText(t.state.succeeded, { exact: true }).waitFor({ timeout: 3 * MINUTE_MS });
      await done.locator("img").waitFor();
      await look(page, `today-ran-by-itself-${language}`);
      await done.getByRole("link", { name: names[language] }).click();
      await page.locator("figure img").waitFor();
      await page.getByText(t.runs.triggers.schedule, { exact: true }).waitFor();
    });
  }
  await visit({}, removeAgents);
});

test("past times are made up for by an explicit act, with their number and cost", async () => {
  const prompt = "[[say:# Made up for]]";
  let agent = "";
  await visit({}, async (page) => {
    const time_zone = await page.evaluate(() => Intl.DateTimeFormat().resolvedOptions().timeZone);
    const schedule = { frequency: "daily", time: "08:00", time_zone };
    agent = await makeAgent(page, { name: "Daily figures", prompt, schedule });
    await runToEnd(page, agent);
  });
  // Three days in English, and one before them in Korean: a time that has run is not made up for again.
  for (const [language, first, count] of [
    ["en", 3, 3],
    ["ko", 4, 1],
  ] as const) {
    const t = words[language].schedule;
    const number = (text: Record<"one" | "other", string>) =>
      (count === 1 ? text.one : text.other).replace("{{count}}", String(count));
    await visit({ language }, async (page) => {
      const before = (await items(page, `/api/runs?agent_id=${agent}`)).length;
      await open(page, `/agents/${agent}?tab=schedule`);
      await page.getByRole("button", { name: t.backfill }).click();
      const dialog = page.locator("dialog[open]");
      await dialog.getByLabel(t.from, { exact: true }).fill(dayAgo(first));
      await dialog.getByLabel(t.to, { exact: true }).fill(dayAgo(1));
      await dialog.getByRole("button", { name: t.backfillCheck }).click();
      const runs = number({ one: t.backfillCount_one, other: t.backfillCount_other });
      await dialog.getByText(new RegExp(`^${runs}.*\\$\\d`)).waitFor();
      await look(page, `backfill-${language}`);
      expect(await items(page, `/api/runs?agent_id=${agent}`), "counting starts nothing").toHaveLength(
        before,
      );
      await dialog
        .getByRole("button", { name: number({ one: t.backfillDo_one, other: t.backfillDo_other }) })
        .click();
      const started = number({ one: t.backfillDone_one, other: t.backfillDone_other });
      await page.getByText(started, { exact: true }).waitFor();

      await open(page, `/runs?agent=${agent}`);
      const scheduled = page.locator("tbody tr").filter({ hasText: words[language].runs.triggers.schedule });
      await expect.poll(() => scheduled.count()).toBe(before - 1 + count);
      const done = scheduled.filter({ hasText: words[language].state.succeeded });
      await expect.poll(() => done.count()).toBe(before - 1 + count);
      await look(page, `backfill-runs-${language}`);
    });
  }
  await visit({}, removeAgents);
});

/** `YYYY-MM-DD` of a day before today. */
function dayAgo(count: number): string {
  const now = new Date();
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() - count);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

describe("a day on which not all went well", () => {
  const QUESTION = "Which year is meant, 2025 or 2026?";
  let failing = "";
  let asking = "";

  beforeAll(() =>
    visit({}, async (page) => {
      const hourly = { frequency: "hourly", time: "00:30", time_zone: "UTC" };
      const call = `[[call:mcp__berth__ask_owner:${JSON.stringify({ question: QUESTION })}]]`;
      asking = await makeAgent(page, { name: "Asks", prompt: call });
      await runToEnd(page, asking);
      // The model refuses the key, time after time.
      const prompt = "[[fault:401*20]][[say:never]]";
      failing = await makeAgent(page, { name: "Fails", prompt, schedule: hourly });
      const now = Date.now();
      const made = await makeUp(page, failing, new Date(now - 4 * HOUR_MS), new Date(now - HOUR_MS));
      expect(made).toBe(3);
      await page.evaluate(async (id) => {
        const reason = async () => (await (await fetch(`/api/agents/${id}/schedule`)).json()).paused_reason;
        while ((await reason()) !== "failures") await new Promise((later) => setTimeout(later, 300));
      }, failing);
    }),
  );
  afterAll(() => visit({}, removeAgents));

  const looks = [
    ["en", 1440, "light"],
    ["ko", 1440, "dark"],
    ["ko", 360, "light"],
  ] as const;
  test.each(looks)(
    "Today has the question and the pause under what needs its reader (%s, %i px, %s)",
    (language, width, theme) =>
      visit({ language, width, theme }, async (page) => {
        const t = words[language];
        await open(page, "/");
        const needs = band(page, t.today.needsYou).getByRole("listitem");
        const paused = needs.filter({ hasText: "Fails" });
        await paused.getByText(t.today.pausedFailures).waitFor();
        await paused.getByRole("button", { name: `${t.schedule.resume}: Fails` }).waitFor();
        const question = needs.filter({ hasText: "Asks" });
        await question.getByText(QUESTION).waitFor();
        await question.getByText(t.state.needs_you, { exact: true }).waitFor();
        await look(page, `today-needs-you-${language}-${width}-${theme}`);
        await question.getByRole("link", { name: "Asks" }).click();
        await page.getByRole("heading", { name: t.runs.question }).waitFor();
        await page.getByText(QUESTION).first().waitFor();
        await page.getByRole("link", { name: t.runs.editAgent }).waitFor();
      }),
  );

  test.each(LANGUAGES)("a question is no failure among the days of an agent (%s)", (language) =>
    visit({ language }, async (page) => {
      const t = words[language];
      await open(page, "/agents");
      const days = (name: string) =>
        page.locator("main li").filter({ has: page.getByRole("link", { name, exact: true }) });
      const told = (name: string, state: string, count: number) =>
        days(name).getByTitle(t.agents.dayCount.replace("{{state}}", state).replace("{{count}}", `${count}`));
      await told("Asks", t.state.needs_you, 1).waitFor();
      await told("Fails", t.state.failed, 3).waitFor();
      expect(await told("Asks", t.state.failed, 1).count()).toBe(0);
      await look(page, `agents-week-${language}`);
    }),
  );

  test("a schedule that paused itself goes on when its owner says so", () =>
    visit({}, async (page) => {
      const t = words.en;
      await open(page, "/");
      await page.getByRole("button", { name: `${t.schedule.resume}: Fails` }).click();
      await page.getByText(t.schedule.resumed, { exact: true }).waitFor();
      await band(page, t.today.next).getByText("Fails").waitFor();
      await page.getByRole("button", { name: `${t.schedule.resume}: Fails` }).waitFor({ state: "detached" });
    }));
});

test("the ledger tells of every time what became of it, and why", { timeout: 180_000 }, async () => {
  let agent = "";
  await visit({}, async (page) => {
    await putFile(page, "hold", "until it is removed");
    // Half an hour from now: no time comes due while the test goes on.
    const minute = new Date(Date.now() + HOUR_MS / 2).getUTCMinutes();
    const schedule = {
      frequency: "hourly",
      time: `00:${String(minute).padStart(2, "0")}`,
      time_zone: "UTC",
      overlap: "skip",
    };
    agent = await makeAgent(page, { name: "Every hour", prompt: "[[say:# Figures]]", schedule });
  });
  await berth.oversleep(190);
  await visit({}, async (page) => {
    const late = async () => (await items(page, `/api/runs?agent_id=${agent}`)).map(({ state }) => state);
    await expect.poll(late, { message: "the newest of three times" }).toEqual(["succeeded"]);
    // Something of the agent is at work while an earlier time is to be made up for: a draft of it, tried by hand.
    const spec = await read<{ schedule: unknown }>(page, `/api/agents/${agent}`);
    const prompt = "[[bash:while [ -e /workspace/hold ]; do sleep 1; done]]";
    const run = await page.evaluate(
      async ([id, body]) => {
        const headers = { "content-type": "application/json", "idempotency-key": crypto.randomUUID() };
        const answer = await fetch(`/api/agents/${id}/runs`, { method: "POST", headers, body });
        return (await answer.json()).run_id as string;
      },
      [agent, JSON.stringify({ spec: { ...specOf(spec), prompt } })] as const,
    );
    const now = Date.now();
    expect(await makeUp(page, agent, new Date(now - 5 * HOUR_MS), new Date(now - 4 * HOUR_MS))).toBe(1);
    const outcomes = async () => {
      const slots = await read<{ items: { outcome: string }[] }>(page, `/api/agents/${agent}/slots`);
      return slots.items.map(({ outcome }) => outcome);
    };
    await expect.poll(outcomes).toEqual(["ran", "missed", "missed", "skipped"]);
    await putFile(page, "hold");
    await ended(page, run);
  });
  for (const [language, width, theme] of [
    ["en", 1440, "light"],
    ["ko", 1440, "dark"],
    ["ko", 360, "light"],
  ] as const) {
    await visit({ language, width, theme }, async (page) => {
      const t = words[language];
      await open(page, `/agents/${agent}?tab=schedule`);
      const rows = page.locator("section[aria-labelledby=ledger] tbody tr");
      const row = (at: number, outcome: string, why?: string) => {
        const told = rows.nth(at).filter({ hasText: outcome });
        return (why ? told.filter({ hasText: why }) : told).waitFor();
      };
      await row(0, `${t.schedule.ran}(${t.schedule.late})`);
      await row(1, t.state.missed, t.schedule.reason.superseded);
      await row(2, t.state.missed, t.schedule.reason.superseded);
      await row(3, t.state.skipped, t.schedule.reason.overlap);
      await rows.nth(3).scrollIntoViewIfNeeded();
      await look(page, `ledger-${language}-${width}-${theme}`);
      await rows.nth(0).getByRole("link").click();
      await page.getByRole("heading", { name: "Figures" }).waitFor();
    });
  }
  await visit({}, removeAgents);
});

test("a run that the next one of its schedule replaced says so, and not that its reader stopped it", async () => {
  let replaced = "";
  await visit({}, async (page) => {
    await putFile(page, "hold", "until it is removed");
    const agent = await makeAgent(page, {
      name: "Newest first",
      prompt: "[[bash:while [ -e /workspace/hold ]; do sleep 1; done]]",
      schedule: { frequency: "hourly", time: "00:30", time_zone: "UTC", overlap: "cancel_previous" },
    });
    replaced = await startRun(page, agent);
    const state = async () => (await read<Item>(page, `/api/runs/${replaced}`)).state;
    await expect.poll(state).toBe("running");
    const now = Date.now();
    expect(await makeUp(page, agent, new Date(now - 2 * HOUR_MS), new Date(now - HOUR_MS))).toBe(1);
    await expect.poll(state).toBe("cancelled");
    await putFile(page, "hold");
  });
  for (const language of LANGUAGES) {
    await visit({ language }, async (page) => {
      await open(page, `/runs/${replaced}`);
      await page.getByText(words[language].reason.replacedByNext).first().waitFor();
      await look(page, `run-replaced-${language}`);
    });
  }
  await visit({}, removeAgents);
});

/** The fields of an agent that a draft of it has. */
function specOf(agent: object): object {
  const fields = ["name", "model", "time_limit_seconds", "cost_limit_usd", "network", "done", "notify"];
  return Object.fromEntries(Object.entries(agent).filter(([field]) => fields.includes(field)));
}
