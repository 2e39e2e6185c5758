/** Signing in with Google: the page, accounts with and without access, tokens, and the end of a session in mid-work. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Berth } from "./berth";
import { findings, type Language, launch, shot, type Visit, visit } from "./browser";
import { EVE, Google, MINA } from "./google";
import { message, words } from "./words";

const berth = new Berth();
const google = new Google();
let browser: Browser;

beforeAll(async () => {
  browser = await launch();
  await google.start();
  await google.serve(berth);
});

afterAll(async () => {
  await browser?.close();
  await berth.remove();
  await google.stop();
});

/** Opens a page without a session; the console may say that it was refused. */
function arrive(options: Visit, act: (page: Page) => Promise<void>): Promise<void> {
  const { at = berth.origin } = options;
  return visit(browser, berth, { ...options, at, also: google.url, expected: /40[13]|WebSocket/ }, act);
}

/** Chooses an account on Google's page. */
async function choose(page: Page, account: string): Promise<void> {
  await page.getByRole("link", { name: account }).click();
}

async function signIn(page: Page, language: Language = "en"): Promise<void> {
  await page.getByRole("link", { name: words[language].signIn.google }).click();
  await choose(page, MINA);
  await page.waitForURL((url) => url.origin === berth.origin && url.pathname !== "/sign-in");
  await page.waitForFunction(async () => (await fetch("/api/user/profile")).ok);
  await page.evaluate(async () => {
    const headers = { "content-type": "application/json" };
    const done = await fetch("/api/user/onboarding", { method: "POST", headers, body: "{}" });
    return done.status;
  });
  const { id } = await page.evaluate(async () => (await fetch("/api/user/profile")).json());
  berth.users.add(id);
}

for (const [language, width] of [
  ["en", 1440],
  ["ko", 360],
] as const satisfies [Language, number][]) {
  const t = words[language].signIn;

  test(`an account with access comes in where it wanted to go, another does not (${language}, ${width} px)`, () =>
    arrive({ language, width, at: `${berth.origin}/files` }, async (page) => {
      await page.getByRole("heading", { level: 1, name: t.title }).waitFor();
      expect(await findings(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await shot(page, `sign-in-${language}-${width}`);

      await page.getByRole("link", { name: t.google }).click();
      expect(page.url()).toContain(`hl=${language}`);
      await choose(page, EVE);
      await page.getByText(words[language].error.notAdmitted).waitFor();
      expect(await findings(page)).toEqual([]);
      await shot(page, `sign-in-refused-${language}-${width}`);
      expect(page.url(), "no token in the address").toBe(`${berth.origin}/files`);

      await page.getByRole("link", { name: t.another }).click();
      await choose(page, MINA);
      await page.waitForURL(`${berth.origin}/files`);
      await page.waitForFunction(async () => (await fetch("/api/user/profile")).ok);
      const profile = await page.evaluate(async () => (await fetch("/api/user/profile")).json());
      berth.users.add(profile.id);
      expect(profile.name).toBe(MINA);
    }));
}

test("a token is made, seen once, used by a program, and removed", () => {
  const t = words.en.tokens;
  return arrive({}, async (page) => {
    await signIn(page);
    await page.goto(`${berth.origin}/settings`);
    await page.getByText(MINA).first().waitFor();
    await page.getByRole("button", { name: t.new }).click();
    await page.getByLabel(t.name).fill("Weekly figures");
    await page.getByLabel(t.expires).selectOption("30");
    expect(await findings(page)).toEqual([]);
    await page.getByRole("button", { name: t.make }).click();
    const token = await page.getByLabel(t.token, { exact: true }).inputValue();
    expect(token).toMatch(/^berth_token_[\w-]{43}$/);
    expect(await findings(page)).toEqual([]);
    await shot(page, "token-made");
    await page.keyboard.press("Escape");

    const asProgram = () =>
      fetch(`${berth.origin}/api/user/profile`, { headers: { authorization: `Bearer ${token}` } });
    expect((await (await asProgram()).json()).name).toBe(MINA);
    await page.reload();
    await page.getByText("Weekly figures", { exact: true }).waitFor();
    expect(await page.content()).not.toContain(token);
    expect(await findings(page)).toEqual([]);

    await page.getByRole("button", { name: `${t.remove}: Weekly figures` }).click();
    await page.getByRole("dialog").getByRole("button", { name: t.remove, exact: true }).click();
    await page.getByText(t.empty).waitFor();
    expect((await asProgram()).status).toBe(401);
  });
});

test("a session that ends in mid-work takes nothing along", () => {
  const t = words.en.signIn;
  return arrive({}, async (page) => {
    await signIn(page);
    await page.goto(`${berth.origin}/chat`);
    await message(page).fill("Half a sentence that");
    await page.evaluate(() => document.body.setAttribute("data-same-page", ""));
    await page.context().clearCookies();
    await page.getByRole("heading", { name: t.endedTitle }).waitFor();
    expect(await findings(page)).toEqual([]);
    await shot(page, "session-ended");

    const opened = page.context().waitForEvent("page");
    await page.getByRole("link", { name: t.google }).click();
    const tab = await opened;
    await choose(tab, MINA);
    await tab.waitForURL(`${berth.origin}/`);
    // The first tab notices by itself.
    await page.getByRole("heading", { name: t.endedTitle }).waitFor({ state: "detached" });
    expect(await message(page).inputValue()).toBe("Half a sentence that");
    expect(await page.locator("body[data-same-page]").count()).toBe(1);
    await tab.close();
  });
});

test("signing out leaves nothing on the page", () => {
  const t = words.en;
  return arrive({}, async (page) => {
    await signIn(page);
    await page.goto(`${berth.origin}/chat`);
    await message(page).fill("Private");
    await page.goto(`${berth.origin}/settings`);
    await page.getByRole("button", { name: t.settings.signOut }).click();
    await page.getByRole("heading", { level: 1, name: t.signIn.title }).waitFor();
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
  });
});
