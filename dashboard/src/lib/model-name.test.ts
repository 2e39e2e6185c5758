import { expect, it } from "vitest";
import { modelName } from "./model-name";

it("says a model's name as people do, and leaves alone what it does not know", () => {
  const names = {
    "claude-opus-4-5-20251101": "Claude Opus 4.5",
    "claude-opus-5-5": "Claude Opus 5.5",
    "claude-sonnet-4-20250514": "Claude Sonnet 4",
    "claude-3-5-haiku-20241022": "Claude Haiku 3.5",
    "claude-sonnet-latest": "claude-sonnet-latest",
    "eu.anthropic.claude-sonnet-4": "eu.anthropic.claude-sonnet-4",
    "local-model": "local-model",
  };
  for (const [id, name] of Object.entries(names)) expect(modelName(id)).toBe(name);
});
