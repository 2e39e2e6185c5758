/** Search from anywhere: with the keyboard alone, in Korean, and what is found is opened. */
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { findings, shot } from "./browser";
import { Ime } from "./ime";
import { makeAgent, putFile, runToEnd } from "./made";
import { session } from "./session";
import { answered, words, write } from "./words";

const { berth, visit } = session();
const t = words.ko;

/** One of each kind whose name or result holds 매출. */
beforeAll(() =>
  visit({ language: "ko" }, async (page) => {
    await write(page, "[[say:네.]] 지난달 매출 알려 줘");
    await answered(page);
    for (const path of ["매출.csv", "매출 자료/1.csv"]) await putFile(page, path, "지점\n서울\n");
    const agent = await makeAgent(page, { name: "매출 요약", prompt: "[[say:## 서울이 가장 많아요]]" });
    await runToEnd(page, agent);
  }),
);

const option = (page: Page, kind: keyof typeof t.search.kind, title: string) =>
  page.getByRole("option").filter({ hasText: title }).filter({ hasText: t.search.kind[kind] });

/** Opens the search by its key. */
async function open(page: Page) {
  await page.goto(`${berth.origin}/chat`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.keyboard.press("/");
  const field = page.getByRole("combobox", { name: t.search.title });
  await field.waitFor();
  return field;
}

for (const width of [1440, 360]) {
  test(`what is written is found, and opened with the arrow keys and Enter (${width} px)`, () =>
    visit({ language: "ko", width }, async (page) => {
      const asked: string[] = [];
      page.on("request", (request) => {
        const url = new URL(request.url());
        if (url.pathname === "/api/search") asked.push(url.searchParams.get("q") ?? "");
      });
      const field = await open(page);
      await page.getByRole("option").nth(3).waitFor();
      await shot(page, `search-empty-ko-${width}`);

      // A syllable is put together letter by letter: nothing is asked for its parts, and Enter in it chooses nothing.
      const ime = await Ime.of(page, field);
      await ime.compose("ㅁ", "매");
      await ime.commit("매");
      await ime.compose("ㅊ", "추", "출");
      await ime.enter(229);
      await ime.commit("출");
      await option(page, "conversation", "지난달 매출").waitFor();
      await option(page, "agent", "매출 요약").waitFor();
      await option(page, "run", "서울이 가장 많아요").waitFor();
      await option(page, "file", "매출.csv").waitFor();
      expect(new URL(page.url()).pathname).toBe("/chat");
      expect(asked.filter((text) => !["매", "매출"].includes(text))).toEqual([]);
      expect(await findings(page)).toEqual([]);
      await shot(page, `search-ko-${width}`);

      const file = option(page, "file", "매출.csv");
      const place = Number(await file.getAttribute("data-at"));
      expect(place).toBeGreaterThan(0);
      for (let step = 0; step < place; step++) await page.keyboard.press("ArrowDown");
      await file.and(page.locator("[aria-selected=true]")).waitFor();
      await page.keyboard.press("Enter");
      await field.waitFor({ state: "detached" });
      await page.waitForURL(/\/files\?open=/);
      await page.getByRole("cell", { name: "서울" }).waitFor();

      await open(page);
      await field.fill("없는 것");
      await page.getByText(t.search.nothing.replace("{{text}}", "없는 것")).waitFor();
      await page.keyboard.press("Escape");
      await field.waitFor({ state: "detached" });
    }));
}

test("every kind of thing is opened on its own page", () =>
  visit({ language: "ko" }, async (page) => {
    for (const [kind, title, address, shown] of [
      ["agent", "매출 요약", /\/agents\/[\w-]{36}$/, "매출 요약"],
      ["run", "매출 요약", /\/runs\/[\w-]{36}$/, "서울이 가장 많아요"],
      ["conversation", "지난달 매출", /\/chat\/[\w-]{36}$/, "지난달 매출"],
      ["file", "매출 자료", /\/files\?path=/, "1.csv"],
    ] as const) {
      const field = await open(page);
      await field.fill("매출");
      await option(page, kind, title).click();
      await page.waitForURL(address);
      await page.locator("main").getByText(shown).first().waitFor();
    }
  }));

test("screens are found by their names", () =>
  visit({}, async (page) => {
    await page.getByRole("button", { name: words.en.common.search, exact: false }).first().click();
    await page.getByRole("combobox").fill("sett");
    await page.getByRole("option", { name: words.en.nav.settings }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: words.en.settings.title }).waitFor();
  }));
