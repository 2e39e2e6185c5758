import { useTranslation } from "react-i18next";
import { ToolLine } from "~/chat/lazy-parts";
import type { Turn } from "~/live/transcript";

/** The way a run went, one line a step; each unfolds to what went in and what came out. */
export function RunSteps({ turn }: { turn: Turn }) {
  const { t } = useTranslation();
  const tools = turn.parts.filter((part) => part.type === "tool");
  const stopped = turn.outcome !== null && turn.outcome.state !== "succeeded";
  return (
    <section className="mt-8" aria-labelledby="steps">
      <h2 id="steps" className="mb-2 font-semibold text-[0.9375rem]">
        {t("runs.steps")}
      </h2>
      {tools.length > 0 ? (
        <div className="overflow-hidden rounded-2xl border border-line">
          {tools.map((tool) => (
            <ToolLine key={tool.key} tool={tool} stopped={stopped} />
          ))}
        </div>
      ) : (
        <p className="text-[0.875rem] text-muted">{t("runs.noSteps")}</p>
      )}
    </section>
  );
}
