import type { ReactNode } from "react";

/** One quiet line on the race. */
export function Line({ icon, testId, children }: { icon: ReactNode; testId?: string; children: ReactNode }) {
  return (
    <div className="note" data-testid={testId}>
      <span className="race">{icon}</span>
      {children}
    </div>
  );
}
