/** What the tests look for on the screen, from the same catalogues the dashboard speaks from. */
import type { Page } from "playwright-core";
import { en } from "../src/i18n/en";
import { ko } from "../src/i18n/ko";
import type { Language } from "./browser";

export const words = { en, ko } satisfies Record<Language, unknown>;

export const message = (page: Page) => page.locator("form textarea");

export async function write(page: Page, text: string): Promise<void> {
  await message(page).fill(text);
  await page.keyboard.press("Enter");
}

/** Waits until answer number `count` of the conversation has come to its end, and tells its text. */
export async function answered(page: Page, count = 1): Promise<string> {
  const turn = page.locator("article").nth(count - 1);
  await turn.and(page.locator("[aria-busy=false]")).waitFor();
  return (await turn.textContent()) ?? "";
}

/** The sales example, from one click on the empty chat to the last figure. */
export async function analyseSales(page: Page, language: Language): Promise<void> {
  await page.getByRole("button", { name: words[language].welcome.sales }).click();
  await answered(page);
  await page.locator("figure img").waitFor();
}
