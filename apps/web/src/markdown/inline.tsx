import { Image } from "lucide-react";
import type { MarkedToken, Token, Tokens } from "marked";
import { decodeEntities } from "./entities.ts";
import { FootnoteMark } from "./footnote.tsx";
import type { FootnoteReference } from "./footnote-grammar.ts";
import { Formula } from "./markdown-chunks.tsx";
import type { MathToken } from "./math-grammar.ts";
import { placed, rawLength } from "./placed.ts";
import { REL, safeUrl } from "./safe-url.ts";
import { TaskBox } from "./task-box.tsx";

interface Props {
  tokens: readonly Token[] | undefined;
  depth?: number;
  /** Within a link, where an image is only named. */
  linked?: boolean;
}

/** Marks within marks, at most; what is deeper is shown as it is written. */
const DEEPEST = 20;

/** The words of a block. Links keep allow-listed addresses only; images are named, never fetched. */
export function Inline({ tokens, depth = 0, linked = false }: Props) {
  return placed(tokens ?? [], rawLength).map(({ at, part }) => (
    <InlineToken key={at} token={part} depth={depth} linked={linked} />
  ));
}

function InlineToken({ token: given, depth, linked }: { token: Token; depth: number; linked: boolean }) {
  const token = given as MarkedToken | MathToken | FootnoteReference;
  if (depth > DEEPEST) return token.raw;
  switch (token.type) {
    case "text":
      return token.tokens === undefined ? (
        decodeEntities(token.text)
      ) : (
        <Inline tokens={token.tokens} depth={depth + 1} linked={linked} />
      );
    case "escape":
      return token.text;
    case "strong":
      return (
        <strong>
          <Inline tokens={token.tokens} depth={depth + 1} linked={linked} />
        </strong>
      );
    case "em":
      return (
        <em>
          <Inline tokens={token.tokens} depth={depth + 1} linked={linked} />
        </em>
      );
    case "del":
      return (
        <del>
          <Inline tokens={token.tokens} depth={depth + 1} linked={linked} />
        </del>
      );
    case "codespan":
      return <code>{token.text}</code>;
    case "br":
      return <br />;
    case "link":
      if (linked) return <Inline tokens={token.tokens} depth={depth + 1} linked />;
      return <Link link={token as Tokens.Link} depth={depth} />;
    case "image":
      return linked ? decodeEntities(token.text) : <ImageChip image={token as Tokens.Image} />;
    case "checkbox":
      return <TaskBox checked={token.checked} />;
    case "math":
      return <Formula tex={(token as MathToken).tex} display={(token as MathToken).display} />;
    case "footnote-reference":
      return <FootnoteMark label={(token as FootnoteReference).label} />;
    default:
      return token.raw;
  }
}

function Link({ link, depth }: { link: Tokens.Link; depth: number }) {
  const url = safeUrl(link.autolink === true ? link.href : decodeEntities(link.href));
  if (url === null) return <Inline tokens={link.tokens} depth={depth + 1} />;
  return (
    <a href={url.href} rel={REL} target="_blank">
      <Inline tokens={link.tokens} depth={depth + 1} linked />
    </a>
  );
}

function ImageChip({ image }: { image: Tokens.Image }) {
  const alt = decodeEntities(image.text);
  const url = safeUrl(decodeEntities(image.href));
  if (url === null || url.protocol === "mailto:") return alt;
  return (
    <a className="image-chip" href={url.href} rel={REL} target="_blank">
      <Image className="i s14" aria-hidden />
      <span className="ell">{alt}</span>
      <span className="host">{url.host}</span>
    </a>
  );
}
