import { useBlocker } from "@tanstack/react-router";
import { ChevronDown, ChevronRight } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { AgentSpec } from "~/api/agents";
import { ApiError } from "~/api/client";
import { errorText } from "~/api/words";
import { Button } from "~/ui/button";
import { Confirm } from "~/ui/confirm";
import { DoneFields } from "./done-fields";
import { InstructionFields } from "./instruction-fields";
import { LimitFields } from "./limit-fields";
import { NotifyFields } from "./notify-fields";
import { missing, refused, type SpecErrors } from "./spec-errors";
import { TestRun } from "./test-run";

export interface EditorSave {
  label: string;
  primary?: boolean;
  /** Throws what the server says. */
  save(spec: AgentSpec): Promise<void>;
}

/** Everything its owner writes about an agent, and a test run beside it. */
export function AgentEditor({
  initial,
  fresh,
  saves,
  extra,
  changed = false,
  tested,
  onTest,
}: {
  initial: AgentSpec;
  fresh: boolean;
  saves: readonly EditorSave[];
  /** More to fill in, under the instructions. */
  extra?: ReactNode;
  /** Something of `extra` was changed. */
  changed?: boolean;
  /** The conversation of the last test run. */
  tested: string | null;
  onTest(spec: AgentSpec): Promise<void>;
}) {
  const { t } = useTranslation();
  const [spec, setSpec] = useState(initial);
  const [testedSpec, setTestedSpec] = useState<AgentSpec | null>(null);
  const [errors, setErrors] = useState<SpecErrors>({});
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const dirty = changed || spec !== initial;
  const leaving = useLeaveGuard(dirty);
  const change = (part: Partial<AgentSpec>) => setSpec({ ...spec, ...part });

  /** Tries `action` with what is on the page; says what is wrong with it, at its field. */
  const attempt = async (action: (spec: AgentSpec) => Promise<void>) => {
    const found = missing(t, spec);
    setErrors(found);
    setProblem(null);
    if (Object.keys(found).length > 0) return setProblem(t("error.agentInvalid"));
    setBusy(true);
    leaving.allow(true);
    try {
      await action(spec);
    } catch (error) {
      leaving.allow(false);
      setErrors(refused(t, error));
      const changedMeanwhile = error instanceof ApiError && error.code === "agent.changed";
      setProblem(changedMeanwhile ? t("agents.editor.changed") : errorText(t, error));
    } finally {
      setBusy(false);
    }
  };
  const test = () =>
    attempt(async (draft) => {
      await onTest(draft);
      setTestedSpec(draft);
      leaving.allow(false);
    });
  const parts = { spec, errors, onChange: change };
  return (
    <div className="grid items-start gap-6 lg:grid-cols-[minmax(0,1fr)_minmax(0,26rem)]">
      <form
        noValidate
        className="min-w-0 space-y-6"
        onSubmit={(event) => {
          event.preventDefault();
          const [first] = saves;
          if (first) void attempt(first.save);
        }}
      >
        <InstructionFields {...parts} />
        {extra}
        <DoneFields {...parts} />
        <Folded title={t("agents.editor.limits")} open={Object.keys(errors).some(isLimit)}>
          <LimitFields {...parts} />
          <NotifyFields {...parts} />
        </Folded>
        {problem && (
          <p role="alert" className="text-[0.875rem] text-bad">
            {problem}
          </p>
        )}
        <div className="flex flex-wrap items-center gap-2">
          {saves.map(({ label, primary, save }) => (
            <Button
              key={label}
              look={primary ? "primary" : "plain"}
              disabled={busy}
              onClick={() => void attempt(save)}
            >
              {label}
            </Button>
          ))}
          {dirty && <span className="text-[0.8125rem] text-muted">{t("agents.editor.unsaved")}</span>}
        </div>
      </form>
      <div className="lg:sticky lg:top-6">
        <TestRun
          conversationId={tested}
          fresh={fresh}
          stale={testedSpec !== null && testedSpec !== spec}
          onStart={test}
        />
      </div>
      {leaving.dialog}
    </div>
  );
}

const isLimit = (field: string) => /^(?:time|cost|model|network|notify)/.test(field);

function Folded({ title, open, children }: { title: string; open: boolean; children: ReactNode }) {
  const [shown, setShown] = useState(open);
  useEffect(() => {
    if (open) setShown(true);
  }, [open]);
  const Chevron = shown ? ChevronDown : ChevronRight;
  return (
    <div>
      <Button look="quiet" className="-ml-3.5" aria-expanded={shown} onClick={() => setShown(!shown)}>
        <Chevron aria-hidden /> {title}
      </Button>
      {shown && <div className="mt-3 space-y-6">{children}</div>}
    </div>
  );
}

/** Asks before unsaved changes are left behind. */
function useLeaveGuard(dirty: boolean): { allow(leave: boolean): void; dialog: ReactNode } {
  const { t } = useTranslation();
  const allowed = useRef(false);
  const blocker = useBlocker({
    // Another test on the same page is no leaving of it.
    shouldBlockFn: ({ current, next }) => dirty && !allowed.current && current.pathname !== next.pathname,
    enableBeforeUnload: () => dirty && !allowed.current,
    withResolver: true,
  });
  return {
    allow: (leave) => {
      allowed.current = leave;
    },
    dialog: blocker.status === "blocked" && (
      <Confirm
        title={t("agents.editor.leaveTitle")}
        action={t("agents.editor.leaveYes")}
        cancel={t("agents.editor.stay")}
        danger
        onClose={blocker.reset}
        onConfirm={async () => blocker.proceed()}
      >
        {t("agents.editor.leave")}
      </Confirm>
    ),
  };
}
