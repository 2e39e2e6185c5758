/** Text that grows: a block of the answer while it is being written. */
export interface LiveBlock {
  text: string;
  /** Unicode scalar values received live; of no meaning once stored. */
  length: number;
  /** The stored event has come: this text is final. */
  stored: boolean;
}

/**
 * Adds `text` at `offset` (in Unicode scalar values) of a block. Answers the same object when nothing changes, and
 * `"gap"` when text before the offset is missing.
 *
 * Offset 0 is the block from its start, which a subscriber who joins in mid-stream gets: it replaces what is
 * there, unless it is only a beginning of it (a repeated first delta).
 */
export function appendDelta<B extends LiveBlock>(
  block: B,
  offset: number,
  text: string,
): B | LiveBlock | "gap" {
  if (block.stored) return block;
  if (offset > block.length) return "gap";
  const added = scalars(text);
  if (offset === block.length) {
    return added === 0 ? block : { text: block.text + text, length: offset + added, stored: false };
  }
  const kept = cut(block.text, offset);
  const merged = kept + text;
  if (block.text.startsWith(merged)) return block;
  return { text: merged, length: offset + added, stored: false };
}

function scalars(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count++) at += width(text, at);
  return count;
}

function cut(text: string, count: number): string {
  let at = 0;
  for (let left = count; left > 0 && at < text.length; left--) at += width(text, at);
  return text.slice(0, at);
}

/** UTF-16 units of the scalar value that starts at `at`. */
function width(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
