/** What the page is asked to stream. */
export interface StreamOptions {
  readonly contender: string;
  readonly text: string;
  /** Characters of a chunk, and chunks per second. */
  readonly size: number;
  readonly perSecond: number;
  /** The answer's last words. */
  readonly last: string;
}

/** What the page saw, in milliseconds of its clock. */
export interface PageRun {
  /** When each frame began. */
  readonly frames: readonly number[];
  /** When the stream began, and when each tenth of the text had come. */
  readonly tenths: readonly number[];
  /** When the last chunk came, and when the last words were on the screen. */
  readonly ended: number;
  readonly painted: number;
}

/** A task of the main thread, in milliseconds of the page's clock. */
export interface Task {
  readonly start: number;
  readonly duration: number;
  /** Of it, what the thread was on a core: what others on the machine cannot change. */
  readonly cpu: number;
}

export interface Measures {
  /** Main-thread milliseconds per second of streaming. */
  readonly busy: number;
  readonly perKbFirst: number;
  readonly perKbLast: number;
  readonly frameP50: number;
  readonly frameP95: number;
  readonly longestTask: number;
  readonly dropped: number;
  readonly lastWords: number;
  /** Frames that began after the last chunk until its words were on the screen, and the work until then. */
  readonly lastFrames: number;
  readonly lastWork: number;
  readonly heapMb: number;
}

const FRAME = 1_000 / 60;

export function measure(run: PageRun, tasks: readonly Task[], length: number, heap: number): Measures {
  const { frames, tenths, ended, painted } = run;
  const from = tenths[0]!;
  const inside = tasks.filter(({ start }) => start >= from && start <= painted);
  const cost = (start: number, end: number) =>
    inside.reduce((sum, task) => sum + (task.start >= start && task.start < end ? task.cpu : 0), 0);
  const kb = length / 10 / 1_024;
  const costs = perFrame(frames, inside);
  return {
    busy: (cost(from, ended) / (ended - from)) * 1_000,
    perKbFirst: cost(from, tenths[1]!) / kb,
    perKbLast: cost(tenths[9]!, tenths[10] ?? ended) / kb,
    frameP50: quantile(costs, 0.5),
    frameP95: quantile(costs, 0.95),
    longestTask: inside.reduce((most, { cpu }) => Math.max(most, cpu), 0),
    dropped: frames
      .slice(1)
      .reduce((sum, at, index) => sum + Math.max(0, Math.round((at - frames[index]!) / FRAME) - 1), 0),
    lastWords: painted - ended,
    lastFrames: frames.filter((at) => at > ended && at < painted).length,
    lastWork: cost(ended, painted),
    heapMb: heap / 2 ** 20,
  };
}

/** The main thread's work from one frame to the next: of the tasks that begin in between. */
function perFrame(frames: readonly number[], tasks: readonly Task[]): number[] {
  const costs = frames.map(() => 0);
  let frame = -1;
  for (const { start, duration, cpu } of tasks) {
    while (frame + 1 < frames.length && frames[frame + 1]! <= start + duration) frame++;
    if (frame >= 0) costs[frame]! += cpu;
  }
  return costs.slice(0, -1);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
