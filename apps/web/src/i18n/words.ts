import type { first } from "./en/first.ts";
import type { later } from "./en/later.ts";

/** Every string of the interface: the English ones are the contract, each other language has the same keys. */
export type Messages = Widened<typeof first & typeof later>;

/** The groups that one file of another language holds. */
export type Words<Group extends keyof Messages> = Pick<Messages, Group>;

type Widened<T> = { [Key in keyof T]: T[Key] extends string ? string : Widened<T[Key]> };
