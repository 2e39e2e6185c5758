/** The first line of a Markdown text that says something, without its marks; null where there is none. */
export function firstLine(text: string | null): string | null {
  const line = text?.split("\n").find((candidate) => /[^#*\s|:>`-]/.test(candidate));
  return line ? line.replace(/^[#*>\s|-]+|\*\*|`|\s*\|\s*$/g, "").replaceAll("|", " · ") : null;
}
