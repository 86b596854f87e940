const MOST = 6
const EMOJI_AND_SPACE = /^(?:\p{RGI_Emoji}|\s)+$/v
const EMOJI = /\p{RGI_Emoji}/gv

/** A message of one to six emoji and nothing else is shown large. */
export function isEmojiOnly(body: string): boolean {
  if (body.length > MOST * 16 || !EMOJI_AND_SPACE.test(body)) return false
  const count = body.match(EMOJI)?.length ?? 0
  return count > 0 && count <= MOST
}
