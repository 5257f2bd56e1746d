import { Cursor } from "@millrace/gateway/testing";

const wake = Cursor.prototype.wake;

export interface LostWakes {
  readonly lossy: boolean;
  /** From here on none is lost. */
  stop(): void;
}

/** Loses some of the calls that tell a viewer's cursor that there is something new: they are hints, and may get lost. */
export function loseWakes(random: () => number, share: number): LostWakes {
  const stop = (): void => {
    Cursor.prototype.wake = wake;
  };
  stop();
  if (share > 0) {
    Cursor.prototype.wake = function (this: Cursor): void {
      if (random() >= share) wake.call(this);
    };
  }
  return { lossy: share > 0, stop };
}
