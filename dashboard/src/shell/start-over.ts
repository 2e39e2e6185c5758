/** Loads the first page anew and forgets what this tab has kept: drafts, and what the server answered before. */
export function startOver(): void {
  try {
    sessionStorage.clear();
  } catch {
    // There is nothing in it then.
  }
  location.assign("/");
}
