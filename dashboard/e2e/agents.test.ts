/** Agents: from a conversation to a schedule to a result, in both languages, by keyboard, on a phone. */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { findings, type Language, shot, type Theme, type Visit } from "./browser";
import { session } from "./session";
import { analyseSales, answered, words, write } from "./words";

const { berth, visit: visitAs } = session();

interface Saved {
  id: string;
  name: string;
  version: number;
  prompt: string;
  schedule: { frequency: string; time: string; weekdays: string[]; time_zone: string } | null;
}

const agents = (page: Page): Promise<Saved[]> =>
  page.evaluate(async () => (await (await fetch("/api/agents?limit=100")).json()).items);

/** Every test begins without agents. */
const remove = async (page: Page): Promise<void> => {
  for (const { id } of await agents(page))
    await page.evaluate((one) => fetch(`/api/agents/${one}`, { method: "DELETE" }), id);
};

/** Saves an agent past the screens, for tests of what comes after. */
async function make(page: Page, agent: object): Promise<string> {
  return page.evaluate(async (body) => {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    return (await (await fetch("/api/agents", init)).json()).id;
  }, agent);
}

const visit = (options: Visit, act: (page: Page) => Promise<void>) =>
  visitAs(options, async (page) => {
    await remove(page);
    await open(page, "/chat", "form textarea");
    await act(page);
  });

const SEOUL_MONDAYS = { frequency: "weekly", time: "08:00", weekdays: ["mon"], time_zone: "Asia/Seoul" };

async function open(page: Page, path: string, complete: string): Promise<void> {
  await page.goto(berth.origin + path);
  await page.locator(complete).first().waitFor();
}

for (const language of ["en", "ko"] as const satisfies Language[]) {
  const t = words[language];

  test(`a conversation becomes an agent with a schedule, and its first run a result (${language})`, () =>
    visit({ language }, async (page) => {
      await analyseSales(page, language);
      await page.getByRole("button", { name: t.agents.save.action }).click();
      const dialog = page.locator("dialog[open]");
      const name = dialog.getByLabel(t.agents.editor.name, { exact: true });
      await name.waitFor();
      await expect.poll(() => name.inputValue()).not.toBe("");
      const prompt = dialog.getByLabel(t.agents.editor.prompt);
      await expect.poll(() => prompt.inputValue()).toContain("sales.csv");
      await name.fill(language === "ko" ? "월요일 매출" : "Monday sales");
      await dialog.getByRole("switch", { name: t.agents.save.schedule }).click();
      await dialog.locator("ol time").nth(4).waitFor();
      await dialog.getByText(t.schedule.costUnknown).waitFor();
      await shot(page, `agent-save-${language}`);
      expect(await findings(page)).toEqual([]);
      await dialog.getByRole("button", { name: t.agents.editor.saveNew }).click();

      await page.getByRole("link", { name: t.agents.tabs.overview }).waitFor();
      const [saved] = await agents(page);
      expect(saved?.schedule).toMatchObject({ frequency: "weekly", time: "08:00", weekdays: ["mon"] });
      await page.getByRole("button", { name: t.agents.run }).click();
      const result = page.locator("section", { has: page.locator("#last-result") });
      await result.getByText(new RegExp(`^(${t.state.succeeded}|${t.state.unproved})`)).waitFor();
      await shot(page, `agent-overview-${language}`);
      expect(await findings(page)).toEqual([]);
      await page.getByRole("link", { name: t.agents.tabs.runs, exact: true }).last().click();
      await page.locator("main ul li a[href^='/runs/']").waitFor();
    }));

  test(`a sentence in the chat is a card: nothing is saved before it is confirmed (${language})`, () =>
    visit({ language }, async (page) => {
      const sentence =
        language === "ko"
          ? "sales.csv를 분석해서 매주 월요일 8시에 표를 메일로 보내 줘"
          : "Analyse sales.csv every Monday at eight and mail me the table";
      await write(page, sentence);
      const card = page.getByRole("region", { name: t.proposal.agent });
      await card.getByRole("button", { name: t.proposal.edit }).waitFor();
      await answered(page);
      await card.locator("ol time").nth(4).waitFor();
      await card.scrollIntoViewIfNeeded();
      await shot(page, `proposal-${language}`);
      expect(await findings(page)).toEqual([]);
      expect(await agents(page)).toEqual([]);

      await card.getByRole("button", { name: t.proposal.edit }).click();
      const dialog = page.locator("dialog[open]");
      await dialog.getByLabel(t.agents.editor.name, { exact: true }).fill("Edited");
      await dialog.getByRole("button", { name: t.proposal.confirm }).click();
      await card.getByText(t.proposal.confirmed, { exact: true }).waitFor();
      expect(await agents(page)).toMatchObject([{ name: "Edited", schedule: SEOUL_MONDAYS_TIMES }]);
      // The card shows what was saved, not what was proposed before it was edited.
      await card.getByText("Edited", { exact: true }).waitFor();
      await shot(page, `proposal-confirmed-${language}`);

      await write(page, sentence);
      await answered(page, 2);
      const second = card.nth(1);
      await second.getByRole("button", { name: t.proposal.decline }).click();
      await second.getByText(t.proposal.declined).waitFor();
      await page.reload();
      await card.first().getByText(t.proposal.confirmed, { exact: true }).waitFor();
      await card.first().getByText("Edited", { exact: true }).waitFor();
      await card.nth(1).getByText(t.proposal.declined).waitFor();
      expect(await agents(page)).toHaveLength(1);
    }));
}

