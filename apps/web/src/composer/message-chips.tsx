import { OutboxChips, type OutboxChipsProps } from "./outbox-chips.tsx";
import { QueuedChips } from "./queued-chips.tsx";

/** What was said and is not read yet: what the server does not have, and what waits there. */
export default function MessageChips(props: OutboxChipsProps) {
  return (
    <>
      <OutboxChips {...props} />
      <QueuedChips />
    </>
  );
}
