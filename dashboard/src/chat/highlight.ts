import bash from "highlight.js/lib/languages/bash";
import css from "highlight.js/lib/languages/css";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import sql from "highlight.js/lib/languages/sql";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { createLowlight } from "lowlight";

const lowlight = createLowlight({ bash, css, javascript, json, python, sql, typescript, xml, yaml });
lowlight.registerAlias({
  bash: ["sh", "shell", "console", "zsh"],
  python: ["py", "python3"],
  xml: ["html", "svg"],
});

export type CodeTree = ReturnType<typeof lowlight.highlight>["children"];

export function highlight(code: string, language: string): CodeTree | null {
  return lowlight.registered(language) ? lowlight.highlight(language, code).children : null;
}
