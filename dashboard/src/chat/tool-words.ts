import type { TFunction } from "i18next";

export type ToolIcon =
  | "python"
  | "install"
  | "command"
  | "read"
  | "write"
  | "search"
  | "plan"
  | "web"
  | "other";

export interface ToolWords {
  icon: ToolIcon;
  text: string;
}

/** What a tool does, as a verb in the user's language: derived from its name and its input. */
export function toolWords(t: TFunction, name: string, input: unknown): ToolWords {
  const field = (key: string) => stringField(input, key);
  switch (name) {
    case "Bash":
      return commandWords(t, field("command"));
    case "Read":
    case "NotebookRead":
      return { icon: "read", text: t("tool.read", { file: baseName(field("file_path")) }) };
    case "Write":
      return { icon: "write", text: t("tool.write", { file: baseName(field("file_path")) }) };
    case "Edit":
    case "MultiEdit":
    case "NotebookEdit":
      return {
        icon: "write",
        text: t("tool.edit", { file: baseName(field("file_path") || field("notebook_path")) }),
      };
    case "Grep":
      return { icon: "search", text: t("tool.search", { pattern: shorten(field("pattern")) }) };
    case "Glob":
      return { icon: "search", text: t("tool.find") };
    case "LS":
      return { icon: "search", text: t("tool.list") };
    case "TodoWrite":
      return { icon: "plan", text: t("tool.todo") };
    case "Task":
    case "Agent":
      return { icon: "plan", text: t("tool.task", { name: shorten(field("description")) }) };
    case "WebFetch":
    case "WebSearch":
      return { icon: "web", text: t("tool.web") };
    default:
      return ownWords(t, name) ?? { icon: "other", text: t("tool.other", { name }) };
  }
}

/** Our own tools, as the CLI names them. */
const OWN = /^mcp__berth__(\w+)$/;
const OWN_TOOLS = [
  "propose_agent",
  "propose_schedule",
  "list_agents",
  "list_runs",
  "read_run",
  "publish_result",
  "notify_owner",
  "ask_owner",
] as const;

function ownWords(t: TFunction, name: string): ToolWords | null {
  const own = OWN_TOOLS.find((known) => known === OWN.exec(name)?.[1]);
  return own ? { icon: "plan", text: t(`agents.tool.${own}`) } : null;
}

function commandWords(t: TFunction, command: string): ToolWords {
  const packages = installed(command);
  if (packages.length > 0)
    return { icon: "install", text: t("tool.install", { packages: packages.join(", ") }) };
  const script = /(?:^|[\s;&|/])python3?(?:\.\d+)?\s+(?!-)([^\s;&|<>]+\.py)\b/.exec(command)?.[1];
  if (script) return { icon: "python", text: t("tool.pythonFile", { file: baseName(script) }) };
  if (/(?:^|[\s;&|/])python3?(?:\.\d+)?(?:\s|$)/.test(command))
    return { icon: "python", text: t("tool.python") };
  if (/^\s*(?:ls|find|tree)\b/.test(command)) return { icon: "search", text: t("tool.list") };
  const read = /^\s*(?:cat|head|tail)\s+(?:-\S+\s+)*([^\s;&|<>-][^\s;&|<>]*)\s*$/.exec(command)?.[1];
  if (read) return { icon: "read", text: t("tool.read", { file: baseName(read) }) };
  const program = /^\s*([\w.-]{1,24})(?:\s[^;&|]*)?$/.exec(command)?.[1];
  return program
    ? { icon: "command", text: t("tool.commandNamed", { command: program }) }
    : { icon: "command", text: t("tool.command") };
}

/** Names of packages a pip or npm command installs, without versions and options; three at most. */
function installed(command: string): string[] {
  const match = /(?:^|[\s;&|])(?:pip3?|uv pip|npm|pnpm)\s+(?:install|add|i)\s+([^;&|\n]+)/.exec(command);
  const words = match?.[1]?.split(/\s+/) ?? [];
  const names = words
    .filter((word) => /^["']?@?[a-z]/i.test(word))
    .map((word) => word.replace(/["']/g, "").replace(/(?<=.)[@=<>~![].*$/, ""));
  return names.length > 3 ? [...names.slice(0, 3), "…"] : names;
}

function stringField(input: unknown, key: string): string {
  if (typeof input !== "object" || input === null) return "";
  const value = (input as Record<string, unknown>)[key];
  return typeof value === "string" ? value : "";
}

export function baseName(path: string): string {
  return path.split("/").filter(Boolean).at(-1) ?? path;
}

function shorten(text: string): string {
  return text.length > 48 ? `${text.slice(0, 47)}…` : text;
}

/** What was run, as text: the command or the written content by itself, anything else as JSON. */
export function toolInput(name: string, input: unknown): { text: string; language: string } {
  if (name === "Bash") return { text: stringField(input, "command"), language: "bash" };
  if (name === "Write")
    return { text: stringField(input, "content"), language: extension(stringField(input, "file_path")) };
  return { text: JSON.stringify(input, null, 2) ?? "", language: "json" };
}

function extension(path: string): string {
  return /\.(\w+)$/.exec(path)?.[1] ?? "text";
}

/** The text of a tool's result, whichever of the API's shapes it came in. */
export function toolOutput(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return content == null ? "" : JSON.stringify(content, null, 2);
  return content
    .map((block: unknown) => stringField(block, "text"))
    .filter(Boolean)
    .join("\n");
}
