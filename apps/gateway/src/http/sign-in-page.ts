import { createHash } from "node:crypto";

/** In the colours of the interface, whose files are not loaded here: this page has to work when they are not built. */
const STYLE = `
:root { color-scheme: light; --bg: oklch(0.972 0.0028 90); --card: oklch(1 0 0); --line: oklch(0.86 0.006 90);
  --edge: oklch(0.63 0.008 90); --ink: oklch(0.245 0.008 75); --ink-2: oklch(0.42 0.008 75); --fail: oklch(0.515 0.185 27);
  --water: oklch(0.53 0.094 222); --water-2: oklch(0.47 0.084 222); --on-water: oklch(0.995 0.003 215) }
:root[data-theme="dark"] { color-scheme: dark; --bg: oklch(0.2 0.005 75); --card: oklch(0.245 0.006 75);
  --line: oklch(0.36 0.008 75); --edge: oklch(0.58 0.008 75); --ink: oklch(0.93 0.004 85); --ink-2: oklch(0.77 0.006 80);
  --fail: oklch(0.74 0.13 25); --water: oklch(0.72 0.1 215); --water-2: oklch(0.78 0.09 215); --on-water: oklch(0.2 0.02 220) }
* { box-sizing: border-box }
body { margin: 0; min-height: 100dvh; display: grid; place-items: center; padding: 1.5rem; background: var(--bg);
  color: var(--ink); font: 1rem/1.5 -apple-system, BlinkMacSystemFont, "Segoe UI", Inter, Roboto, "Helvetica Neue", Arial,
  "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif }
form { width: 100%; max-width: 23rem; padding: 1.75rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px }
h1 { display: flex; align-items: center; gap: .5rem; margin: 0 0 1.25rem; font-size: 1.125rem; font-weight: 600 }
label { display: block; font-weight: 500 }
p { margin: .25rem 0 .75rem; color: var(--ink-2); font-size: .875rem }
input, button { width: 100%; min-height: 2.75rem; padding: .5rem .75rem; border-radius: 8px; font: inherit }
input { background: transparent; color: inherit; border: 1px solid var(--edge) }
input[aria-invalid="true"] { border-color: var(--fail) }
button { margin-top: .75rem; border: 0; background: var(--water); color: var(--on-water); font-weight: 500; cursor: pointer }
button:hover { background: var(--water-2) }
button[aria-disabled="true"] { opacity: .6; cursor: default }
input:focus-visible, button:focus-visible { outline: 2px solid var(--water); outline-offset: 2px }
#problem { min-height: 1.5rem; margin: .5rem 0 0; color: var(--fail) }
`;

const SCRIPT = `
"use strict";
const TEXTS = {
  en: { title: "Sign in", token: "Token", hint: "The gateway's token (MILLRACE_TOKEN), or one of your identity provider.",
    go: "Sign in", show: "Checking…", empty: "Enter a token.", wrong: "This token is not valid.",
    wait: (s) => "Too many tries. Try again in " + s + " s.",
    insecure: "This page came over http, so anybody on the way could read the token. Open it over https.",
    unavailable: "The token cannot be checked now. Try again in a moment.", offline: "The gateway does not answer." },
  "zh-CN": { title: "登录", token: "令牌", hint: "网关的令牌（MILLRACE_TOKEN），或由您的身份提供方签发的令牌。",
    go: "登录", show: "正在验证…", empty: "请输入令牌。", wrong: "此令牌无效。",
    wait: (s) => "尝试次数过多，请在 " + s + " 秒后重试。",
    insecure: "此页面通过 http 打开，途中任何人都能读取令牌。请改用 https。",
    unavailable: "暂时无法验证令牌，请稍后再试。", offline: "网关没有响应。" },
};
let kept = {};
try { kept = JSON.parse(localStorage.getItem("millrace.preferences")) || {}; } catch {}
const language = kept.language in TEXTS ? kept.language : /^zh\\b/i.test(navigator.language) ? "zh-CN" : "en";
const text = TEXTS[language];
const root = document.documentElement;
root.lang = language;
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => { root.dataset.theme = kept.theme === "light" || kept.theme === "dark" ? kept.theme : dark.matches ? "dark" : "light"; };
dark.addEventListener("change", paint);
paint();
const [form, input, button, problem] = ["form", "input", "button", "#problem"].map((name) => document.querySelector(name));
document.title = text.title + " · Millrace";
for (const name of ["token", "hint", "go"]) document.getElementById(name).textContent = text[name];
const next = new URLSearchParams(location.search).get("next") || "";
const fail = (what) => {
  problem.textContent = what;
  input.setAttribute("aria-invalid", "true");
  input.focus();
};
let busy = false;
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (busy) return;
  const token = input.value.trim();
  if (token === "") return fail(text.empty);
  if (!isSecureContext) return fail(text.insecure);
  busy = true;
  problem.textContent = "";
  input.removeAttribute("aria-invalid");
  button.setAttribute("aria-disabled", "true");
  button.textContent = text.show;
  try {
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch("/api/v1/sign-in", { method: "POST", headers, body: JSON.stringify({ token }) });
    if (answer.ok) return location.replace(/^\\/s\\/[a-z0-9_-]{1,64}$/.test(next) ? next : "/");
    if (answer.status === 429) fail(text.wait(answer.headers.get("Retry-After")));
    else if (answer.status === 503) fail(text.unavailable);
    else fail((await answer.json()).error.code === "insecure" ? text.insecure : text.wrong);
  } catch {
    fail(text.offline);
  }
  busy = false;
  button.removeAttribute("aria-disabled");
  button.textContent = text.go;
});
`;

/** The page that asks for a token, in English or Chinese. The same for everybody: it holds nothing of the request. */
export const SIGN_IN_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Sign in · Millrace</title>
    <link rel="icon" href="data:," />
    <style>${STYLE}</style>
  </head>
  <body>
    <main>
      <form>
        <h1>
          <svg width="24" height="24" viewBox="0 0 24 24" fill="none" stroke-width="2.4" stroke-linecap="round" aria-hidden="true">
            <path d="M3 19V10.5a4.25 4.25 0 0 1 8.5 0V15M11.5 15v-4.5a4.25 4.25 0 0 1 8.5 0" stroke="currentColor" />
            <path d="M20 10.5V14c0 2.8 1 4.4 3 5" stroke="#007390" />
          </svg>
          Millrace
        </h1>
        <label for="secret" id="token">Token</label>
        <p id="hint"></p>
        <input id="secret" type="password" autocomplete="current-password" autocapitalize="none" spellcheck="false"
          aria-describedby="hint problem" autofocus />
        <button id="go">Sign in</button>
        <p id="problem" role="alert"></p>
        <noscript><p>This page needs JavaScript. · 此页面需要 JavaScript。</p></noscript>
      </form>
    </main>
    <script>${SCRIPT}</script>
  </body>
</html>
`;

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Its `Content-Security-Policy`: the page may do what its own text does, and nothing else. */
export const SIGN_IN_POLICY = [
  "default-src 'none'",
  `script-src ${hash(SCRIPT)}`,
  `style-src ${hash(STYLE)}`,
  "connect-src 'self'",
  "img-src data:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");
