import { type ReactNode, use } from "react";
import { SignedOut } from "./signed-out";

/** Waits until the sign-in is through; then the app, or why not. */
export function WayBack({ finished, children }: { finished: Promise<unknown>; children: ReactNode }) {
  const refusal = use(finished);
  return refusal ? <SignedOut refusal={refusal} /> : children;
}
