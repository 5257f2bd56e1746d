/** What a stream gives until it ends; `error` is what it throws then, null if nothing. */
export async function read<Item>(stream: AsyncIterable<Item>): Promise<{ items: Item[]; error: unknown }> {
  const items: Item[] = [];
  try {
    for await (const item of stream) items.push(item);
    return { items, error: null };
  } catch (error) {
    return { items, error };
  }
}

/** Lets everything run that waits for nothing outside. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Rejects with the signal's reason when it aborts, as anything that heeds a signal does. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}

/** Steps that run, and the most that ran at once. */
export class Counter {
  running = 0;
  most = 0;
  begun = 0;

  async during<T>(work: () => T | Promise<T>): Promise<T> {
    this.begun += 1;
    this.running += 1;
    this.most = Math.max(this.most, this.running);
    try {
      return await work();
    } finally {
      this.running -= 1;
    }
  }
}
