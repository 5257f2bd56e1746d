/** Lets the browser keep a conversation as a file; its name is the gateway's. */
export function downloadSession(session_id: string, format: "jsonl" | "md"): void {
  const link = document.createElement("a");
  link.href = `/api/v1/sessions/${encodeURIComponent(session_id)}/export?format=${format}`;
  link.download = "";
  link.click();
}
