/**
 * Cuts Markdown into blocks that can be rendered on their own, so that while an answer streams only its last block is
 * parsed again. Rendering all blocks gives what rendering the whole would give.
 *
 * Cuts are made at blank lines only, never inside a fence, and never where the next line may go on with the block before
 * (an indented line, or an item of the same list). Text with link or footnote definitions is left whole, because those reach across blocks.
 */
export function markdownBlocks(source: string): string[] {
  if (/^ {0,3}\[[^\]]+\]:/m.test(source)) return [source];
  const blocks: string[] = [];
  let current: string[] = [];
  let fence: string | null = null;
  let inList = false;
  let blank = false;
  const flush = () => {
    if (current.some((line) => line.trim() !== "")) blocks.push(current.join("\n").replace(/\n+$/, ""));
    current = [];
  };
  for (const line of source.split("\n")) {
    if (fence === null && line.trim() === "") {
      blank = true;
      current.push(line);
      continue;
    }
    if (fence === null && blank && !continues(line, inList)) {
      flush();
      inList = false;
    }
    blank = false;
    fence = nextFence(fence, line);
    if (fence === null && LIST_ITEM.test(line)) inList = true;
    current.push(line);
  }
  flush();
  return blocks;
}

const LIST_ITEM = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/;
const FENCE = /^\s*(`{3,}|~{3,})(.*)$/;

function continues(line: string, inList: boolean): boolean {
  return /^(?: {2,}|\t)/.test(line) || (inList && LIST_ITEM.test(line));
}

function nextFence(open: string | null, line: string): string | null {
  const match = FENCE.exec(line);
  const mark = match?.[1];
  if (!mark) return open;
  if (open === null) return mark[0] === "`" && match[2]?.includes("`") ? null : mark;
  const closes = mark[0] === open[0] && mark.length >= open.length && match[2]?.trim() === "";
  return closes ? null : open;
}
