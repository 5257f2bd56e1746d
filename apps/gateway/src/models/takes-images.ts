/** Families whose members all take images. What is not here is told nothing it may not understand. */
const SEEING =
  /^(?:gpt-4o(?!-audio|-realtime|-transcribe|-mini-(?:audio|realtime|transcribe|tts))|gpt-4\.1|gpt-5|o3(?!-mini)|o4-mini|chatgpt-4o|claude-(?:3|sonnet|opus|haiku)|gemini-|gemma-?3|qwen[\d.]*-?vl|qvq|llava|llama-?3\.2-vision|llama-?4|minicpm-v|pixtral|glm-4(?:\.\d)?v|internvl)/i;

/** Whether a model that is known by its name only takes images, as far as the name says. */
export function takesImages(model: string): boolean {
  return SEEING.test(model.split("/").at(-1) ?? model);
}
