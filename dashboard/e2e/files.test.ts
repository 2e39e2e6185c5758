/** Files are changed, renamed, deleted and taken back in the real workspace. */
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { session } from "./session";
import { words } from "./words";

const { berth, visit } = session();
const t = words.en;

const put = (page: Page, path: string, text: string) =>
  page.evaluate(
    async ([target, body]) => {
      const response = await fetch(`/api/files/${target}`, { method: "PUT", body });
      if (!response.ok) throw new Error(await response.text());
    },
    [path, text] as [string, string],
  );

const get = (page: Page, path: string) =>
  page.evaluate(async (target) => {
    const response = await fetch(`/api/files/${target}`);
    return response.ok ? response.text() : null;
  }, path);

test("a file is changed and saved in place, and deleting can be taken back", () =>
  visit({}, async (page) => {
    await put(page, "notes.md", "world\n");
    await page.goto(`${berth.origin}/files?open=notes.md`);
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("Hello, ");
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
