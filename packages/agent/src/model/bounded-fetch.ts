/** Of a refusal's body only so much is read. Bytes. */
const REFUSAL_BYTES = 64 * 1024;

/**
 * `fetch` for a model's endpoint: follows no redirect, so that the key goes nowhere else, and reads a bounded part
 * of a body that comes with another status than 2xx.
 */
export async function boundedFetch(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: "manual" });
  if (response.ok || response.body === null) return response;
  const { status, headers } = response;
  return new Response(await beginning(response.body), { status, headers: plain(headers) });
}

async function beginning(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let left = REFUSAL_BYTES;
  for await (const bytes of body) {
    text += decoder.decode(bytes.subarray(0, left), { stream: true });
    left -= bytes.length;
    if (left <= 0) break;
  }
  return text;
}

/** The body is decoded and may be cut: what describes its bytes no longer holds. */
function plain(headers: Headers): Headers {
  const kept = new Headers(headers);
  for (const name of ["content-encoding", "content-length", "transfer-encoding"]) kept.delete(name);
  return kept;
}
