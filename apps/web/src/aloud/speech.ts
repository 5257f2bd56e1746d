/** What is handed to a screen reader, one thing after the other. */
export interface Speech {
  /** `news` is short and always said; of an `answer` only so much waits as can be heard soon. */
  say(text: string, kind: "news" | "answer"): void;
  /** Leaves out what still waits. */
  clear(): void;
}

interface SpeechParts {
  /** Puts a text where it is heard. */
  speak(text: string): void;
  /** Said once where a part of the answer was left out. */
  gap(): string;
  /** Calls back after so many milliseconds; what is returned prevents that. */
  after(ms: number, callback: () => void): () => void;
}

/** Characters of an answer that wait at most: about a minute of listening. */
export const MOST = 1_200;
/** News that wait at most; older ones make room. */
const MOST_NEWS = 20;
/** Characters that are said together. */
const TOGETHER = 300;
/** Milliseconds that a character takes, as quick listeners set it. */
const LETTER_MS = 40;
const HAN_MS = 130;

interface Waiting {
  readonly text: string;
  readonly kind: "news" | "answer" | "gap";
}

/** The pace of a listener: a text is handed over when the one before it can have been heard. */
export function createSpeech({ speak, gap, after }: SpeechParts): Speech {
  let queue: Waiting[] = [];
  let stop: (() => void) | null = null;

  const next = () => {
    stop = null;
    const first = queue.shift();
    if (first === undefined) return;
    let text = first.kind === "gap" ? gap() : first.text;
    while (first.kind === "answer" && queue[0]?.kind === "answer" && text.length + queue[0].text.length < TOGETHER)
      text += ` ${queue.shift()!.text}`;
    speak(text);
    stop = after(milliseconds(text), next);
  };
  const waits = () => queue.reduce((sum, { kind, text }) => sum + (kind === "answer" ? text.length : 0), 0);
  const add = (text: string, kind: "news" | "answer") => {
    if (kind === "news") {
      const news = queue.filter((one) => one.kind === "news");
      if (news.length >= MOST_NEWS) queue = queue.filter((one) => one !== news[0]);
    } else if (queue.at(-1)?.kind === "gap" && waits() > 0) {
      return;
    } else if (waits() + text.length > MOST && queue.length > 0) {
      queue.push({ text: "", kind: "gap" });
      return;
    }
    queue.push({ text, kind });
  };

  return {
    say(text, kind) {
      add(text, kind);
      if (stop === null) next();
    },
    clear() {
      queue = [];
      stop?.();
      stop = null;
    },
  };
}

function milliseconds(text: string): number {
  const han = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  return Math.max(250, han * HAN_MS + (text.length - han) * LETTER_MS);
}
