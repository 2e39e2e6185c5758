export const joinPath = (folder: string, name: string): string => (folder ? `${folder}/${name}` : name);

export const parentOf = (path: string): string => path.split("/").slice(0, -1).join("/");

export const nameOf = (path: string): string => path.split("/").at(-1) ?? path;

/** The folders on the way to `path`, each with its own path; the workspace itself is not among them. */
export function trail(path: string): { name: string; path: string }[] {
  const parts = path.split("/").filter(Boolean);
  return parts.map((name, index) => ({ name, path: parts.slice(0, index + 1).join("/") }));
}
