import { memo, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "~/ui/copy-button";
import type { CodeTree } from "./highlight";

/** Longer code is shown without colours: colouring it would hold up the answer. */
const COLOUR_LIMIT = 20_000;

export const CodeBlock = memo(function CodeBlock({
  code,
  language,
  className = "",
}: {
  code: string;
  language: string | null;
  className?: string;
}) {
  const { t } = useTranslation();
  const tree = useHighlight(code, language);
  return (
    <div className={`overflow-hidden rounded-xl border border-line bg-sunken ${className}`}>
      <div className="flex h-9 items-center justify-between border-line border-b pr-1 pl-3 text-[0.8125rem] text-muted">
        <span>{language ?? ""}</span>
        <CopyButton text={code} label={t("common.copy")} />
      </div>
      <pre
        className="thin-scroll overflow-x-auto p-3 font-mono text-[0.8125rem] leading-relaxed"
        tabIndex={0}
      >
        <code>{tree ? <Nodes nodes={tree} /> : code}</code>
      </pre>
    </div>
  );
});

function Nodes({ nodes }: { nodes: CodeTree }) {
  return nodes.map((node, index) =>
    node.type === "text" ? (
      node.value
    ) : node.type === "element" ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: a tree of text has no other identity.
      <span key={index} className={classOf(node.properties.className)}>
        <Nodes nodes={node.children as CodeTree} />
      </span>
    ) : null,
  );
}

function classOf(value: unknown): string {
  return Array.isArray(value) ? value.join(" ") : "";
}

/** Colours come when the highlighter has loaded; until then, and for unknown languages, the text stands plain. */
function useHighlight(code: string, language: string | null): CodeTree | null {
  const [result, setResult] = useState<{ code: string; tree: CodeTree } | null>(null);
  useEffect(() => {
    if (!language || code.length > COLOUR_LIMIT) return;
    let current = true;
    void import("./highlight").then(({ highlight }) => {
      const tree = current ? highlight(code, language) : null;
      if (tree) setResult({ code, tree });
    });
    return () => {
      current = false;
    };
  }, [code, language]);
  return result?.code === code ? result.tree : null;
}
