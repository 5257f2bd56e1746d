/** What the worker is told: the text, in pieces of so many characters, so many of them per second. */
export interface Feed {
  readonly text: string;
  readonly size: number;
  readonly perSecond: number;
}

self.onmessage = ({ data: { text, size, perSecond } }: MessageEvent<Feed>) => {
  const from = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - from) / 1_000) * perSecond);
    for (; sent < due && sent * size < text.length; sent++) postMessage(text.slice(sent * size, (sent + 1) * size));
    if (sent * size < text.length) return;
    clearInterval(timer);
    postMessage(null);
  }, 1);
};
