import { useTranslation } from "react-i18next";
import type { AgentSpec } from "~/api/agents";
import { useFormat } from "~/lib/format";
import { changedFields, type DiffLine, diffLines } from "./spec-diff";
import { fieldWords } from "./spec-words";

/** Unchanged lines next to a change that are shown with it. */
const AROUND = 2;

/** What one version has that the one before had not; the whole of the first. */
export function VersionDiff({ before, after }: { before: AgentSpec | null; after: AgentSpec }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!before)
    return (
      <>
        <p className="mb-3 text-[0.875rem] text-muted">{t("agents.versions.first")}</p>
        <p className="rounded-xl border border-line p-4 whitespace-pre-wrap">{after.prompt}</p>
      </>
    );
  const fields = changedFields(before, after);
  const words = before.prompt !== after.prompt;
  if (!words && fields.length === 0) return <p className="text-muted">{t("agents.versions.same")}</p>;
  return (
    <div className="space-y-4">
      {words && <Lines lines={diffLines(before.prompt, after.prompt)} />}
      {fields.length > 0 && (
        <dl className="divide-y divide-line rounded-xl border border-line text-[0.875rem]">
          {fields.map((field) => (
            <div key={field} className="px-4 py-2.5">
              <dt className="text-muted">{fieldWords(t, format, field, after).name}</dt>
              <dd className="mt-1 grid gap-x-4 gap-y-1 whitespace-pre-line sm:grid-cols-2">
                <del className="text-muted decoration-bad">
                  <span className="sr-only">{t("agents.versions.before")}: </span>
                  {fieldWords(t, format, field, before).value}
                </del>
                <ins className="no-underline">
                  <span className="sr-only">{t("agents.versions.after")}: </span>
                  {fieldWords(t, format, field, after).value}
                </ins>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

/** Two texts laid side by side, line by line. */
export function Lines({ lines }: { lines: readonly DiffLine[] }) {
  const { t } = useTranslation();
  return (
    <ol className="overflow-hidden rounded-xl border border-line text-[0.9375rem]">
      {folded(lines).map((line) =>
        typeof line.item === "number" ? (
          <li key={line.at} className="bg-sunken px-4 py-1 text-[0.8125rem] text-muted">
            {t("agents.versions.unchanged", { count: line.item })}
          </li>
        ) : (
          <Line key={line.at} line={line.item} />
        ),
      )}
    </ol>
  );
}

const LOOK = {
  same: { row: "", sign: " ", tone: "text-muted" },
  added: { row: "bg-ok-soft", sign: "+", tone: "text-ok" },
  removed: { row: "bg-bad-soft", sign: "−", tone: "text-bad" },
} as const;

function Line({ line }: { line: DiffLine }) {
  const { t } = useTranslation();
  const { row, sign, tone } = LOOK[line.kind];
  return (
    <li className={`flex gap-3 px-4 py-0.5 ${row}`}>
      <span aria-hidden className={`w-3 shrink-0 select-none font-mono ${tone}`}>
        {sign}
      </span>
      {line.kind !== "same" && (
        <span className="sr-only">
          {t(line.kind === "added" ? "agents.versions.added" : "agents.versions.removed")}:{" "}
        </span>
      )}
      <span className="min-w-0 whitespace-pre-wrap">{line.text || " "}</span>
    </li>
  );
}

/** Long stretches without a change become their length. */
export function folded(lines: readonly DiffLine[]): { at: number; item: DiffLine | number }[] {
  const shown = lines.map((line, index) => {
    const near = lines.slice(Math.max(0, index - AROUND), index + AROUND + 1);
    return line.kind !== "same" || near.some(({ kind }) => kind !== "same");
  });
  const out: { at: number; item: DiffLine | number }[] = [];
  lines.forEach((line, at) => {
    const last = out.at(-1);
    if (shown[at]) out.push({ at, item: line });
    else if (last && typeof last.item === "number") last.item += 1;
    else out.push({ at, item: 1 });
  });
  return out;
}
