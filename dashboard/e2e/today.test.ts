/** Today: for who has no agent yet, and for who has. */
import { expect, test } from "vitest";
import { findings, type Language, shot } from "./browser";
import { HAS_REPORT, makeAgent, removeAgents, runToEnd, SALES } from "./made";
import { session } from "./session";
import { words } from "./words";

const { berth, visit } = session();
const LANGUAGES = ["en", "ko"] as const satisfies Language[];

for (const language of LANGUAGES) {
  const t = words[language];

  test(`who has no agent is shown three, with their cost and time, and begins with one (${language})`, () =>
    visit({ language, width: 360, height: 740 }, async (page) => {
      await page.goto(`${berth.origin}/`);
      await page.getByRole("heading", { name: t.today.emptyTitle }).waitFor();
      const use = page.getByRole("link", { name: t.today.use });
      await use.nth(2).waitFor();
      // What nobody has run yet has no typical figures: what is promised is the most.
      const most = (words: string, figure: string) =>
        page.getByText(new RegExp(`^${words.replace(/\{\{\w+\}\}/, figure)}$`));
      await expect.poll(() => most(t.today.takesAtMost, "\\d+ ?(min|분)").count()).toBe(3);
      await expect.poll(() => most(t.today.costsAtMost, "(US)?\\$[\\d.]+").count()).toBe(3);
      await shot(page, `today-empty-${language}-360`);
      expect(await findings(page)).toEqual([]);
      const width = await page.evaluate(() => document.querySelector("main .thin-scroll")?.scrollWidth);
      expect(width).toBeLessThanOrEqual(360);
      await use.first().click();
      await page.waitForURL(/\/agents\/new\?template=/);
      const name = page.getByLabel(t.agents.editor.name, { exact: true });
      await expect.poll(() => name.inputValue()).not.toBe("");
    }));
}

test("what is done, what went wrong and what comes next stand each in their band", async () => {
  await visit({}, async (page) => {
    const schedule = { frequency: "daily", time: "08:00", time_zone: "Asia/Seoul" };
    const sales = await makeAgent(page, { name: "Branch sales", prompt: SALES, schedule });
    await runToEnd(page, sales);
    const lazy = await makeAgent(page, { name: "Does nothing", prompt: "[[say:Done.]]", done: HAS_REPORT });
    await runToEnd(page, lazy);
  });
  for (const language of LANGUAGES) {
    const t = words[language].today;
    await visit({ language }, async (page) => {
      await page.goto(`${berth.origin}/`);
      const band = (name: string) =>
        page.locator("section", { has: page.getByRole("heading", { level: 2, name }) });
      const finished = band(t.finished);
      await finished.getByRole("link", { name: "Branch sales" }).waitFor();
      await finished.locator("img").waitFor();
      await band(t.failed).getByText("Does nothing").waitFor();
      await band(t.failed).getByText(words[language].state.unproved).waitFor();
      await band(t.next).getByText("Branch sales").waitFor();
      await shot(page, `today-${language}`);
      expect(await findings(page)).toEqual([]);
      await finished.getByRole("link", { name: "Branch sales" }).click();
      await page.locator("figure img").waitFor();
    });
  }
  await visit({}, removeAgents);
});
