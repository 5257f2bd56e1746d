import { readdirSync, readFileSync } from "node:fs";

/** User and system time of a process so far, all its threads together, in microseconds. */
export function cpuTime(pid: number): number {
  let sum = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const [nanoseconds] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ");
    sum += Number(nanoseconds) / 1_000;
  }
  return sum;
}

/** How long a process was ready to run so far while others had its core, in microseconds. Its main thread only. */
export function waitTime(pid: number): number {
  const [, nanoseconds] = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, "utf8").split(" ");
  return Number(nanoseconds) / 1_000;
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib) * 1_024;
}
