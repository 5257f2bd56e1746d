import type { EventType } from "@millrace/protocol";
import { type Append, type Appended, type LogStore, MemoryStore, type Row } from "@millrace/store";
import { Gate } from "./gate.ts";

/** A store in which a test can hold up the commit that stores a certain event, and everything behind it. */
export class BarrierStore implements LogStore {
  readonly #store = new MemoryStore();
  readonly sessions = this.#store.sessions;
  #barrier: { readonly type: EventType; readonly gate: Gate } | null = null;

  /** The next commit that holds an event of that type waits at the gate. */
  holdAt(type: EventType): Gate {
    const gate = new Gate();
    this.#barrier = { type, gate };
    return gate;
  }

  async append(batch: readonly Append[]): Promise<readonly Appended[]> {
    const barrier = this.#barrier;
    if (barrier !== null && batch.some(({ entries }) => entries.some(({ event }) => event.type === barrier.type))) {
      this.#barrier = null;
      await barrier.gate.pass();
    }
    return this.#store.append(batch);
  }

  read(session_id: string, after: number, limit: number): Promise<readonly Row[]> {
    return this.#store.read(session_id, after, limit);
  }

  settle(session_id: string, rows: readonly Row[]): Promise<void> {
    return this.#store.settle(session_id, rows);
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
