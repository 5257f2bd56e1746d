import { describeLogStore } from "./contract.ts";
import { MemoryStore } from "./memory-store.ts";

describeLogStore("MemoryStore", async () => ({ store: new MemoryStore() }));
