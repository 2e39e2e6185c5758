import { useVirtualizer } from "@tanstack/react-virtual";
import { Radio, Search } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { StoredEvent } from "~/live/protocol";
import { CopyButton } from "~/ui/copy-button";

const LINE_PX = 26;
/** A line of the list is for finding; the copy has the whole of it. */
const SHOWN_CHARS = 600;

/** Every stored event, one a line, as it came. While the run goes on, who reads its end sees the next lines come. */
export function RunLog({ events, live }: { events: readonly StoredEvent[]; live: boolean }) {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const scroller = useRef<HTMLElement>(null);
  const lines = useMemo(() => events.map(line), [events]);
  const wanted = query.trim().toLowerCase();
  const shown = wanted ? lines.filter((text) => text.toLowerCase().includes(wanted)) : lines;
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => LINE_PX,
    overscan: 20,
  });
  const atEnd = useRef(true);
  useEffect(() => {
    if (live && atEnd.current && shown.length > 0) virtual.scrollToIndex(shown.length - 1, { align: "end" });
  }, [live, shown.length, virtual]);
  return (
    <section className="mt-8" aria-labelledby="log">
      <div className="mb-2 flex flex-wrap items-center gap-x-3 gap-y-2">
        <h2 id="log" className="font-semibold text-[0.9375rem]">
          {t("runs.log")}
        </h2>
        <span className="figures mr-auto flex items-center gap-3 text-[0.8125rem] text-muted">
          {t("runs.logCount", { count: shown.length })}
          {live && (
            <span className="inline-flex items-center gap-1.5 text-accent">
              <Radio aria-hidden className="size-3.5" /> {t("runs.logLive")}
            </span>
          )}
        </span>
        <label className="relative">
          <span className="sr-only">{t("runs.logSearch")}</span>
          <Search aria-hidden className="absolute top-2 left-2.5 size-4 text-muted" />
          <input
            type="search"
            value={query}
            placeholder={t("runs.logSearch")}
            onChange={(event) => setQuery(event.target.value)}
            className="h-8 w-52 rounded-lg bg-sunken pr-2 pl-8.5 text-[0.875rem]"
          />
        </label>
        <CopyButton text={shown.join("\n")} label={t("common.copy")} />
      </div>
      <section
        ref={scroller}
        aria-labelledby="log"
        tabIndex={0}
        onScroll={({ currentTarget: box }) => {
          atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < 2 * LINE_PX;
        }}
        className="thin-scroll h-80 overflow-auto rounded-xl border border-line bg-sunken font-mono text-[0.75rem]"
      >
        {shown.length === 0 && (
          <p className="p-3 font-sans text-[0.875rem] text-muted">{t("runs.logEmpty", { query })}</p>
        )}
        <div className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => (
            <div
              key={item.key}
              className="absolute left-0 h-[26px] px-3 leading-[26px] whitespace-pre"
              style={{ top: item.start }}
            >
              {shown[item.index]?.slice(0, SHOWN_CHARS)}
            </div>
          ))}
        </div>
      </section>
    </section>
  );
}

function line({ seq, at, event }: StoredEvent): string {
  const { kind, ...rest } = event;
  return `${seq}  ${at}  ${kind}  ${JSON.stringify(rest)}`;
}
