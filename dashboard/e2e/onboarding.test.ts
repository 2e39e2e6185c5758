/** The first visit: four screens with a real run among them, in both languages; and the way past them. */
import { describe, expect, test } from "vitest";
import { findings, type Language, shot } from "./browser";
import { session } from "./session";
import { answered, words } from "./words";

for (const [language, width] of [
  ["en", 1440],
  ["ko", 360],
] as const satisfies [Language, number][]) {
  describe(`a newcomer (${language}, ${width} px)`, () => {
    const { visit } = session();
    const t = words[language].onboarding;

    test("goes from the first link to a run and an agent", () =>
      visit({ language, width, newcomer: true }, async (page) => {
        const screen = async (title: string, name: string) => {
          await page.getByRole("heading", { level: 1, name: title }).waitFor();
          await shot(page, `onboarding-${name}-${language}-${width}`);
          expect(await findings(page), name).toEqual([]);
        };

        await screen(t.zoneTitle, "zone");
        await page.getByLabel(t.zone).selectOption("Asia/Seoul");
        await page.getByRole("button", { name: t.next }).click();

        await screen(t.workTitle, "work");
        await page.getByRole("button", { name: t.work.finance }).click();
        await expect.poll(() => page.getByLabel(t.workLabel).inputValue()).toBe(t.work.finance);
        await page.getByRole("button", { name: t.next }).click();

        await screen(t.exampleTitle, "example");
        await page.getByRole("button", { name: t.exampleRun }).click();
        await page.locator("article button[aria-expanded]").first().waitFor();
        await page.reload();
        await answered(page);
        await page.locator("figure img").waitFor();
        await screen(t.exampleTitle, "example-done");
        await page.getByRole("button", { name: t.next, exact: true }).click();

        await screen(t.saveTitle, "save");
        // What the conversation was about is written down already.
        const name = page.getByLabel(words[language].common.name);
        await expect.poll(() => page.getByLabel(t.task).inputValue()).toContain("sales.csv");
        await expect.poll(() => name.inputValue()).toContain("sales.csv");
        await name.fill("매출 보고");
        await page.getByRole("button", { name: t.save }).click();
        await page.getByText(t.saved.replace("{{name}}", "매출 보고"), { exact: true }).waitFor();
        await page.locator("form textarea").waitFor();
        expect(new URL(page.url()).pathname, "the conversation of the example").toMatch(/^\/chat\/.{36}$/);

        const { items } = await page.evaluate(async () => (await fetch("/api/agents")).json());
        expect(items, "saved, once").toMatchObject([
          {
            name: "매출 보고",
            status: "active",
            schedule: { frequency: "weekly", weekdays: ["mon"], time: "08:00", time_zone: "Asia/Seoul" },
          },
        ]);
        expect(Date.parse(items[0].next_run_at)).toBeGreaterThan(Date.now());
        // What the example made is what its runs are measured by.
        expect(items[0].done.map(({ path }: { path?: string }) => path)).toContain("chart.png");
        const profile = await page.evaluate(async () => (await fetch("/api/user/profile")).json());
        expect(profile.onboarding).toMatchObject({
          language,
          time_zone: "Asia/Seoul",
          occupation: t.work.finance,
        });
        await page.goto(new URL("/settings", page.url()).href);
        const zone = page.getByLabel(t.zone);
        await expect.poll(() => zone.inputValue()).toBe("Asia/Seoul");
        await zone.selectOption("Europe/Berlin");
        await page.getByText(words[language].common.saved, { exact: true }).waitFor();
        await page.reload();
        await expect.poll(() => zone.inputValue()).toBe("Europe/Berlin");
        await page.goto(new URL("/", page.url()).href);
        await page.getByRole("heading", { level: 1, name: words[language].today.title }).waitFor();
        await page.getByRole("link", { name: "매출 보고", exact: true }).waitFor();
      }));
  });
}

describe("someone in a hurry", () => {
  const { visit } = session();
  test("skips the introduction by keyboard, and is not asked again", () =>
    visit({ newcomer: true }, async (page) => {
      await page.getByRole("heading", { level: 1, name: words.en.onboarding.zoneTitle }).waitFor();
      await page.getByRole("button", { name: words.en.onboarding.skipAll }).focus();
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: words.en.today.title }).waitFor();
      await page.reload();
      await page.getByRole("heading", { level: 1, name: words.en.today.title }).waitFor();
    }));
});
