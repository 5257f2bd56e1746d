import "@millrace/web/styles/tokens.css";
import "@millrace/web/styles/base.css";
import "@millrace/web/styles/prose.css";
import "./page.css";
import type { PageRun, StreamOptions } from "../measures.ts";
import { CONTENDERS } from "./contenders.tsx";

declare global {
  interface Window {
    stream(options: StreamOptions): Promise<PageRun>;
  }
}

/** Streams an answer through one contender, stuck to the bottom as the conversation is. Times are of this page's clock. */
window.stream = async ({ contender, text, size, perSecond, last }) => {
  const scroller = document.getElementById("scroller") as HTMLElement;
  const content = document.getElementById("content") as HTMLElement;
  const show = CONTENDERS[contender]?.(content);
  if (show === undefined) throw new Error(`no contender ${contender}`);
  new ResizeObserver(() => {
    scroller.scrollTop = scroller.scrollHeight;
  }).observe(content);
  const frames: number[] = [];
  const tenths: number[] = [];
  let running = true;
  const tick = () => {
    frames.push(performance.now());
    if (running) requestAnimationFrame(tick);
  };
  await new Promise((resolve) => setTimeout(resolve, 500));
  performance.mark("stream");
  tenths.push(performance.now());
  requestAnimationFrame(tick);
  const { ended, painted } = await fed({ text, size, perSecond, last, content, tenths, show });
  running = false;
  performance.mark("ended");
  return { frames, tenths, ended, painted };
};

interface Feeding extends Omit<StreamOptions, "contender"> {
  content: HTMLElement;
  tenths: number[];
  show: (text: string, added: string, live: boolean) => void;
}

async function fed({ text: answer, size, perSecond, last, content, tenths, show }: Feeding) {
  const worker = new Worker(new URL("./feed.ts", import.meta.url), { type: "module" });
  let text = "";
  let added = "";
  let waiting = false;
  const draw = (live: boolean) => {
    waiting = false;
    text += added;
    show(text, added, live);
    added = "";
  };
  const { promise, resolve } = Promise.withResolvers<number>();
  worker.onmessage = ({ data }: MessageEvent<string | null>) => {
    if (data === null) return resolve(performance.now());
    added += data;
    if (text.length + added.length >= (tenths.length * answer.length) / 10) tenths.push(performance.now());
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => draw(true));
  };
  worker.postMessage({ text: answer, size, perSecond });
  const ended = await promise;
  worker.terminate();
  const seen = await painted(content, last);
  draw(false);
  return { ended, painted: seen };
}

/** When the last words are on the screen: the first moment after the frame that has them. */
async function painted(content: HTMLElement, last: string): Promise<number> {
  while (!(content.textContent ?? "").includes(last)) await nextFrame();
  return performance.now();
}

/** After a frame was drawn. */
const nextFrame = (): Promise<void> =>
  new Promise((resolve) => {
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve();
      port2.postMessage(null);
    });
  });
