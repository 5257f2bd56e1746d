import { isImageType } from "@millrace/protocol";

/** What is done with a file: an image is shown to those who can see, a text is quoted. */
export type Kind = "image" | "text";

const TEXT_APPLICATIONS =
  /^application\/(?:(?:x-)?(?:ndjson|yaml|toml|javascript|ecmascript|typescript|sql|graphql|sh|python|tex|latex|httpd-php|perl|ruby)|json|json5|jsonl|xml)$/;
const TYPE = /^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*$/;

/** The type itself of a `Content-Type`, and its kind; null for what is not taken. The bytes have to agree with it. */
export function declared(content_type: string | undefined): { media_type: string; kind: Kind } | null {
  const media_type = (content_type ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (!TYPE.test(media_type) || media_type.length > 100) return null;
  if (isImageType(media_type)) return { media_type, kind: "image" };
  if (media_type.startsWith("text/") || TEXT_APPLICATIONS.test(media_type)) return { media_type, kind: "text" };
  return /^application\/.+\+(?:json|xml|yaml)$/.test(media_type) ? { media_type, kind: "text" } : null;
}

/** Characters of a name that do not show, or that change the order of what does. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu;
const LONGEST = 120;
const ENDING = 20;

/** A file's name as it is shown: one line, without a folder. @returns null where the percent-encoding is wrong */
export function fileName(header: string | undefined, kind: Kind): string | null {
  let name: string;
  try {
    name = decodeURIComponent(header ?? "");
  } catch {
    return null;
  }
  const letters = [...name.toWellFormed().replace(HIDDEN, "").split(/[\\/]/).at(-1)!.trim()];
  if (letters.length === 0) return kind === "image" ? "image" : "text";
  if (letters.length <= LONGEST) return letters.join("");
  return `${letters.slice(0, LONGEST - ENDING - 1).join("")}…${letters.slice(-ENDING).join("")}`;
}
