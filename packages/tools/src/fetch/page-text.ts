import { FetchRefused } from "./fetch-target.ts";
import { htmlText, type PageText } from "./html-text.ts";
import type { Answer, Body } from "./request.ts";
import { visibleText } from "./visible-text.ts";

/** Decoded body that is read. Bytes. */
const READ_BYTES = 5 * 1024 * 1024;
/** Text that is shown. UTF-16 code units. */
const SHOWN_TEXT: number = 100 * 1000;

/** @throws FetchRefused where the answer is no text */
export async function pageText(answer: Answer, url: URL, signal: AbortSignal): Promise<PageText> {
  if (!isText(answer.type)) {
    answer.discard();
    throw notText(answer, null);
  }
  const body = await answer.body(READ_BYTES);
  // A file of an unknown type may be anything.
  if (body.bytes.subarray(0, 1024).includes(0)) throw notText(answer, body);
  const text = decode(body.bytes, answer);
  if (isHtml(answer.type, text)) return htmlText(text, { url, limit: SHOWN_TEXT, cut: body.cut, signal });
  const clean = visibleText(text);
  const cut = body.cut || clean.length > SHOWN_TEXT;
  return { title: null, text: clean.slice(0, SHOWN_TEXT).replace(/[\ud800-\udbff]$/, ""), cut };
}

const TEXT_TYPES: ReadonlySet<string> = new Set([
  "",
  "application/json",
  "application/xml",
  "application/xhtml+xml",
  "application/javascript",
  "application/x-javascript",
  "application/yaml",
  "application/x-yaml",
  "application/toml",
  "application/x-ndjson",
  "application/graphql",
  "application/sql",
]);

const isText = (type: string): boolean =>
  type.startsWith("text/") || TEXT_TYPES.has(type) || (/\+(json|xml|yaml)$/.test(type) && !type.startsWith("image/"));

function isHtml(type: string, text: string): boolean {
  if (type === "") return /^\s*<(!doctype html|html)/i.test(text.slice(0, 1024));
  return type === "text/html" || type === "application/xhtml+xml";
}

function notText(answer: Answer, body: Body | null): FetchRefused {
  const length = body !== null && !body.cut ? body.bytes.length : answer.length;
  const size = length === null ? "of unknown size" : `${length} bytes`;
  const type = answer.type.slice(0, 100).replace(/[^\w.+/-]/g, "?") || "unknown type";
  return new FetchRefused(`The answer (status ${answer.status}) is no text: ${type}, ${size}.`);
}

function decode(bytes: Uint8Array, { charset, type }: Answer): string {
  const declared = type.includes("html") || type === "" ? charsetInHtml(bytes) : null;
  return decodeAs(charset ?? declared ?? "utf-8", bytes);
}

function charsetInHtml(bytes: Uint8Array): string | null {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 1024));
  return /<meta[^>]{0,200}charset\s{0,5}=\s{0,5}["']?([\w-]{1,40})/i.exec(head)?.[1] ?? null;
}

function decodeAs(label: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
