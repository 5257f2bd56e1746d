import { createRequire } from "node:module";
import type * as PromClient from "prom-client";

// Its parts: the package as a whole also loads what belongs to clusters, push gateways and tracing, and with that
// takes ten times as long, at every start.
const require = createRequire(import.meta.url);

export const Counter = require("prom-client/lib/counter.js") as typeof PromClient.Counter;
export const Gauge = require("prom-client/lib/gauge.js") as typeof PromClient.Gauge;
export const Histogram = require("prom-client/lib/histogram.js") as typeof PromClient.Histogram;
export const Registry = require("prom-client/lib/registry.js") as typeof PromClient.Registry;

export type Counter<Label extends string = string> = PromClient.Counter<Label>;
export type Gauge<Label extends string = string> = PromClient.Gauge<Label>;
export type Histogram<Label extends string = string> = PromClient.Histogram<Label>;
export type Registry = PromClient.Registry;
