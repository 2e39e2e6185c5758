/** The status bar tells the truth whoever answers: here a model API in a process of its own, with a key. */
import { afterAll, expect, test } from "vitest";
import { modelName } from "../src/lib/model-name";
import { findings, type Language, shot } from "./browser";
import { ModelServer } from "./model";
import { session } from "./session";
import { answered, words, write } from "./words";

const model = new ModelServer();
const { visit } = session(() => model.start());
afterAll(() => model.stop());

for (const language of ["en", "ko"] as const satisfies Language[]) {
  for (const width of [1440, 360]) {
    test(`the bar tells activity, model, tokens, cost and memory of a model that is no demo (${language}, ${width} px)`, () =>
      visit({ language, width }, async (page) => {
        const t = words[language];
        const bar = page.getByRole("region", { name: t.bar.label });
        const figure = (name: string) =>
          bar.locator("div", { has: page.getByText(name, { exact: true }) }).locator("dd");
        await bar.getByText(t.bar.idle).waitFor();
        await write(page, "[[bash:sleep 2]]");
        await bar.getByText(/sleep/).waitFor();
        await shot(page, `status-bar-working-${language}-${width}`);
        await answered(page);
        await bar.getByText(t.bar.idle).waitFor();

        const asked = (await model.asked()).at(-1) ?? "nothing";
        expect(asked).not.toBe("nothing");
        await figure(t.bar.model).getByText(modelName(asked), { exact: true }).waitFor();
        expect(await page.getByText(t.workspace.demo, { exact: true }).count(), "no demo").toBe(0);
        await figure(t.bar.tokens)
          .getByText(/[1-9][\d,]*/)
          .waitFor();
        await figure(t.bar.cost)
          .getByText(/^(?:US)?\$0\.0*[1-9]/)
          .waitFor();
        await figure(t.bar.memory)
          .getByText(/\d+(?:\.\d)? ?MB/)
          .waitFor();
        expect(await findings(page)).toEqual([]);
        await shot(page, `status-bar-${language}-${width}`);
        // The figures are the stored ones, so that a reload shows them again.
        const before = (await figure(t.bar.tokens).textContent()) ?? "";
        await page.reload();
        await figure(t.bar.tokens).getByText(before, { exact: true }).waitFor();
        await figure(t.bar.model).getByText(modelName(asked), { exact: true }).waitFor();
      }));
  }
}
