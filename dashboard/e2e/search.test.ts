/** Search from anywhere: with the keyboard alone, in Korean, and what is found is opened. */
import { expect, test } from "vitest";
import { findings, shot } from "./browser";
import { Ime } from "./ime";
import { session } from "./session";
import { words } from "./words";

const { visit } = session();

const found = (text: string) => ({
  items: [
    { kind: "conversation", id: "1", title: `${text} 대화`, detail: "11월 20일", path: "/runs" },
    { kind: "file", id: null, title: "매출.csv", detail: "보고서", path: "/files?sort=name" },
  ],
  next: null,
});

for (const width of [1440, 360]) {
  test(`what is written is found, and opened with the arrow keys and Enter (${width} px)`, () =>
    visit({ language: "ko", width }, async (page) => {
      const t = words.ko;
      const asked: string[] = [];
      await page.route("**/api/search?*", (route) => {
        const text = new URL(route.request().url()).searchParams.get("q") ?? "";
        asked.push(text);
        return route.fulfill({ json: text === "없음" ? { items: [], next: null } : found(text) });
      });
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.evaluate(() => (document.activeElement as HTMLElement).blur());
      await page.keyboard.press("/");
      const field = page.getByRole("combobox", { name: t.search.title });
      await field.waitFor();
      expect(await page.getByRole("option").count(), "screens, before anything is written").toBeGreaterThan(
        3,
      );
      await shot(page, `search-empty-ko-${width}`);

      // A syllable is put together letter by letter: nothing is asked for its parts, and Enter in it chooses nothing.
      const ime = await Ime.of(page, field);
      await ime.compose("ㅁ", "매");
      await ime.commit("매");
      await ime.compose("ㅊ", "추", "출");
      await ime.enter(229);
      await ime.commit("출");
      await page.getByRole("option", { name: /매출 대화/ }).waitFor();
      expect(new URL(page.url()).pathname).toBe("/chat");
      expect(asked.filter((text) => !["매", "매출"].includes(text))).toEqual([]);
      expect(await findings(page)).toEqual([]);
      await shot(page, `search-ko-${width}`);

      await page.keyboard.press("ArrowDown");
      expect(await page.getByRole("option", { selected: true }).textContent()).toContain("매출.csv");
      await page.keyboard.press("Enter");
      await field.waitFor({ state: "detached" });
      await page.waitForURL(/\/files/);

      await page.keyboard.press("/");
      await field.fill("없음");
      await page.getByText(t.search.nothing.replace("{{text}}", "없음")).waitFor();
      await page.keyboard.press("Escape");
      await field.waitFor({ state: "detached" });
    }));
}

test("screens are found by their names without asking anyone", () =>
  visit({}, async (page) => {
    await page.route("**/api/search?*", (route) => route.fulfill({ json: { items: [], next: null } }));
    await page.getByRole("button", { name: words.en.common.search, exact: false }).first().click();
    await page.getByRole("combobox").fill("sett");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: words.en.settings.title }).waitFor();
  }));
