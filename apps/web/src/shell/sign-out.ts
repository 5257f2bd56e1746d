/** Ends this browser's stay and shows the page that asks for a token. Rejects with what the gateway says. */
export async function signOut(): Promise<void> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const response = await fetch("/api/v1/sign-out", { method: "POST", headers, body: "{}" });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  location.assign("/sign-in");
}
