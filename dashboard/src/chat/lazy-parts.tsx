import { lazy, Suspense } from "react";
import type { CheckResult } from "~/live/protocol";
import type { FilePart, ToolPart } from "~/live/transcript";

const markdown = () => import("./markdown");
const fileCard = () => import("./file-card");
const toolLine = () => import("./tool-line");
const MarkdownRenderer = lazy(() => markdown().then((module) => ({ default: module.Markdown })));
const Card = lazy(() => fileCard().then((module) => ({ default: module.FileCard })));

const Line = lazy(() => toolLine().then((module) => ({ default: module.ToolLine })));

const Checks = lazy(() => import("~/agents/checks-view").then((module) => ({ default: module.ChecksView })));
const Proposal = lazy(() =>
  import("~/agents/proposal-card").then((module) => ({ default: module.ProposalCard })),
);

/** Fetches what the first answer will need, once the page stands. An effect. */
export function preloadParts(): () => void {
  const timer = setTimeout(() => void Promise.all([markdown(), toolLine(), fileCard()]), 300);
  return () => clearTimeout(timer);
}

/** Markdown; its plain source for the moment until the renderer is here. */
export function Markdown({ source }: { source: string }) {
  return (
    <Suspense fallback={<p className="whitespace-pre-wrap leading-[1.65]">{source}</p>}>
      <MarkdownRenderer source={source} />
    </Suspense>
  );
}

export function FileCard({ file }: { file: FilePart }) {
  return (
    <Suspense fallback={<div className="h-11" />}>
      <Card file={file} />
    </Suspense>
  );
}

export function ToolLine({ tool, stopped }: { tool: ToolPart; stopped: boolean }) {
  return (
    <Suspense fallback={<div className="h-9" />}>
      <Line tool={tool} stopped={stopped} />
    </Suspense>
  );
}

export function ChecksView({ checks }: { checks: readonly CheckResult[] }) {
  return (
    <Suspense fallback={<div className="h-11" />}>
      <Checks checks={checks} />
    </Suspense>
  );
}

export function ProposalCard({ id }: { id: string }) {
  return (
    <Suspense fallback={<div className="h-40" />}>
      <Proposal id={id} />
    </Suspense>
  );
}
