import type { MillraceClient } from "@millrace/client";
import type { Message } from "@millrace/protocol";
import type { App } from "../shell/app-context.ts";
import { type Draft, joined, loadDraft, saveDraft } from "./draft.ts";
import { draftFileOf, filesOf, setFiles } from "./draft-files.ts";
import { sentFiles } from "./sent-files.ts";

/** So many that Stop, which follows, is within the burst that a connection has. */
const MOST = 12;

type Parts = Pick<App, "client" | "files" | "session">;

/** Takes back what waits, and puts it before what is written in the conversation's message box. */
export async function takeBackIntoBox(app: Parts, session_id: string, queue: readonly Message[]): Promise<void> {
  const { text, files } = await takeBack(app.client, session_id, queue);
  if (text === "" && files.length === 0) return;
  const held = filesOf(app.files, session_id);
  const added = files.map(draftFileOf).filter(({ key }) => !held.some((file) => file.key === key));
  setFiles(app.files, session_id, [...added, ...held]);
  if (app.session.getState().session_id === session_id) return app.session.setState({ taken_back: text });
  const draft = loadDraft(session_id);
  saveDraft(session_id, { text: joined(text, draft.text), files: [...files, ...draft.files] });
}

/**
 * Takes back what waits for the open run of a session, queued or on its way, whichever tab has said it: after Stop
 * nothing is to run. To be called just before Stop, since a connection's commands take effect in their order.
 */
export async function takeBack(
  client: Pick<MillraceClient, "connection" | "outbox" | "unsend" | "withdraw">,
  session_id: string,
  queue: readonly Message[],
): Promise<Draft> {
  if (client.connection.get().state !== "online") return { text: "", files: [] };
  const unread = client.outbox
    .get()
    .filter((entry) => entry.session_id === session_id && entry.state !== "rejected" && entry.replaces === undefined)
    .map(({ message_id, content, attachments = [] }) => ({
      message_id,
      content,
      attachments: attachments.flatMap((id) => sentFiles.get(id) ?? []),
    }));
  const queued = new Set(queue.map(({ message_id }) => message_id));
  const waiting = [...queue, ...unread.filter(({ message_id }) => !queued.has(message_id))].slice(0, MOST);
  const asked = waiting.map(({ message_id, content, attachments }) => {
    const taken = { content, attachments };
    if (client.withdraw(message_id)) return taken;
    // What the run has taken meanwhile stays as it is.
    return client.unsend(session_id, message_id).then(
      () => taken,
      () => null,
    );
  });
  const taken = (await Promise.all(asked)).filter((one) => one !== null);
  const files = new Map(taken.flatMap((one) => one.attachments.map((file) => [file.attachment_id, file])));
  return { text: joined(...taken.map(({ content }) => content)), files: [...files.values()] };
}
