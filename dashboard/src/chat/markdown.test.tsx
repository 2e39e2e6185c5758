import { render } from "@testing-library/react";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { en } from "~/i18n/en";
// What a code block loads when it is first shown. Here it is loaded before, so that no test ends while it is on its way.
import "./highlight";
import { Markdown } from "./markdown";

beforeAll(() => i18next.use(initReactI18next).init({ lng: "en", resources: { en: { translation: en } } }));

const show = (source: string) => render(<Markdown source={source} />).container;

describe("Markdown of an answer", () => {
  it("keeps raw HTML from becoming elements", () => {
    const html = show(
      '<script>alert(1)</script>\n\n<img src=x onerror="alert(1)">\n\n<iframe src="https://evil.test"></iframe>',
    );
    expect(html.querySelector("script, img, iframe")).toBeNull();
  });

  it("never loads a picture from elsewhere", () => {
    const html = show("![pixel](https://evil.test/p.png?secret) ![svg](data:image/svg+xml,<svg/>)");
    expect(html.querySelector("img")).toBeNull();
    expect(html.querySelector("a")?.textContent).toContain("evil.test");
  });

  it("makes no link of what is not the web or mail", () => {
    const html = show("[a](javascript:alert(1)) [b](data:text/html,x) [c](/api/auth/logout) [d](vbscript:x)");
    expect(html.querySelectorAll("a")).toHaveLength(0);
  });

  it("shows where a link goes, and opens it apart", () => {
    const link = show("[your bank](https://evil.test/login)").querySelector("a");
    expect(link?.textContent).toContain("evil.test");
    expect(link?.rel).toContain("noopener");
    expect(link?.target).toBe("_blank");
  });

  it("renders tables and code", () => {
    const html = show("| a | b |\n|---|--:|\n| 1 | 2 |\n\n```python\nprint(1)\n```");
    expect(html.querySelectorAll("td")).toHaveLength(2);
    expect(html.querySelector("pre code")?.textContent).toBe("print(1)");
  });
});
