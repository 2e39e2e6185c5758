/** The part of a keyboard event that matters here; `keyCode` is deprecated, but 229 is all that Safari tells. */
export interface EnterPress {
  key: string;
  /** Windows tells a composed key only here: its `key` is "Process". */
  code: string;
  shiftKey: boolean;
  isComposing: boolean;
  keyCode: number;
  timeStamp: number;
}

/** A plain Enter this soon after a composition that already sent is the same press, told a second time. */
const ECHO_MS = 150;

/**
 * Decides what Enter means while Korean (or any other language) is composed.
 *
 * Browsers tell one press of Enter in three ways: as key 229 within the composition (Chromium, Firefox), as key 229 right after
 * it (Safari), and within it *and* once more as a plain Enter right after it (Chromium on macOS). In all of them the message is
 * sent once, with its last syllable, when the composition is over.
 */
export class EnterKey {
  #composing = false;
  #held = false;
  #sentAt = Number.NEGATIVE_INFINITY;

  compositionStart(): void {
    this.#composing = true;
    this.#held = false;
  }

  /** True when an Enter was held and the message is to be sent now that the last syllable is in. */
  compositionEnd(timeStamp: number): boolean {
    this.#composing = false;
    const send = this.#held;
    this.#held = false;
    if (send) this.#sentAt = timeStamp;
    return send;
  }

  /** `pass`: not ours, let the field have it. `hold` and `swallow`: nothing is to happen now. */
  press(event: EnterPress): "send" | "hold" | "swallow" | "pass" {
    if (event.key !== "Enter" && event.code !== "Enter" && event.code !== "NumpadEnter") return "pass";
    if (event.shiftKey) return "pass";
    if (event.isComposing || this.#composing) {
      this.#held = true;
      return "hold";
    }
    if (event.timeStamp - this.#sentAt < ECHO_MS) return "swallow";
    return "send";
  }
}
