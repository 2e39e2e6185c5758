import {
  ChevronRight,
  CircleX,
  FilePen,
  FileText,
  Globe,
  ListTodo,
  LoaderCircle,
  PackagePlus,
  Search,
  SquareTerminal,
  Terminal,
  Wrench,
} from "lucide-react";
import { memo, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "~/lib/format";
import { useNow } from "~/lib/hooks";
import type { ToolPart } from "~/live/transcript";
import { Button } from "~/ui/button";
import { CodeBlock } from "./code-block";
import { type ToolIcon, toolInput, toolOutput, toolWords } from "./tool-words";

const ICONS: Record<ToolIcon, typeof Terminal> = {
  python: SquareTerminal,
  install: PackagePlus,
  command: Terminal,
  read: FileText,
  write: FilePen,
  search: Search,
  plan: ListTodo,
  web: Globe,
  other: Wrench,
};

/** One tool, one line: what it does and for how long. Input and output unfold. */
export const ToolLine = memo(function ToolLine({ tool, stopped }: { tool: ToolPart; stopped: boolean }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const body = useId();
  const running = tool.endedAt === null;
  const now = useNow(200, running);
  const { icon, text } = toolWords(t, tool.name, tool.input);
  const Icon = running ? LoaderCircle : tool.isError ? CircleX : ICONS[icon];
  const took = (running ? now : Date.parse(tool.endedAt ?? "")) - Date.parse(tool.startedAt);
  const state = running
    ? "running"
    : stopped && tool.output === null
      ? "stopped"
      : tool.isError
        ? "failed"
        : "done";
  return (
    <div className="border-line border-b last:border-b-0">
      <button
        type="button"
        aria-expanded={open}
        aria-controls={body}
        onClick={() => setOpen(!open)}
        className="flex min-h-9 w-full items-center gap-2.5 px-3 py-1.5 text-left text-[0.875rem] hover:bg-hover"
      >
        <Icon
          aria-hidden
          className={`size-4 shrink-0 ${running ? "spinning text-accent" : tool.isError ? "text-bad" : "text-muted"}`}
        />
        <span className="min-w-0 flex-1 truncate">{text}</span>
        {state === "failed" && <span className="text-[0.8125rem] text-bad">{t("tool.failed")}</span>}
        <span className="sr-only">{t(`tool.${state}`)}</span>
        <span className="figures text-[0.8125rem] text-muted">{format.duration(Math.max(0, took))}</span>
        <ChevronRight
          aria-hidden
          className={`size-4 text-muted transition-transform ${open ? "rotate-90" : ""}`}
        />
      </button>
      <div id={body} hidden={!open}>
        {open && <ToolBody tool={tool} />}
      </div>
    </div>
  );
});

function ToolBody({ tool }: { tool: ToolPart }) {
  const { t } = useTranslation();
  const input = toolInput(tool.name, tool.input);
  const output = toolOutput(tool.output);
  return (
    <div className="space-y-3 px-3 pt-1 pb-3">
      <section>
        <h4 className="mb-1 text-[0.8125rem] text-muted">{t("tool.input")}</h4>
        <Bounded text={input.text} language={input.language} />
      </section>
      {tool.endedAt !== null && (
        <section>
          <h4 className="mb-1 text-[0.8125rem] text-muted">{t("tool.output")}</h4>
          {output ? (
            <Bounded text={output} language={null} />
          ) : (
            <p className="text-[0.875rem] text-muted">{t("tool.noOutput")}</p>
          )}
        </section>
      )}
    </div>
  );
}

const SHOWN = 4_000;

/** Long text is cut until it is asked for, so that a megabyte of output costs nothing. */
function Bounded({ text, language }: { text: string; language: string | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  const [all, setAll] = useState(false);
  const cut = !all && text.length > SHOWN;
  return (
    <>
      <CodeBlock
        code={cut ? text.slice(0, SHOWN) : text}
        language={language}
        className="[&_pre]:max-h-96 [&_pre]:overflow-y-auto"
      />
      {cut && (
        <div className="mt-1.5 flex items-center gap-2 text-[0.8125rem] text-muted">
          {t("tool.longer", { shown: format.number(SHOWN), total: format.number(text.length) })}
          <Button size="sm" look="quiet" onClick={() => setAll(true)}>
            {t("tool.showAll")}
          </Button>
        </div>
      )}
    </>
  );
}
