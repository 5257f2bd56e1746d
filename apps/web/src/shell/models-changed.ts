/** Every page of this browser, the one that says it too, hears on this channel that other models are offered now. */
export const MODELS_CHANGED = "millrace-models";
