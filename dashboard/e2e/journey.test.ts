/** The way of a newcomer: the printed link, a question, a chart; files in and out. */
import { expect, test } from "vitest";
import { type Language, sent, shot, stored } from "./browser";
import { session } from "./session";
import { analyseSales, answered, words, write } from "./words";

const { visit } = session();

for (const language of ["en", "ko"] as const satisfies Language[]) {
  test(`from the printed link to a chart in the chat (${language})`, () =>
    visit({ language }, async (page) => {
      const t = words[language];
      await page.getByRole("heading", { level: 1, name: t.welcome.title }).waitFor();
      expect(page.url(), "the token does not stay in the address").not.toContain("token");
      await shot(page, `welcome-${language}`);
      await analyseSales(page, language);

      const chart = page.locator("figure img");
      const drawn = () => chart.evaluate((image: HTMLImageElement) => image.naturalWidth);
      await expect.poll(drawn).toBeGreaterThan(300);
      const table = page.locator("figure", { hasText: "summary.csv" });
      await table.getByRole("columnheader", { name: "month" }).waitFor();
      await expect.poll(() => table.locator("tbody tr").count()).toBe(6);
      const tools = page.locator("article button[aria-expanded]");
      await expect.poll(() => tools.count(), { message: "tool lines" }).toBeGreaterThan(1);
      const bottom = page.locator("article p").last();
      const inView = () => bottom.evaluate((last) => last.getBoundingClientRect().bottom < innerHeight);
      await expect.poll(inView).toBe(true);
      expect(await sent(page)).toContain(t.welcome.salesPrompt);

      const download = page.waitForEvent("download");
      await page.getByRole("link", { name: `${t.common.download}: chart.png` }).click();
      expect((await download).suggestedFilename()).toBe("chart.png");

      await page.locator("figure", { hasText: "chart.png" }).evaluate((card) => card.scrollIntoView());
      await page.mouse.move(0, 0);
      await shot(page, `chat-${language}`);
    }));
}

test("a file dropped on the file panel is there, and shows as a table", () =>
  visit({ language: "ko" }, async (page) => {
    await page.getByRole("link", { name: words.ko.nav.files, exact: true }).click();
    await page.getByRole("button", { name: words.ko.files.upload }).waitFor();
    const dataTransfer = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      const text = '\ufeff지점,매출\n서울,"1,200"\n부산,900\n';
      transfer.items.add(new File([text], "지점별 매출.csv", { type: "text/csv" }));
      return transfer;
    });
    const panel = page.locator("main section").first();
    await panel.dispatchEvent("dragenter", { dataTransfer });
    await page.getByText(words.ko.files.root, { exact: false }).first().waitFor();
    await panel.dispatchEvent("dragover", { dataTransfer });
    await panel.dispatchEvent("drop", { dataTransfer });
    await page.getByText(words.ko.files.uploadDone, { exact: true }).waitFor();
    await page.getByRole("button", { name: "지점별 매출.csv", exact: true }).click();
    const preview = page.locator("aside");
    await preview.getByRole("columnheader", { name: "지점" }).waitFor();
    const cells = preview.locator("tbody td");
    await expect.poll(() => cells.allInnerTexts()).toEqual(["서울", "1,200", "부산", "900"]);
    await shot(page, "files-table-ko");
  }));

test("a file attached to a message is in the workspace when Claude looks", () =>
  visit({}, async (page) => {
    const buffer = Buffer.from("고객,금액\n가,1\n");
    await page
      .locator("form input[type=file]")
      .setInputFiles({ name: "고객 $(id) 'x'.csv", mimeType: "text/csv", buffer });
    await page.locator("form").getByText("고객 $(id) 'x'.csv").waitFor();
    await page.locator("form textarea").fill("[[bash:cat uploads/고객*]]");
    await page.locator("form button[type=submit]:enabled").waitFor();
    await page.keyboard.press("Enter");
    expect(await answered(page)).toContain("고객,금액");
    const [first] = await stored(page);
    expect(first?.event.content).toContain("`uploads/고객 $(id) 'x'.csv`");
  }));

test("an answer can neither run script nor load anything from elsewhere", () =>
  visit({}, async (page) => {
    const evil =
      '<img src=x onerror="window.hacked=1"> ![x](https://evil.test/x.png) [go](javascript:window.hacked=1)';
    await write(page, `[[say:${evil}]]`);
    await answered(page);
    expect(await page.evaluate(() => "hacked" in window)).toBe(false);
    expect(await page.locator("article img, article a[href^=javascript]").count()).toBe(0);
  }));
