/** Text that grows: a block of the answer while it is being written. */
export interface LiveBlock {
  text: string;
  /** The stored event has come: this text is final. */
  stored: boolean;
}

/**
 * Adds `text` at `offset` of a block, both counted in UTF-16 units, as JavaScript's strings are. Answers the same object
 * when nothing changes, and `"gap"` when text before the offset is missing.
 *
 * At offset 0 the text replaces whatever is there: it is the block from its start, for a subscriber who joins in
 * mid-stream, or the block written anew after the model's service broke off.
 */
export function appendDelta<B extends LiveBlock>(
  block: B,
  offset: number,
  text: string,
): B | LiveBlock | "gap" {
  if (block.stored) return block;
  if (offset > block.text.length) return "gap";
  const merged = block.text.slice(0, offset) + text;
  return merged === block.text ? block : { text: merged, stored: false };
}
