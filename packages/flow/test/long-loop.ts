// Turns as often as the argument says; prints the last item of its stream.
import { TriggerFlow } from "@millrace/flow";

interface Types {
  Events: { Loop: number };
  Stream: number;
}

const flow = new TriggerFlow<number, void, Types>();
flow.to((data) => data.emit("Loop", data.value));
flow.when("Loop").to(async (data) => {
  data.state.set("turns", data.value);
  if (data.value % 100 === 0) await data.putIntoStream(data.value);
  if (data.value > 0) await data.emit("Loop", data.value - 1);
});

let last = -1;
for await (const turn of flow.getRuntimeStream(Number(process.argv[2]))) last = turn;
process.stdout.write(`${last}`);
