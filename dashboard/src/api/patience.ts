import { focusManager, type Query, type QueryCache, type QueryCacheNotifyEvent } from "@tanstack/react-query";
import { Again } from "~/lib/again";
import { isAway } from "./client";

interface Waiting {
  error: Error;
  again: Again;
}

/**
 * Asks again for what a screen shows while the server is away, with growing waits. That the network is back or that the page is
 * looked at again is the query client's own reason to ask at once.
 */
export class Patience {
  readonly #waiting = new Map<Query, Waiting>();

  constructor(cache: QueryCache) {
    cache.subscribe((event) => {
      if (event.type === "updated") this.#saw(event);
      else if (event.type === "removed") this.#end(event.query);
    });
  }

  /** The server is known to be away: it was no passing moment. */
  get needed(): boolean {
    return [...this.#waiting.keys()].some((query) => query.isActive());
  }

  #saw({ query, action }: Extract<QueryCacheNotifyEvent, { type: "updated" }>): void {
    if (action.type === "fetch") this.#keepSaying(query);
    else if (action.type === "success") this.#end(query);
    else if (action.type === "error") {
      if (isAway(action.error)) this.#wait(query, action.error);
      else this.#end(query);
    }
  }

  #wait(query: Query, error: Error): void {
    const again = this.#waiting.get(query)?.again ?? new Again(() => ask(query));
    this.#waiting.set(query, { error, again });
    again.later();
  }

  /** Each fetch of what is not there yet begins as if for the first time; what was said stays until there is an answer. */
  #keepSaying(query: Query): void {
    const error = this.#waiting.get(query)?.error;
    if (error && query.state.data === undefined) query.setState({ status: "error", error });
  }

  #end(query: Query): void {
    this.#waiting.get(query)?.again.done();
    this.#waiting.delete(query);
  }
}

/** What nobody looks at waits until somebody does; it is asked for then anyway. */
function ask(query: Query): void {
  if (!query.isActive() || !focusManager.isFocused()) return;
  query.fetch().catch(() => {
    // The query has taken note of it.
  });
}
