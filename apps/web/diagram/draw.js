// Runs in a frame without an origin, see src/markdown/diagram: draws the one text that the page around it sends, and
// tells that page how high the drawing is, or that there is none. The drawing itself stays here.
(() => {
  const { mermaid } = globalThis;
  // The address that this came from; the frame's own origin is null.
  const home = location.origin;
  const place = document.getElementById("drawing");
  const tell = (message) => parent.postMessage(message, home);

  const LOOKS = {
    light: {
      background: "#f7f6f4",
      primaryColor: "#ffffff",
      primaryTextColor: "#26231f",
      primaryBorderColor: "#8d8a85",
      secondaryColor: "#e4f3f7",
      secondaryTextColor: "#26231f",
      secondaryBorderColor: "#8fb9c6",
      tertiaryColor: "#efedea",
      tertiaryTextColor: "#26231f",
      tertiaryBorderColor: "#cfccc8",
      lineColor: "#67635e",
      textColor: "#26231f",
      noteBkgColor: "#fbf3e2",
      noteTextColor: "#26231f",
      noteBorderColor: "#dcc798",
      edgeLabelBackground: "#f7f6f4",
    },
    dark: {
      background: "#131210",
      primaryColor: "#262421",
      primaryTextColor: "#e8e6e3",
      primaryBorderColor: "#7d7974",
      secondaryColor: "#17323a",
      secondaryTextColor: "#e8e6e3",
      secondaryBorderColor: "#3f6672",
      tertiaryColor: "#1c1a18",
      tertiaryTextColor: "#e8e6e3",
      tertiaryBorderColor: "#47443f",
      lineColor: "#a19d97",
      textColor: "#e8e6e3",
      noteBkgColor: "#33291a",
      noteTextColor: "#e8e6e3",
      noteBorderColor: "#6b5630",
      edgeLabelBackground: "#131210",
    },
  };

  addEventListener("message", function draw({ source, origin, data }) {
    if (source !== parent || origin !== home) return;
    removeEventListener("message", draw);
    const dark = data.dark === true;
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    mermaid.initialize({
      startOnLoad: false,
      securityLevel: "strict",
      htmlLabels: false,
      flowchart: { htmlLabels: false },
      suppressErrorRendering: true,
      maxTextSize: 50_000,
      maxEdges: 500,
      theme: "base",
      darkMode: dark,
      themeVariables: { darkMode: dark, ...LOOKS[dark ? "dark" : "light"] },
      fontFamily: "system-ui, sans-serif",
      // What a diagram's text may not set.
      secure: [
        "secure",
        "securityLevel",
        "startOnLoad",
        "maxTextSize",
        "maxEdges",
        "suppressErrorRendering",
        "htmlLabels",
        "themeCSS",
        "fontFamily",
        "altFontFamily",
        "dompurifyConfig",
      ],
    });
    mermaid.render("diagram", String(data.code), place).then(show).catch(fail);
  });
  tell({ type: "ready" });

  function show({ svg }) {
    const drawn = new DOMParser().parseFromString(svg, "text/html").querySelector("svg");
    deaden(drawn);
    // Shrunk to fit, but not until its words cannot be read.
    const width = drawn.viewBox.baseVal?.width ?? 0;
    if (width > 0) drawn.style.minWidth = `${Math.round(width * 0.6)}px`;
    place.replaceChildren(drawn);
    new ResizeObserver(() => tell({ type: "drawn", height: Math.ceil(place.getBoundingClientRect().height) })).observe(
      place,
    );
  }

  /** Nothing in a drawing can be followed or pressed. */
  function deaden(drawn) {
    for (const element of [drawn, ...drawn.querySelectorAll("*")]) {
      for (const { name, value } of [...element.attributes]) {
        const leads = /^(?:xlink:)?href$/i.test(name) && !value.startsWith("#");
        if (leads || /^(?:on|target$|tabindex$|src$|srcset$)/i.test(name)) element.removeAttribute(name);
      }
    }
  }

  function fail(error) {
    place.replaceChildren();
    tell({ type: "failed", line: Number(error?.hash?.loc?.first_line ?? error?.hash?.line) });
  }
})();
