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
        const saved: { body: string; key: string | undefined }[] = [];
        await page.route("**/api/conversations/*/draft", (route) =>
          route.fulfill({ json: { name: "Sales", prompt: "Analyse sales.csv and draw a chart", done: [] } }),
        );
        await page.route("**/api/agents", (route) => {
          const key = route.request().headers()["idempotency-key"];
          saved.push({ body: route.request().postData() ?? "", key });
          return route.fulfill({ status: 201, json: {} });
        });
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
        expect(await page.getByLabel(t.workLabel).inputValue()).toBe(t.work.finance);
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
        await page.getByLabel(words[language].common.name).fill("매출 보고");
        await page.getByRole("button", { name: t.save }).click();
        await page.getByText(t.saved.replace("{{name}}", "매출 보고"), { exact: true }).waitFor();
        await page.locator("form textarea").waitFor();
        expect(new URL(page.url()).pathname, "the conversation of the example").toMatch(/^\/chat\/.{36}$/);

        const agent = JSON.parse(saved[0]?.body ?? "{}");
        expect(agent).toMatchObject({
          name: "매출 보고",
          from_conversation_id: new URL(page.url()).pathname.split("/").at(-1),
          schedule: { frequency: "weekly", weekdays: ["mon"], time: "08:00", time_zone: "Asia/Seoul" },
        });
        expect(saved[0]?.key).toMatch(/^[0-9a-f-]{36}$/);
        const profile = await page.evaluate(async () => (await fetch("/api/user/profile")).json());
        expect(profile.onboarding).toMatchObject({
          language,
          time_zone: "Asia/Seoul",
          occupation: t.work.finance,
        });
        await page.goto(new URL("/settings", page.url()).href);
        const zone = page.getByLabel(t.zone);
        expect(await zone.inputValue()).toBe("Asia/Seoul");
        await zone.selectOption("Europe/Berlin");
        await page.getByText(words[language].common.saved, { exact: true }).waitFor();
        await page.reload();
        await zone.and(page.locator("select")).waitFor();
        expect(await zone.inputValue()).toBe("Europe/Berlin");
        await page.goto(new URL("/", page.url()).href);
        await page.getByRole("heading", { level: 1, name: words[language].today.title }).waitFor();
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
