export function Brand() {
  return (
    <div className="brand">
      <svg viewBox="0 0 24 24" fill="none" strokeWidth={2.4} strokeLinecap="round" aria-hidden>
        <path d="M3 19V10.5a4.25 4.25 0 0 1 8.5 0V15" stroke="currentColor" />
        <path d="M11.5 15v-4.5a4.25 4.25 0 0 1 8.5 0" stroke="currentColor" />
        <path d="M20 10.5V14c0 2.8 1 4.4 3 5" stroke="var(--live-solid)" />
      </svg>
      Millrace
    </div>
  );
}
