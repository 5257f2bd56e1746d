/** Images that are taken and shown. Every other kind is text, or refused. */
export const IMAGE_TYPES = ["image/png", "image/jpeg", "image/gif", "image/webp"] as const;
export type ImageType = (typeof IMAGE_TYPES)[number];

export function isImageType(media_type: string): media_type is ImageType {
  return (IMAGE_TYPES as readonly string[]).includes(media_type);
}
