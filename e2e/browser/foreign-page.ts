export interface Target {
  /** The gateway as the page calls it. */
  readonly base: string;
  readonly session_id: string;
}

type Outcome = "loaded" | "refused";

/** How it went. */
export interface Attempts {
  /** Answers that the page could read. */
  readonly readable: readonly { readonly what: string; readonly status: number; readonly text: string }[];
  readonly sockets: readonly string[];
  /** The first event, or `refused`. */
  readonly stream: string;
  readonly image: Outcome;
  readonly script: Outcome;
  readonly style: Outcome;
}

/** All by which a page can reach an address, tried one after the other. Runs in the page: it knows nothing of this file. */
export async function attack({ base, session_id }: Target): Promise<Attempts> {
  const readable: { what: string; status: number; text: string }[] = [];
  const command = JSON.stringify({ message: "Ran by a stranger" });
  const session = `${base}/api/v1/sessions/${session_id}`;
  const soon = <T>(promise: Promise<T>, otherwise: T): Promise<T> =>
    Promise.race([promise, new Promise<T>((done) => setTimeout(done, 3_000, otherwise))]);
  const attempt = async (what: string, url: string, init: RequestInit = {}): Promise<void> => {
    try {
      const answer = await fetch(url, { credentials: "include", ...init });
      if (answer.type !== "opaque") readable.push({ what, status: answer.status, text: await answer.text() });
    } catch {
      // The browser showed nothing of it.
    }
  };
  const post = (type: string, body: BodyInit = command): RequestInit => ({
    method: "POST",
    headers: { "Content-Type": type },
    body,
  });
  const run = `${base}/api/v1/agent/run`;
  await attempt("list", `${base}/api/v1/sessions`);
  await attempt("log", `${session}/events`);
  await attempt("export", `${session}/export?format=jsonl`);
  await attempt("opaque list", `${base}/api/v1/sessions`, { mode: "no-cors" });
  for (const type of ["text/plain", "application/x-www-form-urlencoded"]) {
    await attempt(`simple ${type}`, run, { ...post(type), mode: "no-cors" });
    await attempt(`readable ${type}`, run, post(type));
  }
  await attempt("multipart", run, { method: "POST", body: new FormData(), mode: "no-cors" });
  await attempt("no type", run, { method: "POST", body: new Blob([command]), mode: "no-cors" });
  await attempt("preflight", run, post("application/json"));
  await attempt("preflight of a header", `${base}/api/v1/models`, { headers: { "X-Anything": "1" } });
  await attempt("stop", `${session}/stop`, post("application/json", JSON.stringify({ run_id: "x" })));
  await attempt("delete nothing", `${base}/api/v1/sessions/none`, { method: "DELETE" });
  const own = location.origin === base;
  if (!own) await attempt("delete", session, { method: "DELETE" });
  if (!own) await attempt("rename", session, { ...post("application/json", '{"title":"Mine"}'), method: "PATCH" });
  if (!own) {
    for (const type of ["text/plain", "application/json"]) {
      try {
        navigator.sendBeacon(run, new Blob([command], { type }));
      } catch {
        // This browser sends no such beacon.
      }
    }
  }
  for (const enctype of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
    const frame = document.createElement("iframe");
    frame.name = `sink-${enctype}`;
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: run, enctype, target: frame.name });
    const field = document.createElement("input");
    field.name = '{"message":"Ran by a form","x":"';
    field.value = '"}';
    form.append(field);
    document.body.append(frame, form);
    form.submit();
    await soon(new Promise((done) => frame.addEventListener("load", done, { once: true })), undefined);
  }
  const element = (name: string, fields: object): Promise<Outcome> =>
    soon<Outcome>(
      new Promise<Outcome>((done) => {
        const made = Object.assign(document.createElement(name), fields, {
          onload: () => done("loaded"),
          onerror: () => done("refused"),
        });
        document.body.append(made);
      }).catch(() => "refused"),
      "refused",
    );
  const socket = (protocols: string[]): Promise<string> =>
    soon(
      new Promise((done) => {
        const opened = new WebSocket(`${base.replace("http", "ws")}/api/v1/ws`, protocols);
        opened.onmessage = ({ data }) => {
          opened.close();
          done(JSON.parse(data).type);
        };
        opened.onopen = () => opened.send(`{"type":"subscribe","id":"s","session_id":"${session_id}"}`);
        opened.onerror = () => done("refused");
      }),
      "silent",
    );
  const stream = soon(
    new Promise<string>((done) => {
      const source = new EventSource(`${session}/events`, { withCredentials: true });
      source.onmessage = ({ data }) => {
        source.close();
        done(data);
      };
      source.onerror = () => {
        source.close();
        done("refused");
      };
    }),
    "silent",
  );
  return {
    readable,
    sockets: [await socket([]), await socket(["millrace.v1"])],
    stream: await stream,
    image: await element("img", { src: `${base}/icon.svg?${Math.random()}` }),
    script: await element("script", { src: `${base}/theme.js?${Math.random()}` }),
    style: await element("link", { rel: "stylesheet", href: `${session}/events` }),
  };
}
