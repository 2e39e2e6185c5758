/**
 * A model's name as people say it: "claude-opus-4-5-20251101" is "Claude Opus 4.5". What is not named in a way we know is
 * left as it is: a wrong name would be worse than an ugly one.
 */
export function modelName(id: string): string {
  const parts =
    /^claude-(?<family>[a-z]+)-(?<version>\d{1,2}(?:-\d{1,2})?)(?:-\d{8})?$/.exec(id) ??
    /^claude-(?<version>\d{1,2}(?:-\d{1,2})?)-(?<family>[a-z]+)(?:-\d{8})?$/.exec(id);
  const { family = "", version = "" } = parts?.groups ?? {};
  if (!family) return id;
  return `Claude ${family.charAt(0).toUpperCase()}${family.slice(1)} ${version.replace("-", ".")}`;
}
