import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInstance, type TFunction } from "i18next";
import { expect, it } from "vitest";
import type { Outcome } from "~/live/transcript";
import { en } from "../i18n/en";
import { ko } from "../i18n/ko";
import { outcomeWords } from "./outcome-words";

const DOCUMENT = join(import.meta.dirname, "../../../docs/api/openapi.json");
const document = JSON.parse(readFileSync(DOCUMENT, "utf8"));
const reasons: string[] = document.components.schemas.Reason.enum;

async function translator(language: "en" | "ko"): Promise<TFunction> {
  const i18n = createInstance();
  await i18n.init({ lng: language, resources: { en: { translation: en }, ko: { translation: ko } } });
  return i18n.t;
}

function ended(reason: string): Outcome {
  return { state: "failed", reason, result: null, durationMs: 1 } as Outcome;
}

for (const language of ["en", "ko"] as const) {
  it(`every reason the server may give has a sentence of its own (${language})`, async () => {
    const t = await translator(language);
    const other = outcomeWords(t, ended("from_a_newer_server"))?.text;
    const texts = reasons
      .filter((reason) => reason !== "completed")
      .map((reason) => outcomeWords(t, ended(reason))?.text);
    expect(texts).not.toContain(other);
    expect(new Set(texts).size).toBe(reasons.length - 1);
  });
}
