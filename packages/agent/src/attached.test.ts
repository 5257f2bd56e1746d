import { Buffer } from "node:buffer";
import type { MessageAttachment } from "@millrace/protocol";
import { describe, expect, it } from "vitest";
import { Attached, type AttachmentSource, IMAGE_BYTES, quotedFile } from "./attached.ts";
import { type PlacedMessage, userModelMessage } from "./messages.ts";
import { chatRequest } from "./model/chat-request.ts";
import { reactMessages } from "./react/react-messages.ts";
import { runAgent } from "./run-agent.ts";
import { FakeModel, finish, TestLog, text } from "./testing/test-log.ts";

const image = (name: string, size = 3): MessageAttachment => ({
  attachment_id: name,
  name,
  media_type: "image/png",
  size,
});
const file = (name: string): MessageAttachment => ({ attachment_id: name, name, media_type: "text/plain", size: 3 });
const placed = (content: string, ...attachments: MessageAttachment[]): PlacedMessage => ({
  message: userModelMessage({ content, attachments }),
  seq: 1,
  counted: null,
  summary: false,
});
const source = (images = true): AttachmentSource & { reads: string[] } => {
  const reads: string[] = [];
  return {
    images,
    reads,
    read: async (id) => {
      reads.push(id);
      return id.startsWith("gone") ? null : Buffer.from("abc");
    },
  };
};
const read = async (from: AttachmentSource | undefined, ...messages: PlacedMessage[]) =>
  (await new Attached(from).placed(messages)).map(({ message }) => message);
const URL_OF_ABC = "data:image/png;base64,YWJj";

describe("ATTACH-5: what a model reads of files", () => {
  it("is a text under its name, and an image behind the text", async () => {
    expect(await read(source(), placed("Look", file("a.py"), image("b.png")))).toEqual([
      {
        role: "user",
        content: "Look\n\na.py:\n```py\nabc\n```",
        images: [{ name: "b.png", media_type: "image/png", size: 3, url: URL_OF_ABC }],
      },
    ]);
  });

  it.each<[string, AttachmentSource | undefined, MessageAttachment, string]>([
    ["takes no images", source(false), image("a.png"), "[image a.png was left out: this model does not take images]"],
    ["is not given them", undefined, file("a.txt"), "[a.txt was left out: files are not read here]"],
    ["asks too late", source(), file("gone.txt"), "[gone.txt was left out: it is not on the server any more]"],
  ])("is a line in words where the model %s", async (_name, from, attachment, said) => {
    expect(await read(from, placed("", attachment))).toEqual([{ role: "user", content: said }]);
  });

  it("is read once, and the same object as long as nothing changes", async () => {
    const from = source();
    const attached = new Attached(from);
    const messages = [placed("a", image("a.png")), placed("b")];
    const first = await attached.placed(messages);
    expect((await attached.placed(messages)).map(({ message }) => message)).toEqual(
      first.map(({ message }) => message),
    );
    expect((await attached.placed(messages))[0]?.message).toBe(first[0]?.message);
    expect(from.reads).toEqual(["a.png"]);
    expect(await attached.placed(messages.slice(1))).toEqual(messages.slice(1));
  });

  it("are the latest images, as many as one request takes", async () => {
    const half = IMAGE_BYTES / 2;
    const said = await read(source(), placed("a", image("1", half)), placed("b", image("2", half), image("3", half)));
    expect(
      said.map((message) => (message.role === "user" ? (message.images ?? []).map(({ name }) => name) : null)),
    ).toEqual([[], ["2", "3"]]);
    expect(said[0]?.content).toBe("a\n\n[image 1 was left out: there are too many images in this conversation]");
  });

  it("leaves out every image that is older than one which had no room", async () => {
    const said = await read(
      source(),
      placed("a", image("1")),
      placed("b", image("2", IMAGE_BYTES)),
      placed("c", image("3")),
    );
    const kept = said.map((message) =>
      message.role === "user" ? (message.images ?? []).map(({ name }) => name) : null,
    );
    expect(kept).toEqual([[], [], ["3"]]);
  });

  it.each([
    ["a.py", "x", "a.py:\n```py\nx\n```"],
    ["Makefile", "x\n", "Makefile:\n```\nx\n```"],
    ["a.md", "```js\n````\n", "a.md:\n`````md\n```js\n````\n`````"],
    ["a.b c", "", "a.b c:\n```\n\n```"],
  ])("T24: %s cannot end its fence", (name, content, said) => {
    expect(quotedFile(name, content)).toBe(said);
  });
});

describe("ATTACH-5: on the wire", () => {
  const messages = async () => read(source(), placed("", image("a.png")), placed("b", image("b.png")));

  it("images are parts of the content, without an empty text", async () => {
    const request = { system: null, messages: await messages(), tools: [], thinking: null };
    const part = { type: "image_url", image_url: { url: URL_OF_ABC } };
    expect(chatRequest("m", request).messages).toEqual([
      { role: "user", content: [part] },
      { role: "user", content: [{ type: "text", text: "b" }, part] },
    ]);
  });

  it("they stay where calls are told as text", async () => {
    const [said] = reactMessages(await messages());
    expect(said).toMatchObject({ role: "user", images: [{ name: "a.png" }, { name: "b.png" }] });
  });
});

describe("a run", () => {
  it("ATTACH-5: reads the files of its message and of one that joins it", async () => {
    const log = new TestLog();
    const attachments = [file("a.txt")];
    log.add({ type: "user_message", message_id: "m1", content: "one", mode: "queue", attachments });
    log.start(["m1"]);
    const model = new FakeModel([text("ok"), finish("stop")]);
    const steered = [{ message_id: "m2", content: "", attachments: [file("b.txt")] }];
    await runAgent(log.input(model, { attachments: source(), steered: () => steered }));
    expect(model.requests[0]?.messages).toEqual([
      { role: "user", content: "one\n\na.txt:\n```txt\nabc\n```" },
      { role: "user", content: "b.txt:\n```txt\nabc\n```" },
    ]);
  });
});
