import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { basicSetup } from "codemirror";

const theme = EditorView.theme({
  "&": { height: "100%", fontSize: "13px", color: "var(--ink)", backgroundColor: "var(--bg)" },
  ".cm-scroller": {
    fontFamily: "ui-monospace, Menlo, Consolas, 'Liberation Mono', 'Pretendard Variable', monospace",
    lineHeight: "1.6",
  },
  ".cm-content": { caretColor: "var(--accent)" },
  ".cm-cursor": { borderLeftColor: "var(--accent)" },
  ".cm-gutters": { backgroundColor: "var(--rail)", color: "var(--muted)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--sunken)" },
  "&.cm-focused": { outline: "2px solid var(--accent)", outlineOffset: "-2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--accent-soft)",
  },
  ".cm-panels, .cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--ink)",
    borderColor: "var(--line)",
  },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.bool, tags.null], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.regexp], color: "var(--code-string)" },
  { tag: [tags.number, tags.propertyName, tags.attributeName], color: "var(--code-number)" },
  {
    tag: [tags.definition(tags.variableName), tags.function(tags.variableName), tags.tagName],
    color: "var(--code-name)",
  },
  { tag: [tags.comment, tags.meta], color: "var(--code-comment)" },
  { tag: tags.heading, color: "var(--code-name)", fontWeight: "600" },
]);

const LANGUAGES: Readonly<Record<string, () => Promise<Extension>>> = {
  py: async () => (await import("@codemirror/lang-python")).python(),
  js: async () => (await import("@codemirror/lang-javascript")).javascript({ jsx: true }),
  ts: async () => (await import("@codemirror/lang-javascript")).javascript({ jsx: true, typescript: true }),
  json: async () => (await import("@codemirror/lang-json")).json(),
  md: async () => (await import("@codemirror/lang-markdown")).markdown(),
  html: async () => (await import("@codemirror/lang-html")).html(),
  css: async () => (await import("@codemirror/lang-css")).css(),
  sql: async () => (await import("@codemirror/lang-sql")).sql(),
};

const ALIASES: Readonly<Record<string, string>> = {
  mjs: "js",
  cjs: "js",
  jsx: "js",
  tsx: "ts",
  markdown: "md",
  htm: "html",
  svg: "html",
  xml: "html",
  ipynb: "json",
};

interface Options {
  text: string;
  path: string;
  label: string;
  onChange(): void;
  onSave(): void;
}

/**
 * An editor in a shadow root: there CodeMirror adopts constructed style sheets, where in the page it would write a style
 * element that the content security policy refuses.
 */
export async function createEditor(parent: HTMLElement, options: Options) {
  const root = parent.shadowRoot ?? parent.attachShadow({ mode: "open" });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        basicSetup,
        keymap.of([{ key: "Mod-s", preventDefault: true, run: saveWith(options.onSave) }]),
        theme,
        syntaxHighlighting(colours),
        await languageOf(options.path),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ "aria-label": options.label }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange();
        }),
      ],
    }),
  });
  return { text: () => view.state.doc.toString(), destroy: () => view.destroy() };
}

function saveWith(onSave: () => void): () => boolean {
  return () => {
    onSave();
    return true;
  };
}

async function languageOf(path: string): Promise<Extension> {
  const extension = path.split(".").at(-1)?.toLowerCase() ?? "";
  const load = LANGUAGES[ALIASES[extension] ?? extension];
  return load ? load() : [];
}
