import type { Event, NewEvent } from "@millrace/protocol";
import { eventOf, frameOf, placed, type Row, rowOfEvent } from "@millrace/store";

/** An event of the log as viewers get it. The frame is made when the first of them wants it, once for all. */
export class StoredEvent {
  readonly event: Event;
  readonly #row: Row;
  #frame: string | null = null;

  private constructor(event: Event, row: Row) {
    this.event = event;
    this.#row = row;
  }

  static committed(session_id: string, row: Row, event: NewEvent): StoredEvent {
    return new StoredEvent(placed(session_id, row, event), row);
  }

  static read(session_id: string, row: Row): StoredEvent {
    return new StoredEvent(eventOf(session_id, row), row);
  }

  static merged(event: Event): StoredEvent {
    return new StoredEvent(event, rowOfEvent(event));
  }

  get seq(): number {
    return this.#row.seq;
  }

  get from(): number {
    return this.#row.from;
  }

  get frame(): string {
    this.#frame ??= frameOf(this.event.session_id, this.#row);
    return this.#frame;
  }
}
