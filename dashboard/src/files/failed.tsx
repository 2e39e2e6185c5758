import { ErrorNotice } from "~/ui/notice";

/** Where a file's contents would be. */
export function Failed({ error, onRetry }: { error: unknown; onRetry(): void }) {
  return (
    <div className="p-4">
      <ErrorNotice error={error} onRetry={onRetry} />
    </div>
  );
}
