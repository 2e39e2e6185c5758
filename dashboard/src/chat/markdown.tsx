import { ExternalLink } from "lucide-react";
import { isValidElement, memo, type ReactNode, useMemo } from "react";
import ReactMarkdown, { type Components } from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import { CodeBlock } from "./code-block";
import { markdownBlocks } from "./markdown-blocks";

const remark = [remarkGfm];
const rehype = [rehypeSanitize];

/** Markdown of an answer. Raw HTML stays text, pictures from elsewhere are never loaded, links tell where they go. */
export const Markdown = memo(function Markdown({ source }: { source: string }) {
  const blocks = useMemo(() => markdownBlocks(source), [source]);
  return (
    <div className="prose">
      {blocks.map((block, index) => (
        // Blocks only ever grow at the end, so a place is a block's identity.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above.
        <Block key={index} source={block} />
      ))}
    </div>
  );
});

const Block = memo(function Block({ source }: { source: string }) {
  return (
    <div className="prose-block prose">
      <ReactMarkdown remarkPlugins={remark} rehypePlugins={rehype} components={components}>
        {source}
      </ReactMarkdown>
    </div>
  );
});

/** Cells up to this long keep to one line: figures and dates must not break, and the table can be scrolled. */
const ONE_LINE = 24;

const components: Components = {
  td: ({ node: _, children, ...cell }) => (
    <td {...cell} className={textOf(children).length <= ONE_LINE ? "whitespace-nowrap" : "min-w-48"}>
      {children}
    </td>
  ),
  a: ({ href, children }) => <SafeLink href={href}>{children}</SafeLink>,
  // A picture in Markdown would be fetched the moment it is written; produced pictures come as files instead.
  img: ({ alt, src }) => <SafeLink href={typeof src === "string" ? src : undefined}>{alt || src}</SafeLink>,
  pre: ({ children }) => {
    const code = codeOf(children);
    return <CodeBlock code={code.text} language={code.language} />;
  },
  table: ({ children }) => (
    <div className="table-scroll thin-scroll" tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
};

function SafeLink({ href, children }: { href: string | undefined; children: ReactNode }) {
  const host = hostOf(href);
  if (!href || !host) return <span>{children}</span>;
  const shown = textOf(children);
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
      {!shown.includes(host) && <span className="text-muted"> ({host})</span>}
      <ExternalLink aria-hidden className="ml-0.5 inline size-3.5 align-[-0.1em]" />
    </a>
  );
}

/** Only the web and mail: everything else is shown as text. */
function hostOf(href: string | undefined): string | null {
  try {
    const url = new URL(href ?? "");
    if (url.protocol === "mailto:") return url.pathname;
    return url.protocol === "https:" || url.protocol === "http:" ? url.host : null;
  } catch {
    return null;
  }
}

function codeOf(node: ReactNode): { text: string; language: string | null } {
  if (!isValidElement<{ className?: string; children?: ReactNode }>(node))
    return { text: textOf(node), language: null };
  const language = /language-([\w+#.-]+)/.exec(node.props.className ?? "")?.[1] ?? null;
  return { text: textOf(node.props.children).replace(/\n$/, ""), language };
}

function textOf(node: ReactNode): string {
  if (typeof node === "string" || typeof node === "number") return String(node);
  if (Array.isArray(node)) return node.map(textOf).join("");
  return isValidElement<{ children?: ReactNode }>(node) ? textOf(node.props.children) : "";
}
