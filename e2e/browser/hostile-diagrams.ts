const url = "https://evil.example";

const flowcharts: readonly string[] = [
  'graph LR\n  A["<img src=x onerror=alert(1)>"] --> B["<script>alert(1)</script>"]',
  `graph LR\n  A["<img src='${url}/label.png'>"] --> B["<iframe src='${url}'></iframe>"]`,
  'graph LR\n  A[x] --> B[y]\n  click A href "javascript:alert(1)"\n  click B call alert(1)',
  `graph LR\n  A[x] --> B[y]\n  click A "${url}/out" "a tip" _top\n  click B href "${url}/out" _blank`,
  `graph LR\n  A[x] --> B[y]\n  click A href "/api/v1/sessions" _self\n  click B href "data:text/html,<script>alert(1)</script>"`,
  `%%{init: {"securityLevel": "loose", "htmlLabels": true, "flowchart": {"htmlLabels": true}}}%%\ngraph LR\n  A["<img src=${url}/loose.png onerror=alert(1)>"] --> B\n  click B call alert(1)`,
  `%%{init: {"themeCSS": "*{background:url(${url}/theme.css)}", "fontFamily": "x;} @import '${url}/font.css';"}}%%\ngraph LR\n  A --> B`,
  `%%{init: {"themeVariables": {"primaryColor": "red;} * {background: url(${url}/variable)} a{"}}}%%\ngraph LR\n  A --> B`,
  `%%{init: {"secure": [], "dompurifyConfig": {"ADD_TAGS": ["script", "iframe"], "ADD_ATTR": ["onerror"]}}}%%\ngraph LR\n  A["<iframe src=${url}>"] --> B`,
  '%%{init: {"__proto__": {"securityLevel": "loose"}, "constructor": {"prototype": {"polluted": true}}}}%%\ngraph LR\n  A --> B',
  `---\nconfig:\n  securityLevel: loose\n  htmlLabels: true\n  themeCSS: "*{background:url(${url}/front)}"\n---\ngraph LR\n  A["<b onclick=alert(1)>x</b>"] --> B`,
  `graph LR\n  A --> B\n  style A fill:url(${url}/fill),background:url(${url}/back)\n  classDef bad fill:url('${url}/class')\n  class B bad`,
  `graph TD\n  A@{ img: "${url}/m.png", label: "x", w: 60, h: 60 }\n  A --> B`,
  'graph LR\n  A["`**bold** <img src=x onerror=alert(1)>`"] --> B["#lt;script#gt;alert(1)#lt;/script#gt;"]',
  'graph LR\n  A["$$\\href{javascript:alert(1)}{x}\\includegraphics{https://evil.example/k.png}$$"] --> B',
];

const others: readonly string[] = [
  `sequenceDiagram\n  participant A as <img src=x onerror=alert(1)>\n  link A: Out @ ${url}/link\n  links A: {"Run": "javascript:alert(1)"}\n  A->>A: <svg onload=alert(1)>`,
  `sequenceDiagram\n  A->>B: $$x$$<iframe srcdoc="<script>alert(1)</script>"></iframe>\n  Note over A,B: <a href="${url}">Allow once</a>`,
  `classDiagram\n  class A {\n    +x() <img src=x onerror=alert(1)>\n  }\n  click A href "javascript:alert(1)"\n  link A "${url}/class" "tip"\n  callback A "alert"`,
  `stateDiagram-v2\n  [*] --> A\n  A : <img src=x onerror=alert(1)>\n  note right of A : <a href="javascript:alert(1)">x</a>`,
  `gantt\n  title <script>alert(1)</script>\n  dateFormat YYYY-MM-DD\n  section <img src=x onerror=alert(1)>\n  Task :a, 2026-01-01, 3d\n  click a href "${url}/gantt"\n  click a call alert(1)`,
  'pie title <img src=x onerror=alert(1)>\n  "<script>alert(1)</script>" : 40\n  "b" : 60',
  'erDiagram\n  A ||--o{ B : "<img src=x onerror=alert(1)>"',
  `gitGraph\n  commit id: "<img src=x onerror=alert(1)>"\n  commit tag: "<a href='${url}'>x</a>"`,
  `journey\n  title <img src=${url}/j.png onerror=alert(1)>\n  section x\n    <script>alert(1)</script>: 5: Me`,
  'mindmap\n  root((<img src=x onerror=alert(1)>))\n    ::icon(fa fa-book"onclick="alert(1))',
  `C4Context\n  Person(a, "<img src=x onerror=alert(1)>", "x", $sprite="${url}/s.png", $link="javascript:alert(1)")`,
  `timeline\n  title <iframe src=${url}>\n  2026 : <img src=x onerror=alert(1)>`,
  "graph TD\n  A[Millrace asks: run rm -rf /?] --> B[Allow once]\n  A --> C[Deny]",
  `graph LR\n  A["\u202eALLOW\u202c\u200b\u0007"] --> B["${"x".repeat(3_000)}"]`,
  `graph TD\n${Array.from({ length: 150 }, (_, index) => `  A${index} --> A${index + 1}`).join("\n")}`,
];

/** Diagrams that try to run, fetch, open or imitate something. Most are drawn, and must be dead when they are. */
export const HOSTILE_DIAGRAMS: Readonly<Record<string, readonly string[]>> = { flowcharts, others };
