/** `Content-Disposition` of a session's export: a plain name for everybody, and the title's own for who reads it. */
export function attachment(title: string, session_id: string, extension: string): string {
  const ascii = slug(title.normalize("NFKD").replace(/\p{M}/gu, ""), /[^a-z0-9]+/gi);
  const own = slug(title.normalize("NFC"), /[^\p{L}\p{M}\p{N}]+/gu);
  const file = (name: string): string => `millrace-${name === "" ? session_id : name}.${extension}`;
  const encoded = encodeURIComponent(file(own)).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${file(ascii)}"; filename*=UTF-8''${encoded}`;
}

const MOST = 60;

function slug(text: string, others: RegExp): string {
  const words = text.toWellFormed().toLowerCase().replace(others, "-").replace(/^-/, "");
  return [...words].slice(0, MOST).join("").replace(/-$/, "");
}
