import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { history } from "~/api/conversations";
import { uuidv7 } from "~/lib/ids";
import { Live, type LiveConversation } from "./live";

const LiveContext = createContext<Live | null>(null);

export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [live] = useState(
    () =>
      new Live({
        url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/workspace/me`,
        storage: sessionStorage,
        history,
        schedule: nextFrame,
        newId: uuidv7,
        now: () => new Date().toISOString(),
        onLost: () => void queries.invalidateQueries({ queryKey: ["profile"] }),
        onActivity(kind) {
          void queries.invalidateQueries({ queryKey: ["workspace"] });
          if (kind === "file" || kind === "finished" || kind === "ready")
            void queries.invalidateQueries({ queryKey: ["files"] });
          if (kind === "file") return;
          void queries.invalidateQueries({ queryKey: ["conversations"] });
          void queries.invalidateQueries({ queryKey: ["runs"] });
          void queries.invalidateQueries({ queryKey: ["agents"] });
          if (kind === "finished") void queries.invalidateQueries({ queryKey: ["usage"] });
        },
      }),
  );
  useEffect(() => {
    live.connect();
    const back = () => {
      if (!document.hidden) live.retryNow();
    };
    window.addEventListener("online", live.retryNow);
    document.addEventListener("visibilitychange", back);
    return () => {
      window.removeEventListener("online", live.retryNow);
      document.removeEventListener("visibilitychange", back);
      live.close();
    };
  }, [live]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error("LiveProvider is missing above this component");
  return live;
}

/** Opens a conversation and follows it as long as the app runs. */
export function useConversation(id: string | null): LiveConversation | null {
  const live = useLive();
  useEffect(() => {
    if (id) void live.open(id);
  }, [live, id]);
  return useSyncExternalStore(live.subscribe, () => (id ? live.conversation(id) : null));
}

export function useUnsent() {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, live.unsent);
}

export function useConnection() {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, () => live.connection);
}

/** The line is well, but the server cannot tell what happens in conversations. */
export function useDelayed() {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, () => live.delayed);
}

/** The workspace is on its way to another machine, as far as the conversations seen tell. */
export function useMoving() {
  const live = useLive();
  return useSyncExternalStore(live.subscribe, live.moving);
}

/** A hidden tab gets no animation frames, so a timer stands behind them. */
function nextFrame(flush: () => void): void {
  let done = false;
  const once = () => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    flush();
  };
  const timer = setTimeout(once, 120);
  requestAnimationFrame(once);
}
