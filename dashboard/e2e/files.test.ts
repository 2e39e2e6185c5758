/** Files are walked through, changed, renamed, deleted and taken back in the real workspace; nothing written is lost. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { findings, shot } from "./browser";
import { putFile } from "./made";
import { session } from "./session";
import { answered, words, write } from "./words";

const { berth, visit } = session();
const t = words.en;

const get = (page: Page, path: string) =>
  page.evaluate(async (target) => {
    const response = await fetch(`/api/files/${target}`);
    return response.ok ? response.text() : null;
  }, path);

async function typeAtStart(page: Page, text: string): Promise<void> {
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type(text);
  // The page knows of the change: what is waited for next is the end of this.
  await page.getByText(t.files.unsaved, { exact: true }).first().waitFor();
}

test("a file is changed and saved in place, and deleting can be taken back", () =>
  visit({}, async (page) => {
    await putFile(page, "notes.md", "world\n");
    await page.goto(`${berth.origin}/files?open=notes.md`);
    await page.getByRole("radio", { name: t.files.write }).click();
    await typeAtStart(page, "Hello, ");
    await page.keyboard.press("Control+s");
    await page.getByText(t.files.unsaved).waitFor({ state: "detached" });
    expect(await get(page, "notes.md")).toBe("Hello, world\n");
    await page.getByRole("button", { name: "Actions for notes.md" }).click();
    await page.getByRole("menuitem", { name: t.common.delete }).click();
    await page.getByText(t.files.empty).waitFor();
    await page.getByRole("button", { name: t.common.undo }).click();
    await page.getByRole("button", { name: "notes.md", exact: true }).waitFor();
    expect(await get(page, "notes.md")).toBe("Hello, world\n");
  }));

test("what is not saved is there again after another file and after a reload", () =>
  visit({}, async (page) => {
    const asked: string[] = [];
    page.on("dialog", (dialog) => {
      asked.push(dialog.type());
      return dialog.accept();
    });
    await putFile(page, "a.txt", "first");
    await putFile(page, "b.txt", "second");
    await page.goto(`${berth.origin}/files?open=a.txt`);
    await typeAtStart(page, "my ");
    await page.getByRole("button", { name: "b.txt", exact: true }).click();
    await page.locator(".cm-content", { hasText: "second" }).waitFor();
    const row = page.getByRole("row", { name: /a\.txt/ });
    await row.getByText(t.files.unsaved).waitFor();
    await shot(page, "files-unsaved-en");
    expect(await findings(page)).toEqual([]);
    await page.reload();
    expect(asked, "leaving asks").toEqual(["beforeunload"]);
    await page.getByRole("button", { name: `a.txt ${t.files.unsaved}`, exact: true }).click();
    await page.locator(".cm-content", { hasText: "my first" }).waitFor();
    expect(await get(page, "a.txt"), "nothing was saved unasked").toBe("first");

    await page.getByRole("button", { name: t.files.discard }).click();
    await page.locator(".cm-content", { hasText: /^first$/ }).waitFor();
    await row.getByText(t.files.unsaved).waitFor({ state: "detached" });
  }));

test("a file that was changed elsewhere is neither lost nor overwritten unasked", () =>
  visit({ expected: /412/ }, async (page) => {
    await putFile(page, "c.txt", "old");
    await page.goto(`${berth.origin}/files?open=c.txt`);
    await typeAtStart(page, "mine, ");
    await putFile(page, "c.txt", "theirs");
    await page.keyboard.press("Control+s");
    await page.getByText(t.files.conflict).waitFor();
    expect(await get(page, "c.txt")).toBe("theirs");
    await page.getByRole("button", { name: t.files.keepMine }).click();
    await page.getByText(t.files.conflict).waitFor({ state: "detached" });
    await page.getByText(t.files.unsaved, { exact: true }).first().waitFor({ state: "detached" });
    expect(await get(page, "c.txt")).toBe("mine, old");

    await typeAtStart(page, "again ");
    await putFile(page, "c.txt", "newest");
    await page.keyboard.press("Control+s");
    await page.getByRole("button", { name: t.files.takeTheirs }).click();
    await page.locator(".cm-content", { hasText: /^newest$/ }).waitFor();
  }));

test("folders are walked with the arrow keys, and a folder or a choice comes as zip", () =>
  visit({ language: "ko" }, async (page) => {
    const korean = words.ko.files;
    await putFile(page, "reports/2026/plan.md", "# 계획\n\n- 하나\n");
    await putFile(page, "reports/x.txt", "x");
    await page.goto(`${berth.origin}/files`);
    await page.getByRole("treeitem", { name: "reports" }).waitFor();
    await page.getByRole("treeitem", { name: korean.root }).focus();
    for (const key of ["ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
    await page.getByRole("treeitem", { name: "2026" }).waitFor();
    for (const key of ["ArrowDown", "Enter"]) await page.keyboard.press(key);
    await page.getByRole("button", { name: "plan.md", exact: true }).click();
    await page.locator("aside h1", { hasText: "계획" }).waitFor();
    await shot(page, "files-tree-ko");
    expect(await findings(page)).toEqual([]);

    await page.getByRole("treeitem", { name: "reports" }).click();
    const download = async (act: () => Promise<void>) => {
      const started = page.waitForEvent("download");
      await act();
      return (await started).suggestedFilename();
    };
    const folder = () => page.getByRole("link", { name: korean.zipFolder }).click();
    expect(await download(folder)).toBe("reports.zip");
    await page.getByRole("checkbox", { name: korean.choose.replace("{{name}}", "x.txt") }).click();
    await page.getByRole("checkbox", { name: korean.choose.replace("{{name}}", "2026") }).click();
    const choice = page.getByRole("toolbar").getByRole("link", { name: korean.zip });
    await expect.poll(() => choice.getAttribute("href")).toBe("/api/files/reports?zip&name=2026&name=x.txt");
    await shot(page, "files-chosen-ko");
    expect(await findings(page)).toEqual([]);
    await page.getByRole("toolbar").getByRole("button", { name: words.ko.common.delete }).click();
    await page.getByText(korean.empty, { exact: true }).waitFor();
    await page.getByRole("button", { name: words.ko.common.undo }).click();
    await page.getByRole("button", { name: "x.txt", exact: true }).waitFor();
  }));

for (const width of [1440, 360]) {
  test(`a workbook shows its sheets as tables (${width} px)`, () =>
    visit({ language: "ko", width }, async (page) => {
      const script =
        "import openpyxl as o; b=o.Workbook(); s=b.active; s.title='매출'; s.append(('지점','금액')); " +
        "s.append(('서울',1200)); n=b.create_sheet('둘째'); n.append(('a','b')); n.append((1,2)); b.save('report.xlsx')";
      await write(page, `[[bash:python3 -c "${script}"]]`);
      await answered(page);
      await page.goto(`${berth.origin}/files?open=report.xlsx`);
      const cells = page.locator("aside tbody td, dialog tbody td");
      await cells.first().waitFor();
      await expect.poll(() => cells.allInnerTexts()).toEqual(["서울", "1200"]);
      await shot(page, `files-workbook-ko-${width}`);
      expect(await findings(page)).toEqual([]);
      await page.getByRole("tab", { name: "둘째" }).click();
      await cells.getByText("2", { exact: true }).waitFor();
    }));
}
