import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Upload } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { importAgent } from "~/api/agents";
import { ApiError } from "~/api/client";
import { errorText } from "~/api/words";
import { Button } from "~/ui/button";
import { toasts } from "~/ui/toast-store";

/** Adds an agent from a file that Berth exported; it comes switched off. */
export function ImportButton() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const take = async (file: File) => {
    try {
      const agent = await importAgent(JSON.parse(await file.text()));
      void queries.invalidateQueries({ queryKey: ["agents"] });
      toasts.show(t("agents.imported", { name: agent.name }));
      void navigate({ to: "/agents/$id", params: { id: agent.id } });
    } catch (error) {
      const notAnAgent = error instanceof SyntaxError || (error instanceof ApiError && error.status === 400);
      toasts.show(notAnAgent ? t("error.agentImport") : errorText(t, error), { tone: "bad" });
    }
  };
  return (
    <>
      <input
        ref={input}
        type="file"
        accept="application/json,.json"
        hidden
        aria-label={t("agents.import")}
        onChange={(event) => {
          const file = event.target.files?.[0];
          event.target.value = "";
          if (file) void take(file);
        }}
      />
      <Button onClick={() => input.current?.click()}>
        <Upload aria-hidden /> {t("agents.import")}
      </Button>
    </>
  );
}
