/** Real compositions, through Chromium's own input path. */
import type { CDPSession, Locator, Page } from "playwright-core";

export class Ime {
  private constructor(private readonly debug: CDPSession) {}

  static async of(page: Page, field: Locator): Promise<Ime> {
    await field.click();
    return new Ime(await page.context().newCDPSession(page));
  }

  /** What is underlined while a syllable is put together. */
  async compose(...steps: string[]): Promise<void> {
    for (const text of steps) {
      await this.debug.send("Input.imeSetComposition", {
        text,
        selectionStart: text.length,
        selectionEnd: text.length,
      });
    }
  }

  /** Ends the composition with this text. */
  async commit(text: string): Promise<void> {
    await this.debug.send("Input.insertText", { text });
  }

  /** Key 229 is what a page sees of a key that the input method takes; 13 is a plain Enter. */
  async enter(windowsVirtualKeyCode: 229 | 13): Promise<void> {
    const key = { key: "Enter", code: "Enter", windowsVirtualKeyCode };
    await this.debug.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key });
    await this.debug.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
  }
}
