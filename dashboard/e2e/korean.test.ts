/** Enter while Korean is composed: real compositions through Chromium's own input path, told in each system's order. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { sent } from "./browser";
import { Ime } from "./ime";
import { session } from "./session";
import { answered, message } from "./words";

const { visit } = session();

async function isSentOnce(page: Page, text: string, before: readonly string[]): Promise<void> {
  await answered(page);
  // A second message would have been accepted before this one's answer ended.
  expect((await sent(page)).filter((one) => !before.includes(one))).toEqual([text]);
  await expect.poll(() => message(page).inputValue()).toBe("");
}

const ORDERS = {
  "within the composition only (Windows, Linux)": async (ime: Ime) => {
    await ime.enter(229);
    await ime.commit("요");
  },
  "within the composition, and plain right after it (macOS)": async (ime: Ime) => {
    await ime.enter(229);
    await ime.commit("요");
    await ime.enter(13);
  },
  "plain, after a composition that ended by itself": async (ime: Ime) => {
    await ime.commit("요");
    await ime.enter(13);
  },
} satisfies Record<string, (ime: Ime) => Promise<void>>;

for (const [index, [order, press]] of Object.entries(ORDERS).entries()) {
  test(`Enter ${order} sends once, with the last syllable`, () =>
    visit({ language: "ko" }, async (page) => {
      const before = await sent(page);
      const ime = await Ime.of(page, message(page));
      await page.keyboard.type(`${index} `);
      await ime.compose("ㅇ", "아", "안");
      await ime.commit("안");
      await ime.compose("ㄴ", "녀", "녕");
      await ime.commit("녕");
      await ime.compose("ㅇ", "요");
      await press(ime);
      await isSentOnce(page, `${index} 안녕요`, before);
    }));
}

test("a search finds the composed syllable", () =>
  visit({ language: "ko" }, async (page) => {
    const search = page.getByRole("searchbox");
    await search.click();
    const debug = await page.context().newCDPSession(page);
    await debug.send("Input.imeSetComposition", { text: "녕", selectionStart: 1, selectionEnd: 1 });
    await debug.send("Input.insertText", { text: "녕" });
    await page
      .getByRole("link", { name: /안녕요/ })
      .first()
      .waitFor();
    await expect.poll(() => search.inputValue()).toBe("녕");
  }));
