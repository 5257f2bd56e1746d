import type { Connection } from "./connection.ts";
import { DisconnectedError } from "./errors.ts";
import type { Outbox } from "./outbox.ts";
import type { Requests } from "./requests.ts";
import type { RunLink } from "./run-link.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Clock } from "./types.ts";

interface LinkParts {
  connection: Connection;
  requests: Requests;
  subscriptions: Subscriptions;
  outbox: Outbox;
}

/** Follows runs through one WebSocket. */
export function socketLink({ connection, requests, subscriptions, outbox }: LinkParts, clock: Clock): RunLink {
  return {
    clock,
    connect: () => connection.input({ type: "connect" }),
    send: (message) => outbox.send(message),
    takeBack: (message_id) => outbox.isUntried(message_id) && outbox.withdraw(message_id),
    watch: (session_id, handlers, from) => subscriptions.watch(session_id, handlers, from),
    ask: (request, onOutcome) => requests.start(request, onOutcome) !== null,
    follow: (listener) =>
      connection.state.subscribe(() => {
        const shown = connection.state.get();
        if (shown.state === "online") listener("up");
        if (shown.state === "idle") listener(new DisconnectedError("The client was closed."));
        if (shown.state === "closed") listener(new DisconnectedError(`The server closed with ${shown.code}.`));
      }),
  };
}
