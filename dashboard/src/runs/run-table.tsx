import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isOpen, type Run } from "~/api/runs";
import { useFormat } from "~/lib/format";
import { useNarrow, useNow } from "~/lib/hooks";
import { StateLabel, shownState } from "~/ui/state";
import { runLine, runName, tookMs } from "./run-words";
import { TriggerLabel } from "./trigger";

const ROW_PX = 44;
const NARROW_ROW_PX = 66;
const OVERSCAN = 12;
/** So many rows before the end the next page is asked for: reading on has no seam. */
const AHEAD = 20;

interface Props {
  runs: readonly Run[];
  /** What scrolls the page. */
  scroller: RefObject<HTMLElement | null>;
  onNearEnd(): void;
}

/** The rows in view, and no others: a hundred thousand runs scroll like fifty. */
export function RunTable({ runs, scroller, onNearEnd }: Props) {
  const { t } = useTranslation();
  const narrow = useNarrow();
  const now = useNow(
    1_000,
    runs.some((run) => isOpen(run.state)),
  );
  const table = useRef<HTMLTableElement>(null);
  const offset = useOffset(table, scroller);
  const virtual = useVirtualizer({
    count: runs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (narrow ? NARROW_ROW_PX : ROW_PX),
    overscan: OVERSCAN,
    scrollMargin: offset,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a row's height has changed with the width of the window.
  useEffect(() => virtual.measure(), [narrow]);
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= runs.length - AHEAD) onNearEnd();
  }, [last, runs.length, onNearEnd]);
  const above = (shown[0]?.start ?? offset) - offset;
  const below = virtual.getTotalSize() - ((shown.at(-1)?.end ?? offset) - offset);
  const head = "px-3 py-2.5 font-medium";
  return (
    <div className="overflow-clip rounded-2xl border border-line">
      <table ref={table} className="w-full table-fixed text-[0.875rem]" aria-rowcount={runs.length + 1}>
        <thead className="bg-rail text-left text-[0.8125rem] text-muted max-md:sr-only">
          <tr>
            <th scope="col" className={`${head} w-40 pl-4`}>
              {t("runs.state")}
            </th>
            <th scope="col" className={head}>
              {t("runs.result")}
            </th>
            <th scope="col" className={`${head} w-32 max-lg:hidden`}>
              {t("runs.trigger")}
            </th>
            <th scope="col" className={`${head} w-40`}>
              {t("runs.when")}
            </th>
            <th scope="col" className={`${head} w-24 text-right`}>
              {t("runs.duration")}
            </th>
            <th scope="col" className={`${head} w-24 pr-4 text-right`}>
              {t("runs.cost")}
            </th>
          </tr>
        </thead>
        <tbody>
          {above > 0 && <Spacer height={above} />}
          {shown.map(({ index }) => {
            const run = runs[index];
            return run && <Row key={run.id} run={run} now={now} index={index} />;
          })}
          {below > 0 && <Spacer height={below} />}
        </tbody>
      </table>
    </div>
  );
}

function Row({ run, now, index }: { run: Run; now: number; index: number }) {
  const { t } = useTranslation();
  const format = useFormat();
  const took = tookMs(run, now);
  const line = runLine(t, run);
  const state = <StateLabel state={shownState(run)} />;
  const when = (
    <time dateTime={run.queued_at} title={format.full(run.queued_at)}>
      {format.when(run.queued_at, Math.max(now, Date.parse(run.queued_at)))}
    </time>
  );
  return (
    <tr
      aria-rowindex={index + 2}
      className="relative h-[44px] border-line border-t first:border-t-0 hover:bg-hover max-md:h-[66px] md:first:border-t"
    >
      <td className="pl-4 max-md:hidden">{state}</td>
      <td className="px-3 max-md:px-4" colSpan={1}>
        <div className="mb-0.5 flex items-center justify-between gap-3 text-[0.8125rem] text-muted md:hidden">
          {state}
          <span className="truncate">
            {when} · <span className="figures">{format.money(run.usage.cost_usd)}</span>
          </span>
        </div>
        <div className="truncate">
          <Link
            to="/runs/$id"
            params={{ id: run.id }}
            className="font-medium outline-offset-[-2px] after:absolute after:inset-0 after:content-['']"
          >
            {runName(t, run)}
          </Link>
          {line && <span className="text-muted"> — {line}</span>}
        </div>
      </td>
      <td className="px-3 text-muted max-lg:hidden">
        <TriggerLabel trigger={run.trigger} />
      </td>
      <td className="truncate px-3 text-muted max-md:hidden">{when}</td>
      <td className="px-3 text-right text-muted max-md:hidden">{took !== null && format.duration(took)}</td>
      <td className="px-3 pr-4 text-right max-md:hidden">{format.money(run.usage.cost_usd)}</td>
    </tr>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden>
      <td style={{ height }} />
    </tr>
  );
}

/** How far below the top of what scrolls an element begins. */
function useOffset(inner: RefObject<HTMLElement | null>, outer: RefObject<HTMLElement | null>): number {
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const [box, frame] = [inner.current, outer.current];
    if (!box || !frame) return;
    setOffset(box.getBoundingClientRect().top - frame.getBoundingClientRect().top + frame.scrollTop);
  });
  return offset;
}
