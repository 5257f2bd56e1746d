import { Colouring } from "./colouring.ts";
import { grammarOf } from "./grammar-of.ts";
import type { Ended, Reply, Request } from "./messages.ts";
import { workerAddress } from "./worker-address.ts";

/** Blocks of code on their way through the one worker that colours them. */
const jobs = new Map<number, Colouring>();
let next = 0;
let worker: Worker | null = null;

export interface Job {
  readonly colouring: Colouring;
  close(): void;
}

/** Begins to colour a block of code in a language that has a grammar here; null for others. Without workers nothing comes. */
export function beginJob(language: string): Job | null {
  const grammar = grammarOf(language);
  const post = grammar === null ? null : connected();
  if (grammar === null || post === null) return null;
  const job = next++;
  const colouring = new Colouring((request) => post({ job, grammar, ...request }));
  jobs.set(job, colouring);
  return {
    colouring,
    close() {
      jobs.delete(job);
      post({ job, ended: true });
    },
  };
}

function connected(): ((message: Request | Ended) => void) | null {
  try {
    worker ??= started();
  } catch {
    return null;
  }
  const own = worker;
  return (message) => own.postMessage(message);
}

function started(): Worker {
  const own = new Worker(workerAddress(), { type: "module", name: "highlight" });
  own.onmessage = ({ data }: MessageEvent<Reply>) => jobs.get(data.job)?.receive(data);
  return own;
}
