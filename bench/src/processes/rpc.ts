import type { ChildProcess } from "node:child_process";

/** What a child process can be asked for, over its IPC channel. */
export type Calls = Record<string, (argument: never) => unknown>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Answers the parent's questions and ends with it. The channel alone does not keep the process alive. */
export function answer(calls: Calls): void {
  process.on("message", (question: Question) => {
    void carryOut(calls, question).then((reply) => process.send?.(reply));
  });
  process.on("disconnect", () => process.exit(0));
  process.channel?.unref();
}

async function carryOut(calls: Calls, { id, name, argument }: Question): Promise<Answer> {
  try {
    const call = calls[name];
    if (call === undefined) throw new Error(`There is no call ${name}.`);
    return { id, value: await call(argument as never) };
  } catch (error) {
    return { id, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Asks a child process that runs {@link answer}. */
export class Remote<C extends Calls> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  #id = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message) => {
      const { id, value, error } = message as Answer;
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value as never);
      else waiting?.reject(new Error(error));
    });
    child.on("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("A process of the benchmark ended too early."));
      this.#waiting.clear();
    });
  }

  call<K extends keyof C & string>(name: K, argument: Parameters<C[K]>[0]): Promise<Awaited<ReturnType<C[K]>>> {
    const id = this.#id++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, name, argument } satisfies Question, (error) => {
        if (error !== null) reject(error);
      });
    });
  }
}
