/** Every screen, in both languages and both themes, by keyboard, on a phone, and without a session. */
import { gzipSync } from "node:zlib";
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { findings, type Language, shot, type Theme } from "./browser";
import { session } from "./session";
import { analyseSales, answered, words } from "./words";

const { berth, visit } = session();
let conversation = "";
let run = "";

beforeAll(() =>
  visit({}, async (page) => {
    await analyseSales(page, "en");
    conversation = new URL(page.url()).pathname;
    const runs = await page.evaluate(async () => (await fetch("/api/runs")).json());
    run = `/runs/${runs.items[0].id}`;
  }),
);

/** Each screen, and what is on it once it is complete. */
const screens = (): Record<string, [string, string]> => ({
  today: ["/", "main h2"],
  welcome: ["/chat", "h1"],
  chat: [conversation, "figure img"],
  missing: [`/chat/${crypto.randomUUID()}`, "main h1"],
  runs: ["/runs", "tbody tr"],
  run: [run, "figure img"],
  files: ["/files", "tbody tr"],
  table: ["/files?open=summary.csv", "[role=dialog] tbody td, dialog tbody td, aside tbody td"],
  picture: ["/files?open=chart.png", "dialog img, [role=dialog] img, aside img"],
  usage: ["/usage", "svg.recharts-surface"],
  notifications: ["/notifications", "main h1"],
  settings: ["/settings", "#mail input[type=password]"],
  nowhere: ["/nowhere", "main h1"],
});

async function open(page: Page, name: string): Promise<void> {
  const [path, complete] = screens()[name] ?? ["/", "main"];
  await page.goto(berth.origin + path);
  await page.locator(complete).first().waitFor();
  await page.waitForLoadState("networkidle");
}

for (const language of ["en", "ko"] as const satisfies Language[]) {
  for (const theme of ["light", "dark"] as const satisfies Theme[]) {
    test(`axe finds nothing serious on any screen (${language}, ${theme})`, () =>
      visit({ language, theme, expected: /404/ }, async (page) => {
        for (const name of Object.keys(screens())) {
          await open(page, name);
          if (name === "chat") await page.locator("article button[aria-expanded]").first().click();
          await shot(page, `${name}-${language}-${theme}`);
          expect(await findings(page), name).toEqual([]);
        }
        await page.keyboard.press("?");
        await page.locator("dialog[open], [role=dialog]").waitFor();
        expect(await findings(page), "keyboard help").toEqual([]);
      }));
  }
}

/** What is wider than its place and cannot be scrolled there: the frame's boxes, by their classes. */
function cutOff(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll("header, nav, main, main > *, main > * > *")]
      .filter((box) => {
        const { overflowX } = getComputedStyle(box);
        return box.scrollWidth > box.clientWidth + 1 && !/visible|auto|scroll/.test(overflowX);
      })
      .map((box) => `${box.tagName} ${box.className}`),
  );
}

for (const width of [360, 768]) {
  test(`no screen scrolls sideways, and axe finds nothing serious, at ${width} px`, () =>
    visit({ language: "ko", width, height: 740, expected: /404/ }, async (page) => {
      for (const name of Object.keys(screens())) {
        await open(page, name);
        await shot(page, `${name}-ko-${width}`);
        expect(await cutOff(page), name).toEqual([]);
        expect(await findings(page), name).toEqual([]);
      }
    }));
}

test("the first screen needs at most 200 KB of script, compressed", () =>
  visit({}, async (page) => {
    await page.getByRole("heading", { level: 1 }).waitFor();
    // The entry is written a moment after the paint.
    await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
    const early = await page.evaluate(() => {
      const painted = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
      return performance
        .getEntriesByType("resource")
        .filter((entry) => entry.name.endsWith(".js") && entry.startTime < painted)
        .map((entry) => entry.name);
    });
    const sizes = await Promise.all(
      early.map(
        async (url) => gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer()), { level: 9 }).length,
      ),
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(0);
    expect(total).toBeLessThanOrEqual(200 * 1024);
  }));