const SEOUL_MONDAYS_TIMES = { frequency: "weekly", time: "08:00", weekdays: ["mon"] };

test("the editor runs a draft live, without saving it", () =>
  visit({}, async (page) => {
    const t = words.en.agents;
    const id = await make(page, { name: "Draft", prompt: "[[say:the saved one]]" });
    await open(page, `/agents/${id}/edit`, "textarea");
    await page.getByLabel(t.editor.prompt).fill("[[write:report.md:hello]] [[say:the draft]]");
    await page.getByRole("button", { name: t.done.add }).click();
    await page.getByRole("textbox", { name: t.done.file }).fill("report.md");
    await page.getByRole("button", { name: t.done.add }).click();
    await page.getByRole("combobox", { name: t.done.kind }).nth(1).selectOption("min_size");
    await page.getByRole("textbox", { name: t.done.file }).nth(1).fill("report.md");
    await page.getByLabel(t.done.bytes).fill("1000");
    await page.getByRole("button", { name: t.test.start }).click();
    const test = page.locator("section", { has: page.locator("#test-run") });
    await test.getByText("the draft").last().waitFor();
    await test.getByText(words.en.state.unproved).waitFor();
    await test.getByText("1 of 2 checks met").waitFor();
    await shot(page, "agent-test-en");
    expect(await findings(page)).toEqual([]);
    expect(await agents(page)).toMatchObject([{ version: 1, prompt: "[[say:the saved one]]" }]);
    await page.getByRole("button", { name: t.editor.save, exact: true }).click();
    await page.getByRole("link", { name: t.tabs.versions }).click();
    await page.getByText("[[say:the draft]]").waitFor();
    await page.getByRole("button", { name: /^Version 1/ }).click();
    await page.getByRole("button", { name: t.versions.restore }).click();
    await page.locator("dialog[open]").getByRole("button", { name: t.versions.restore }).click();
    await page.getByRole("button", { name: /^Version 3/ }).waitFor();
    expect(await agents(page)).toMatchObject([{ version: 3, prompt: "[[say:the saved one]]" }]);
  }));

test("an agent is made and scheduled with the keyboard alone", () =>
  visit({}, async (page) => {
    const t = words.en;
    const focused = () =>
      page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        const label = element.getAttribute("aria-label") ?? element.textContent ?? "";
        const own = element.id ? document.querySelector(`label[for="${element.id}"]`)?.textContent : null;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return { label: own ?? label, seen: outlineStyle !== "none" && outlineWidth !== "0px" };
      });
    const tabTo = async (name: string) => {
      const met: string[] = [];
      for (let count = 0; count < 80; count++) {
        await page.keyboard.press("Tab");
        const { label, seen } = await focused();
        met.push(label.trim().slice(0, 30));
        expect(seen, `focus is not seen on ${label}`).toBe(true);
        if (label.trim().startsWith(name)) return;
      }
      throw new Error(`Tab never came to ${name}: ${met.join(" | ")}`);
    };
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.keyboard.press("g");
    await page.keyboard.press("a");
    await page.getByRole("heading", { level: 1, name: t.agents.title }).waitFor();
    await page.getByText(t.agents.emptyTitle).waitFor();
    await tabTo(t.agents.new);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: t.agents.editor.newTitle }).waitFor();
    await tabTo(t.agents.editor.name);
    await page.keyboard.type("By keyboard");
    await page.keyboard.press("Tab");
    await page.keyboard.type("[[say:typed]]");
    await tabTo(t.agents.save.schedule);
    await page.keyboard.press("Space");
    // Keys go to what has the focus: to the panel, once it has taken it.
    const opened = () =>
      page.waitForFunction(() => Boolean(document.activeElement?.closest("[role=dialog]")));
    // And back to its button, which takes it a moment after the panel has gone.
    const closed = async (button: string) => {
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      await expect.poll(async () => (await focused()).label).toMatch(new RegExp(`^${button}`));
    };
    const daily = page.getByRole("radio", { name: t.schedule.frequency.daily });
    await tabTo("How often");
    await page.keyboard.press("Enter");
    await opened();
    await page.keyboard.press("ArrowLeft");
    await daily.and(page.locator(":focus")).waitFor();
    await page.keyboard.press("Space");
    await daily.and(page.locator("[aria-checked=true]")).waitFor();
    await page.keyboard.press("Escape");
    await closed("How often");
    await tabTo(t.schedule.controls.time);
    await page.keyboard.type("1830");
    await page.keyboard.press("Enter");
    await page.keyboard.press("ArrowUp");
    await tabTo("Time zone");
    await page.keyboard.press("Enter");
    await opened();
    await page.keyboard.type("tokyo");
    await page.getByRole("option", { name: /Tokyo/ }).first().waitFor();
    await page.keyboard.press("Enter");
    await closed("Time zone");
    await page
      .getByText(/Every .*day.* in/)
      .first()
      .waitFor();
    await tabTo(t.agents.editor.saveNew);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "By keyboard" }).waitFor();
    expect(await agents(page)).toMatchObject([
      { name: "By keyboard", schedule: { frequency: "daily", time: "18:45", time_zone: "Asia/Tokyo" } },
    ]);
  }));

