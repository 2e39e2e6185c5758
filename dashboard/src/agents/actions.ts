import { useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Agent, changeAgent, duplicateAgent, runAgent } from "~/api/agents";
import { errorText } from "~/api/words";
import { uuidv7 } from "~/lib/ids";
import { toasts } from "~/ui/toast-store";

/** What can be done with an agent anywhere, each with its word when it is done or refused. */
export function useAgentActions() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const attempt = async <T>(action: () => Promise<T>, done?: (result: T) => void): Promise<T | null> => {
    try {
      const result = await action();
      done?.(result);
      return result;
    } catch (error) {
      toasts.show(errorText(t, error), { tone: "bad" });
      return null;
    } finally {
      void queries.invalidateQueries({ queryKey: ["agents"] });
    }
  };
  return {
    attempt,
    setActive: (agent: Agent, on: boolean) =>
      attempt(
        () => changeAgent(agent.id, { status: on ? "active" : "inactive" }),
        () => {
          if (on && !agent.schedule) return;
          toasts.show(t(on ? "agents.switchedOn" : "agents.switchedOff", { name: agent.name }));
        },
      ),
    run: (agent: Agent) =>
      attempt(
        () => runAgent(agent.id, uuidv7()),
        () => {
          toasts.show(t("agents.started", { name: agent.name }));
          void queries.invalidateQueries({ queryKey: ["runs"] });
        },
      ),
    duplicate: (agent: Agent) =>
      attempt(
        () => duplicateAgent(agent.id),
        () => toasts.show(t("agents.duplicated")),
      ),
  };
}
