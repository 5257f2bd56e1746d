import type { MessageAttachment } from "@millrace/protocol";
import { useCallback } from "react";
import { useApp } from "../shell/app-context.ts";
import { messageOptions } from "./choices.ts";
import { sentFiles } from "./sent-files.ts";

/**
 * Sends a message from the conversation on the screen; false where it was not taken. A new chat's first message
 * makes its session, so that a second one has to wait for it; the address follows unless the reader has gone
 * elsewhere meanwhile. A refusal shows as an outbox chip.
 */
export function useSend(): (
  content: string,
  mode: "queue" | "steer",
  attachments?: readonly MessageAttachment[],
) => boolean {
  const { client, session, screen, go } = useApp();
  return useCallback(
    (content, mode, attachments = []) => {
      const { session_id, view } = session.getState();
      const first = client.outbox.get().some((entry) => entry.session_id === null && entry.state !== "rejected");
      if (session_id === null && first) return false;
      const options = messageOptions(screen.getState(), session_id, view);
      const { accepted } = client.send({
        content,
        mode,
        ...(session_id === null ? {} : { session_id }),
        ...(options === undefined ? {} : { options }),
        ...(attachments.length === 0 ? {} : { attachments: attachments.map(({ attachment_id }) => attachment_id) }),
      });
      for (const file of attachments) sentFiles.set(file.attachment_id, file);
      accepted.then(
        (ack) => {
          if (session_id === null && session.getState().session_id === null && ack.session_id !== undefined) {
            go(ack.session_id, "replace");
          }
        },
        () => undefined,
      );
      return true;
    },
    [client, session, screen, go],
  );
}
