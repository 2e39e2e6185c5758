/** A month's budget: set, shown with what is spent of it, and kept. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { findings, type Language, shot, type Theme } from "./browser";
import { makeAgent, read, runToEnd } from "./made";
import { session } from "./session";
import { words } from "./words";

const { berth, visit } = session();
let agent = "";

beforeAll(() =>
  visit({}, async (page) => {
    agent = await makeAgent(page, { name: "Says hello", prompt: "[[say:# Hello]]" });
    await runToEnd(page, agent);
  }),
);

async function setBudget(page: Page, amount: string): Promise<void> {
  const t = words.en.settings;
  await page.goto(`${berth.origin}/settings#budget`);
  const budget = page.locator("#budget");
  await budget.getByLabel(t.budgetMonthly).fill(amount);
  await budget.getByRole("button", { name: t.budgetSave }).click();
  await page.getByText(t.budgetSaved, { exact: true }).waitFor();
}

test("a budget is set, and the amounts that are none are refused at once", () =>
  visit({}, async (page) => {
    const t = words.en;
    await page.goto(`${berth.origin}/usage`);
    const month = page.getByRole("region", { name: t.usage.budget });
    await month.getByText(t.usage.budgetNoneText).waitFor();
    await month.getByRole("link", { name: t.usage.budgetSet }).click();
    const budget = page.locator("#budget");
    await budget.getByLabel(t.settings.budgetMonthly).fill("-1");
    await budget.getByText(t.settings.budgetWrong).waitFor();
    expect(await findings(page)).toEqual([]);
    await setBudget(page, "30");
    await shot(page, "settings-budget-en");
  }));

const looks: [Language, Theme, number][] = [
  ["en", "light", 1440],
  ["ko", "dark", 1440],
  ["ko", "light", 360],
];
test.each(looks)("what is spent of it is told in words and drawn (%s, %s, %i px)", (language, theme, width) =>
  visit({ language, theme, width }, async (page) => {
    const t = words[language].usage;
    await page.goto(`${berth.origin}/usage`);
    const month = page.getByRole("region", { name: t.budget });
    await month.getByText(/\$0\.0\d+.*\$30\.00|\$30\.00.*\$0\.0\d+/).waitFor();
    // A level line has no height, and would not count as visible.
    await page.locator(".recharts-reference-line-line").waitFor({ state: "attached" });
    await page.getByText(t.budgetDay.replace(/: .*/, "")).waitFor();
    await page.waitForLoadState("networkidle");
    await shot(page, `usage-budget-${language}-${theme}-${width}`);
    expect(await findings(page)).toEqual([]);
  }),
);

test("a run stops before it passes the budget, and says so; without one it goes on", () =>
  visit({}, async (page) => {
    const t = words.en;
    await setBudget(page, "0.01");
    const stopped = await runToEnd(page, agent);
    await page.goto(`${berth.origin}/runs/${stopped}`);
    await page.locator("main h1").getByText(t.state.budget_stopped).waitFor();
    await page.getByText(t.reason.budget).first().waitFor();
    await page.goto(`${berth.origin}/usage`);
    const month = page.getByRole("region", { name: t.usage.budget });
    await month.getByText(t.usage.budgetOver.replace(/\{\{.*/, "")).waitFor();
    await shot(page, "usage-budget-over-en");
    await setBudget(page, "");
    const run = await runToEnd(page, agent);
    expect(await read<object>(page, `/api/runs/${run}`)).toMatchObject({ state: "succeeded" });
  }));
