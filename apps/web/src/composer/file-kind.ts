import { isImageType, LIMITS } from "@millrace/protocol";
import type { FileRefusal } from "./draft-files.ts";

/** Endings of text files that browsers know no type of, or a wrong one (`.ts` is a video to them). */
const TEXT_ENDINGS =
  /\.(?:astro|bat|c|cc|cfg|clj|conf|cpp|cs|css|csv|dart|diff|dockerfile|ex|exs|fish|go|gradle|graphql|h|hpp|hs|htm|html|ini|java|jl|js|json|json5|jsonc|jsonl|jsx|kt|less|log|lua|m|make|md|mdx|mjs|mts|ndjson|nix|patch|php|pl|proto|ps1|py|r|rb|rs|sass|scala|scss|sh|sql|srt|svelte|svg|swift|tex|tf|toml|ts|tsv|tsx|txt|vb|vue|xml|yaml|yml|zig)$|^(?:dockerfile|makefile|readme|license|\.[\w.-]+)$/i;
const TEXT_TYPES =
  /^(?:text\/|application\/(?:json|xml|javascript|(?:x-)?(?:yaml|toml|sh|sql|ndjson)|.+\+(?:json|xml)))/;

/** The type under which a file is uploaded, or why it is not. */
export function fileKind(file: Pick<File, "name" | "type" | "size">): { type: string } | { why: FileRefusal } {
  const said = file.type.split(";")[0]?.toLowerCase() ?? "";
  const image = isImageType(said);
  const text = TEXT_ENDINGS.test(file.name) || (TEXT_TYPES.test(said) && !said.startsWith("image/"));
  if (!image && !text) return { why: "kind" };
  if (file.size > (image ? LIMITS.attachment_image_bytes : LIMITS.attachment_text_bytes)) return { why: "too_large" };
  return { type: image ? said : TEXT_TYPES.test(said) ? said : "text/plain" };
}
