import { answer } from "../processes/rpc.ts";

/** Loaded before a server under test, so that its memory can be asked for. Needs `--expose-gc`. */
const calls = {
  /** Collects garbage. @returns bytes of the heap that are in use afterwards */
  collect: (): number => {
    global.gc?.();
    return process.memoryUsage().heapUsed;
  },
};
export type ProbeCalls = typeof calls;

answer(calls);
