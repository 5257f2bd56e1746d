import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Failure, readFrameMessage } from "./frame-message.ts";
import { DRAWING_MS, LOADING_MS, LONGEST } from "./limits.ts";

interface FrameProps {
  code: string;
  dark: boolean;
  height: number;
  drawn: (height: number) => void;
  failed: (failure: Failure) => void;
}

/**
 * One drawing, made by diagram/page.html in a frame of no origin: no storage, no network, no way to the page around
 * it. The code goes in once; a height or a failure comes out.
 */
export function DiagramFrame({ code, dark, height, drawn, failed }: FrameProps) {
  const { t } = useTranslation();
  const element = useRef<HTMLIFrameElement>(null);
  const [phase, setPhase] = useState<"loading" | "drawing" | "drawn">("loading");
  const tooLong = code.length > LONGEST;

  useEffect(() => {
    if (tooLong) return failed({ reason: "too_long" });
    const listen = ({ source, data }: MessageEvent<unknown>) => {
      const frame = element.current?.contentWindow;
      if (frame === null || frame === undefined || source !== frame) return;
      const message = readFrameMessage(data);
      if (message?.type === "ready") {
        setPhase("drawing");
        // A frame without an origin can be named in no other way, and `frame-src` keeps it at home.
        frame.postMessage({ code, dark }, "*");
      } else if (message?.type === "drawn") {
        setPhase("drawn");
        drawn(message.height);
      } else if (message?.type === "failed") failed(message.failure);
    };
    window.addEventListener("message", listen);
    return () => window.removeEventListener("message", listen);
  }, [code, dark, drawn, failed, tooLong]);

  useEffect(() => {
    if (phase === "drawn" || tooLong) return;
    const loading = phase === "loading";
    const giveUp = () => failed({ reason: loading ? "not_loaded" : "slow" });
    const timer = setTimeout(giveUp, loading ? LOADING_MS : DRAWING_MS);
    return () => clearTimeout(timer);
  }, [phase, failed, tooLong]);

  if (tooLong) return null;
  return (
    <div className="diagram" data-testid="diagram" data-phase={phase} style={{ height }}>
      {phase !== "drawn" && <p role="status">{t("prose.drawing")}</p>}
      <iframe
        ref={element}
        title={t("prose.diagram")}
        src="/diagram.html"
        sandbox="allow-scripts"
        referrerPolicy="no-referrer"
      />
    </div>
  );
}
