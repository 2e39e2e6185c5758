import i18next, { type TFunction } from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { en } from "~/i18n/en";
import { ko } from "~/i18n/ko";
import { toolOutput, toolWords } from "./tool-words";

let english: TFunction;
let korean: TFunction;
beforeAll(async () => {
  await i18next.init({
    resources: { en: { translation: en }, ko: { translation: ko } },
    interpolation: { escapeValue: false },
  });
  english = i18next.getFixedT("en");
  korean = i18next.getFixedT("ko");
});

const bash = (command: string) => toolWords(english, "Bash", { command }).text;

describe("toolWords", () => {
  it("names what a command does", () => {
    expect(bash("pip install openpyxl==3.1.5")).toBe("Installing openpyxl");
    expect(bash("cd x && pip3 install -q 'pandas>=2' rich[all] a b")).toBe("Installing pandas, rich, a, …");
    expect(bash("npm i @scope/name@1")).toBe("Installing @scope/name");
    expect(bash("python3 - <<'PY'\nprint(1)\nPY")).toBe("Running Python");
    expect(bash("python3 /workspace/count.py --fast")).toBe("Running count.py");
    expect(bash("ls -la")).toBe("Looking through files");
    expect(bash("head -n 4 sales.csv; wc -l sales.csv")).toBe("Running a command");
    expect(bash("git status")).toBe("Running git");
  });

  it("speaks the reader's language", () => {
    expect(toolWords(korean, "Bash", { command: "pip install humanize" }).text).toBe("humanize 설치");
    expect(toolWords(korean, "Read", { file_path: "/workspace/a/sales.csv" }).text).toBe("sales.csv 읽기");
  });

  it("survives any input", () => {
    for (const input of [null, 1, "x", {}, { command: 3 }, []])
      expect(bash(input as unknown as string)).toBeTruthy();
    expect(toolWords(english, "Mystery", null).text).toBe("Using Mystery");
  });
});

describe("toolOutput", () => {
  it("reads text, blocks, and anything else", () => {
    expect(toolOutput("plain")).toBe("plain");
    expect(toolOutput([{ type: "text", text: "a" }, { type: "image" }, { type: "text", text: "b" }])).toBe(
      "a\nb",
    );
    expect(toolOutput(null)).toBe("");
    expect(toolOutput({ a: 1 })).toContain('"a"');
  });
});
