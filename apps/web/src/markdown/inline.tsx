import { Image } from "lucide-react";
import type { MarkedToken, Token, Tokens } from "marked";
import { decodeEntities } from "./entities.ts";
import { placed, rawLength } from "./placed.ts";
import { safeUrl } from "./safe-url.ts";
import { TaskBox } from "./task-box.tsx";

/** Where a model's link leads is not ours to vouch for. */
const REL = "noopener noreferrer nofollow";

/** The words of a block. Links keep allow-listed addresses only; images are named, never fetched. */
export function Inline({ tokens }: { tokens: readonly Token[] | undefined }) {
  return placed(tokens ?? [], rawLength).map(({ at, part }) => <InlineToken key={at} token={part as MarkedToken} />);
}

function InlineToken({ token }: { token: MarkedToken }) {
  switch (token.type) {
    case "text":
      return token.tokens === undefined ? decodeEntities(token.text) : <Inline tokens={token.tokens} />;
    case "escape":
      return token.text;
    case "strong":
      return (
        <strong>
          <Inline tokens={token.tokens} />
        </strong>
      );
    case "em":
      return (
        <em>
          <Inline tokens={token.tokens} />
        </em>
      );
    case "del":
      return (
        <del>
          <Inline tokens={token.tokens} />
        </del>
      );
    case "codespan":
      return <code>{token.text}</code>;
    case "br":
      return <br />;
    case "link":
      return <Link link={token} />;
    case "image":
      return <ImageChip image={token} />;
    case "checkbox":
      return <TaskBox checked={token.checked} />;
    default:
      return token.raw;
  }
}

function Link({ link }: { link: Tokens.Link }) {
  const url = safeUrl(link.autolink === true ? link.href : decodeEntities(link.href));
  if (url === null) return <Inline tokens={link.tokens} />;
  return (
    <a href={url.href} rel={REL} target="_blank">
      <Inline tokens={link.tokens} />
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
