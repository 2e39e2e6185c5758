import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { diffLines } from "~/agents/spec-diff";
import { Lines } from "~/agents/version-diff";

/** What the newer result says that the older does not, and the other way round. */
export function ResultDiff({ before, after }: { before: string; after: string }) {
  const { t } = useTranslation();
  const lines = useMemo(() => diffLines(before, after), [before, after]);
  if (before === after) return <p className="text-muted">{t("runs.sameText")}</p>;
  return <Lines lines={lines} />;
}