test("secrets go in and never come out; a copy, a file and an end of an agent", () =>
  visit({}, async (page) => {
    const t = words.en.agents;
    const id = await make(page, { name: "Keeper", prompt: "[[say:x]]" });
    const bodies: Promise<string>[] = [];
    page.on("response", (response) => {
      if (response.url().includes("/api/")) bodies.push(response.text().catch(() => ""));
    });
    await open(page, `/agents/${id}?tab=secrets`, "form");
    await page.getByLabel(t.secrets.name).fill("shop key");
    await page.getByLabel(t.secrets.value).fill("not-to-be-seen-1234");
    await page.getByRole("button", { name: t.secrets.add }).click();
    await page.getByText("SHOP_KEY", { exact: true }).waitFor();
    await page.reload();
    await page.getByText("SHOP_KEY", { exact: true }).waitFor();
    expect(await page.content()).not.toContain("not-to-be-seen");
    expect((await Promise.all(bodies)).join("\n")).not.toContain("not-to-be-seen");

    const menu = page.getByRole("button", { name: "Actions for Keeper" });
    await menu.click();
    const download = page.waitForEvent("download");
    await page.getByRole("menuitem", { name: t.export }).click();
    const file = await (await download).path();
    await page.getByRole("link", { name: words.en.nav.agents, exact: true }).click();
    await page.locator("input[type=file]").setInputFiles(file);
    await page
      .getByText(/was added, switched off/)
      .first()
      .waitFor();
    await page.getByRole("heading", { level: 1, name: "Keeper" }).waitFor();
    await menu.click();
    await page.getByRole("menuitem", { name: words.en.common.delete }).click();
    await page.locator("dialog[open]").getByRole("button", { name: words.en.common.delete }).click();
    await page.getByRole("heading", { level: 1, name: t.title }).waitFor();
    expect(await agents(page)).toMatchObject([{ id, name: "Keeper" }]);
  }));

describe("every part of an agent", () => {
  const looks: [Language, Theme, number][] = [
    ["en", "light", 1440],
    ["ko", "dark", 1440],
    ["ko", "light", 360],
  ];
  test.each(looks)(
    "is clean for axe and does not scroll sideways (%s, %s, %i px)",
    (language, theme, width) =>
      visit({ language, theme, width }, async (page) => {
        const id = await make(page, {
          name: language === "ko" ? "주간 시장 브리핑" : "Weekly market brief",
          prompt: "[[write:report.md:hello]] [[say:done]]",
          done: [{ kind: "newer_than_start", path: "report.md" }],
          schedule: SEOUL_MONDAYS,
        });
        await page.evaluate((one) => fetch(`/api/agents/${one}/runs`, { method: "POST" }), id);
        const tabs = ["", "schedule", "runs", "versions", "files", "secrets", "limits"];
        const screens: [string, string, string][] = [
          ["agents", "/agents", "main h3"],
          ...tabs.map((tab): [string, string, string] => [
            `agent-${tab || "overview"}`,
            `/agents/${id}${tab && `?tab=${tab}`}`,
            "main nav + *",
          ]),
          ["agent-edit", `/agents/${id}/edit`, "textarea"],
          ["agent-new", "/agents/new?template=site_check", "textarea"],
        ];
        for (const [name, path, complete] of screens) {
          await open(page, path, complete);
          await page.waitForLoadState("networkidle");
          await shot(page, `${name}-${language}-${theme}-${width}`);
          const wide = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          );
          expect(wide, name).toBe(0);
          expect(await cutTimes(page), name).toEqual([]);
          expect(await findings(page), name).toEqual([]);
        }
      }),
  );
});

/** When agents run next, where it is not shown whole. */
function cutTimes(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll("main li p[title] .figures")]
      .filter((text) => text.scrollWidth > text.clientWidth + 1)
      .map((text) => text.textContent ?? ""),
  );
}
