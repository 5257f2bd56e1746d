import { Check, CircleX, CloudOff, HardDrive, LogOut, Square, Unplug } from "lucide-react";
import type { Truth } from "./truth.ts";

/** The shape that goes with the word: state is never colour alone. */
export function TruthMark({ truth }: { truth: Truth }) {
  switch (truth.state) {
    case "ready":
      return <span className="dot" />;
    case "live":
      return <span className="pulse" />;
    case "waiting":
      return <span className="diamond" />;
    case "catching_up":
      return <span className="spin" />;
    case "stopping":
      return <span className="spin quiet" />;
    case "stopped":
      return <Square className="i s12" aria-hidden />;
    case "interrupted":
      return <Unplug className="i s14" aria-hidden />;
    case "failed":
      return <CircleX className="i s14" aria-hidden />;
    case "done":
      return <Check className="i s14" aria-hidden />;
    case "storage":
      return <HardDrive className="i s14" aria-hidden />;
    case "signed_out":
      return <LogOut className="i s14" aria-hidden />;
    case "offline":
      return truth.why === "connecting" || truth.why === "draining" ? (
        <span className="spin" />
      ) : (
        <CloudOff className="i s14" aria-hidden />
      );
  }
}