test("language and theme change at once, and stay after a reload", () =>
  visit({}, async (page) => {
    await page.getByRole("button", { name: words.en.settings.language }).click();
    await page.getByRole("menuitemradio", { name: "한국어" }).click();
    await page.getByRole("heading", { level: 1, name: words.ko.welcome.title }).waitFor();
    await page.getByRole("button", { name: words.ko.settings.theme }).click();
    await page.getByRole("menuitemradio", { name: words.ko.settings.themeDark }).click();
    const looks = () =>
      page.evaluate(() => ({
        language: document.documentElement.lang,
        dark: getComputedStyle(document.body).backgroundColor,
      }));
    await page.locator("html[data-theme=dark]").waitFor();
    const before = await looks();
    expect(before.language).toBe("ko");
    const [red = 255] = before.dark.match(/\d+/g)?.map(Number) ?? [];
    expect(red).toBeLessThan(60);
    await page.reload();
    await page.getByRole("heading", { level: 1, name: words.ko.welcome.title }).waitFor();
    await expect.poll(looks).toEqual(before);
  }));

test("everything is reached by keyboard alone, and focus is always seen", () =>
  visit({}, async (page) => {
    const tabTo = async (name: string | RegExp) => {
      for (let count = 0; count < 60; count++) {
        await page.keyboard.press("Tab");
        const focus = await page.evaluate(() => {
          const element = document.activeElement as HTMLElement;
          const style = getComputedStyle(
            element.matches("textarea") ? (element.parentElement ?? element) : element,
          );
          const label = element.getAttribute("aria-label") ?? element.textContent ?? "";
          return { label, seen: style.outlineStyle !== "none" && style.outlineWidth !== "0px" };
        });
        expect(focus.seen, `focus is not seen on ${focus.label}`).toBe(true);
        if (typeof name === "string" ? focus.label.startsWith(name) : name.test(focus.label)) return;
      }
      throw new Error(`Tab never came to ${name}`);
    };
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await tabTo(words.en.app.skip);
    await tabTo(words.en.welcome.long);
    await page.keyboard.press("Enter");
    await page.locator("article button[aria-expanded]").first().waitFor();
    await page.keyboard.press("Escape");
    expect(await answered(page)).toContain("Cancelled");
    await page.locator("section[tabindex='0']").first().focus();
    await tabTo(/^Running Python/);
    await page.keyboard.press("Enter");
    await page.locator("article button[aria-expanded=true]").waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("f");
    await page.getByRole("button", { name: words.en.files.upload }).waitFor();
    await page.getByRole("button", { name: "sales.csv", exact: true }).waitFor();
    await tabTo("sales.csv");
    await page.keyboard.press("Enter");
    await page.locator("aside tbody td").first().waitFor();
    await page.keyboard.press("?");
    await page.locator("dialog[open], [role=dialog]").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog[open], [role=dialog]").waitFor({ state: "detached" });
  }));

test("a link that does not work leads to a page that says what to do", () =>
  visit({ at: `${berth.origin}/?token=worn-out`, expected: /401/ }, async (page) => {
    await page.getByRole("heading", { name: words.en.signedOut.title }).waitFor();
    expect(await findings(page)).toEqual([]);
    await shot(page, "signed-out-en");
    await page.goto(berth.origin + conversation);
    await page.getByRole("heading", { name: words.en.signedOut.title }).waitFor();
    expect(await page.locator("article").count()).toBe(0);
    await page.goto(berth.link);
    await page.getByRole("heading", { name: words.en.today.title }).waitFor();
  }));

test("the model key is taken and never shown again", () => {
  const key = "sk-ant-api03-berth-e2e-not-a-real-key-0123456789";
  const t = words.en.settings;
  return visit({}, async (page) => {
    const answers: Promise<string>[] = [];
    page.on("response", (response) => {
      if (response.url().includes("/api/")) answers.push(response.text().catch(() => ""));
    });
    await open(page, "settings");
    const field = page.getByLabel(t.key, { exact: true });
    await field.fill(key);
    await page.getByRole("button", { name: t.keySave }).click();
    await page.getByText(t.keySet).waitFor();
    await expect.poll(() => field.inputValue()).toBe("");
    await open(page, "settings");
    await page.getByText(t.keySet).waitFor();
    expect(await field.inputValue()).toBe("");
    expect(await page.content()).not.toContain(key);
    await page.getByText(t.usingApi, { exact: true }).waitFor();
    await page.getByRole("switch", { name: t.demo }).click();
    await page.getByText(t.usingDemo, { exact: true }).waitFor();
    await page.getByRole("button", { name: t.keyRemove }).click();
    await page.locator("dialog, [role=dialog]").getByRole("button", { name: t.keyRemove }).click();
    await page.getByText(t.keyUnset).waitFor();
    expect((await Promise.all(answers)).join("\n")).not.toContain(key);
  });
});
