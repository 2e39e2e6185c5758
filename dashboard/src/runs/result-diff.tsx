import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type DiffLine, lineDiff } from "~/lib/line-diff";

/** Lines around a change that show where it stands. */
const CONTEXT = 2;

/** What the newer text says that the older does not, and the other way round. */
export function ResultDiff({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation();
  const chunks = useMemo(() => folded(lineDiff(before, after)), [before, after]);
  if (before === after) return <p className="text-muted">{t("runs.sameText")}</p>;
  return (
    <div className="overflow-hidden rounded-2xl border border-line py-1 text-[0.875rem]">
      {chunks.map((chunk, index) =>
        typeof chunk === "number" ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a list that is made once keeps its places.
          <p key={index} className="my-1 bg-rail px-4 py-1 text-[0.8125rem] text-muted">
            {t("runs.unchanged", { count: chunk })}
          </p>
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: see above.
          <Line key={index} line={chunk} />
        ),
      )}
    </div>
  );
}

const LOOK = {
  same: { mark: " ", tone: "" },
  added: { mark: "+", tone: "bg-ok-soft" },
  removed: { mark: "−", tone: "bg-bad-soft" },
} as const;

function Line({ line }: { line: DiffLine }) {
  const { t } = useTranslation();
  const { mark, tone } = LOOK[line.kind];
  return (
    <div className={`flex gap-3 px-4 py-0.5 ${tone}`}>
      <span aria-hidden className="w-3 shrink-0 select-none text-muted">
        {mark}
      </span>
      {line.kind !== "same" && (
        <span className="sr-only">
          {line.kind === "added" ? t("agents.versions.added") : t("agents.versions.removed")}:{" "}
        </span>
      )}
      <span className="min-w-0 whitespace-pre-wrap">{line.text || " "}</span>
    </div>
  );
}

/** Long stretches without a change become the number of their lines. */
function folded(lines: readonly DiffLine[]): (DiffLine | number)[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ kind }) => kind !== "same"),
  );
  const chunks: (DiffLine | number)[] = [];
  for (const [at, line] of lines.entries()) {
    const last = chunks.at(-1);
    if (near[at]) chunks.push(line);
    else if (typeof last === "number") chunks[chunks.length - 1] = last + 1;
    else chunks.push(1);
  }
  return chunks;
}
