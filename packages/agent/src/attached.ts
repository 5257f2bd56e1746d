import { isImageType, type MessageAttachment } from "@millrace/protocol";
import type { ModelImage, ModelMessage, PlacedMessage, UserModelMessage } from "./messages.ts";

/** Where the files of messages are read. */
export interface AttachmentSource {
  /** Whether the run's model takes images. */
  readonly images: boolean;
  /** The bytes of a file that a message of this session names; null: they are not there any more. Never rejects. */
  read(attachment_id: string): Promise<Uint8Array | null>;
}

/** Bytes of images in one request; older ones are left out. An endpoint takes no request of any length. */
export const IMAGE_BYTES: number = 20 * 1024 * 1024;

/** What a model reads of the files that messages bring. Of a run: it holds what was read. */
export class Attached {
  readonly #source: AttachmentSource | undefined;
  /** By message; `left_out` says how many of its first images it was made without. */
  readonly #made = new WeakMap<ModelMessage, { readonly left_out: number; readonly message: ModelMessage }>();

  constructor(source: AttachmentSource | undefined) {
    this.#source = source;
  }

  /** The same messages give the same objects, as long as no image has to be left out of them. */
  async placed(messages: readonly PlacedMessage[]): Promise<readonly PlacedMessage[]> {
    if (!messages.some(({ message }) => bringsFiles(message))) return messages;
    let room = IMAGE_BYTES;
    const read: PlacedMessage[] = [];
    for (const placed of messages.toReversed()) {
      const { message } = placed;
      if (!bringsFiles(message)) {
        read.push(placed);
        continue;
      }
      const sizes = imagesOf(message).map(({ size }) => size);
      let left_out = sizes.length;
      while (left_out > 0 && (sizes[left_out - 1] as number) <= room) {
        left_out -= 1;
        room -= sizes[left_out] as number;
      }
      if (left_out > 0) room = 0;
      read.push({ ...placed, message: await this.#message(message, left_out) });
    }
    return read.reverse();
  }

  /** A message that joins the run. */
  async message(message: UserModelMessage): Promise<ModelMessage> {
    return bringsFiles(message) ? this.#message(message, 0) : message;
  }

  async #message(message: UserModelMessage, left_out: number): Promise<ModelMessage> {
    const known = this.#made.get(message);
    if (known?.left_out === left_out) return known.message;
    const { content, attachments = [] } = message;
    const dropped = new Set(imagesOf(message).slice(0, left_out));
    const parts = content.trim() === "" ? [] : [content];
    const images: ModelImage[] = [];
    for (const file of attachments) {
      const said = await this.#read(file, dropped.has(file));
      if (typeof said === "string") parts.push(said);
      else images.push(said);
    }
    const made = { role: "user", content: parts.join("\n\n"), ...(images.length > 0 && { images }) } as const;
    this.#made.set(message, { left_out, message: made });
    return made;
  }

  async #read(file: MessageAttachment, dropped: boolean): Promise<string | ModelImage> {
    const { attachment_id, name, media_type, size } = file;
    if (this.#source === undefined) return leftOut(name, "files are not read here");
    if (isImageType(media_type)) {
      if (!this.#source.images) return leftOut(`image ${name}`, "this model does not take images");
      if (dropped) return leftOut(`image ${name}`, "there are too many images in this conversation");
    }
    const bytes = await this.#source.read(attachment_id);
    if (bytes === null) return leftOut(name, "it is not on the server any more");
    if (!isImageType(media_type)) return quotedFile(name, new TextDecoder().decode(bytes));
    return { name, media_type, size, url: `data:${media_type};base64,${Buffer.from(bytes).toString("base64")}` };
  }
}

function bringsFiles(message: ModelMessage): message is UserModelMessage {
  return message.role === "user" && message.attachments !== undefined && message.attachments.length > 0;
}

const imagesOf = ({ attachments = [] }: UserModelMessage): MessageAttachment[] =>
  attachments.filter(({ media_type }) => isImageType(media_type));

const leftOut = (what: string, why: string): string => `[${what} was left out: ${why}]`;

/** A file's text under its name, in a fence that is longer than any in it. */
export function quotedFile(name: string, text: string): string {
  const longest = [...text.matchAll(/`{3,}/g)].reduce((most, [ticks]) => Math.max(most, ticks.length), 2);
  const fence = "`".repeat(longest + 1);
  const language = /\.([a-z0-9]{1,12})$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  return `${name}:\n${fence}${language}\n${text}${text.endsWith("\n") ? "" : "\n"}${fence}`;
}
