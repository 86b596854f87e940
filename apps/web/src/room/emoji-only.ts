const MOST = 6
// pattern: it is given 96 characters at most
const EMOJI = /\p{RGI_Emoji}/gv

/**
 * A message of one to six emoji and nothing else is shown large. They are taken out one by one, because a pattern of many
 * tries every way to cut them up: twenty waving hands and a letter would keep a browser busy for minutes.
 */
export function isEmojiOnly(body: string): boolean {
  // Nearly every message has a letter, and the pattern takes long to compile.
  if (body.length > MOST * 16 || /[a-z]/i.test(body)) return false
  const count = body.match(EMOJI)?.length ?? 0
  return count > 0 && count <= MOST && body.replace(EMOJI, '').trim() === ''
}
